"""Exports in the hands of somebody who means harm, or is in a hurry: what the pages must not give, do or say."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from asking_for_exports import Asking, said
from entries import NOW
from export_requests import Requesting, an_agreement, an_order, log_of, newest_export, the_export
from registry.access import NotAllowed
from registry.database import db
from registry.export_pages import done_by, fates, plan
from registry.release import export_rows, public_package, requests
from registry.release.actions import Action, Verb
from registry.release.archives import zip_bytes
from registry.release.models import Export
from registry.release.profiles import Profile
from registry.release.refusal import ExportRefused

LATER = NOW + timedelta(minutes=5)
WHOLE_STUDY = an_order(profile=Profile.IDENTIFIED)


def finished(requesting: Requesting, **given: Any) -> Export:
    """Return a de-identified export on record as written, without its files."""
    export = requests.place(db.session(), an_order(**given), requesting.cut, by=requesting.manager, at=NOW)
    for before, after in (("queued", "running"), ("running", "done")):
        export_rows.change(db.session(), export, before, {"status": after, "sha256": "a" * 64}, by=None, at=NOW)
    return export


# Choices that together tell more than each alone


@pytest.mark.parametrize(
    "other", [{"keep": ("sex",)}, {"keep": ("age", "sex")}, {"agreement": True}, {"least": 20, "least_reason": "Safer"}]
)
def test_one_project_does_not_get_two_de_identified_releases_that_could_be_put_together(
    requesting: Requesting, other: dict[str, Any]
) -> None:
    finished(requesting, keep=("age",))
    if "agreement" in other:
        other = {"agreement": an_agreement().key, "keep": ("age",)}
    by = requesting.officer if "least" in other else requesting.manager
    with pytest.raises(NotAllowed, match="Put together, the two would tell more than either may"):
        requests.place(db.session(), an_order(**{"keep": ("age",), **other}), requesting.cut, by=by, at=LATER)
    assert newest_export().status == "refused"


@pytest.mark.parametrize("same", [{"keep": ("age",)}, {"keep": ("sex",), "project": "another-one"}])
def test_the_same_choice_again_or_another_project_is_allowed(requesting: Requesting, same: dict[str, Any]) -> None:
    finished(requesting, keep=("age",))
    export = requests.place(db.session(), an_order(**same), requesting.cut, by=requesting.manager, at=LATER)
    assert export.status == "queued"


def test_what_never_left_stands_in_nobodys_way(requesting: Requesting) -> None:
    order = an_order(keep=("age",))
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    export_rows.change(db.session(), export, "queued", {"status": "failed"}, by=None, at=NOW)
    other = requests.place(db.session(), an_order(keep=("sex",)), requesting.cut, by=requesting.manager, at=LATER)
    assert other.status == "queued"


# Other people's exports, other people's steps


def test_another_persons_export_does_not_exist_for_who_has_no_business_with_it(asking: Asking) -> None:
    export = asking.written()
    analyst = asking.client(asking.requesting.analyst)
    assert analyst.get(f"/exports/{export.key}").status_code == 404
    for step in ("download", "delete", "again"):
        assert analyst.post(f"/exports/{export.key}/{step}", data={"reason": "Mine now"}).status_code == 404
    assert (the_export().status, [action for action, _ in log_of(export.key)].count("download")) == ("done", 0)


def test_nothing_is_downloaded_before_it_is_approved_and_nobody_approves_as_a_requester(asking: Asking) -> None:
    export = asking.export(WHOLE_STUDY, asking.requesting.manager)
    manager = asking.client(asking.requesting.manager)
    assert manager.post(f"/exports/{export.key}/download").status_code == 422
    answer = manager.post(f"/exports/{export.key}/decide", data={"_do": "approve", "reason": "I agree with me"})
    assert answer.status_code == 403
    assert the_export().status == "waiting"


def test_a_data_manager_does_not_download_what_identifies_another_persons_children(asking: Asking) -> None:
    export = asking.written()
    answer = asking.client(asking.requesting.manager).post(f"/exports/{export.key}/download")
    assert answer.status_code == 422
    assert "These files are for the person who asked for them" in answer.text
    assert log_of(export.key)[-1][0] == "refusal"


@pytest.mark.parametrize("project", ["../../etc", "a/b/c", "..", "dosing\n", "dosing/", "C:\\x", "a" * 41])
def test_a_projects_name_leads_nowhere(asking: Asking, project: str) -> None:
    data = asking.data(project=project, site="TST")
    answer = asking.client(asking.requesting.coordinator).post("/exports", data=data)
    stored = db.session.query(Export).all()
    assert answer.status_code == 422 or [export.project for export in stored] == ["dosing"]
    assert all("/" not in Path(export.folder).name and "exports" in export.folder for export in stored)


def test_a_profile_beyond_ones_right_is_refused_whatever_the_form_offered(asking: Asking) -> None:
    answer = asking.client(asking.requesting.analyst).post("/exports", data=asking.data(profile="identified"))
    assert answer.status_code == 422
    assert db.session.query(Export).count() == 0


# Decisions


def test_an_answer_that_is_no_decision_decides_nothing(asking: Asking) -> None:
    export = asking.export(WHOLE_STUDY, asking.requesting.manager)
    officer = asking.client(asking.requesting.officer)
    for data in ({"reason": "Hm"}, {"reason": "Hm", "_do": "maybe"}):
        assert officer.post(f"/exports/{export.key}/decide", data=data).status_code == 400
    assert the_export().status == "waiting"


def test_a_reason_too_long_to_read_is_refused_and_not_lost(asking: Asking) -> None:
    export = asking.export(WHOLE_STUDY, asking.requesting.manager)
    data = {"reason": "x" * 301, "_do": "approve"}
    answer = asking.client(asking.requesting.officer).post(f"/exports/{export.key}/decide", data=data)
    assert answer.status_code == 422
    assert "Shorten the reason to 300 characters." in answer.text and "x" * 301 in answer.text
    assert the_export().status == "waiting"


def test_who_decides_sees_how_many_children_would_go_out_and_enter_does_not_approve(asking: Asking) -> None:
    export = asking.export(WHOLE_STUDY, asking.requesting.manager)
    page = said(asking.client(asking.requesting.officer).get(f"/exports/{export.key}").text)
    assert "<dt>Children in it</dt><dd><strong>2</strong>, if it is written now</dd>" in page
    assert "<dt>Forms</dt><dd>all 15</dd>" in page
    assert '<textarea aria-describedby="reason-hint" class="form-control" id="reason"' in page


def test_who_decides_is_told_that_the_data_cut_is_gone(asking: Asking) -> None:
    export = asking.export(WHOLE_STUDY, asking.requesting.manager)
    (Path(asking.requesting.cut.folder) / "manifest.json").unlink()
    page = asking.client(asking.requesting.officer).get(f"/exports/{export.key}")
    assert page.status_code == 200
    assert "As things are it could not be written." in page.text


# Files on disk that somebody changed


@pytest.mark.parametrize("content", ["not json", "{}", '{"children": 987654321}'])
def test_a_manifest_changed_on_disk_is_not_believed(asking: Asking, content: str) -> None:
    export = asking.written()
    (Path(export.folder) / "manifest.json").write_text(content)
    page = asking.client(asking.requesting.coordinator).get(f"/exports/{export.key}")
    assert page.status_code == 200
    assert "forms/enrolment.csv" in page.text and "987654321" not in page.text


def public_release(requesting: Requesting, folder: Path) -> Export:
    """Return a public release on record whose zip holds the little that is read of it."""
    order = an_order(profile=Profile.PUBLIC)
    export = requests.place(db.session(), order, requesting.cut, by=requesting.analyst, at=NOW)
    folder = Path(export.folder)
    folder.mkdir(parents=True)
    content = json.dumps({"cut": "first"}).encode()
    (folder / "aggregates.json").write_bytes(content)
    (folder / "public.zip").write_bytes(zip_bytes({"aggregates.json": content}))
    sha256 = public_package.files.sha256(folder / "public.zip")
    for before, after in (("queued", "running"), ("running", "done")):
        export_rows.change(db.session(), export, before, {"status": after, "sha256": sha256}, by=None, at=NOW)
    return export


def test_the_public_release_before_is_read_from_its_zip(requesting: Requesting, tmp_path: Path) -> None:
    export = public_release(requesting, tmp_path)
    (Path(export.folder) / "aggregates.json").write_text('{"cut": "forged"}')
    assert public_package.previous_release(db.session()) == {"cut": "first"}
    (Path(export.folder) / "public.zip").write_bytes(zip_bytes({"aggregates.json": b'{"cut": "forged"}'}))
    with pytest.raises(ExportRefused, match="or were changed"):
        public_package.previous_release(db.session())


def test_nobody_deletes_a_public_release_and_so_ends_all_later_ones(requesting: Requesting, tmp_path: Path) -> None:
    export = public_release(requesting, tmp_path)
    for person in (requesting.analyst, requesting.manager, requesting.officer):
        with pytest.raises(NotAllowed, match="A public release is kept"):
            requests.delete_files(db.session(), export, by=person, at=LATER, reason="Tidying up")
    assert public_package.previous_release(db.session()) == {"cut": "first"}


# What the page says of what leaves


def an_action(form: str, verb: Verb, column: str = "") -> Action:
    given = {"item": f"{verb}{column}", "label": "", "privacy": "clinical", "why": ""}
    return Action(form=form, verb=verb, column=column, **given)


ACTIONS = {
    "baseline": (an_action("baseline", Verb.KEEP), an_action("baseline", Verb.DROP)),
    "adverse_event": (an_action("adverse_event", Verb.KEEP), an_action("adverse_event", Verb.RELDAY, "death")),
}


def test_items_of_a_form_without_a_table_are_not_counted_as_leaving() -> None:
    # baseline: 1 kept, 1 left out; adverse_event has no table: its kept item stays, its day stands in children.csv
    found = fates(ACTIONS, ("baseline", "adverse_event"), ("baseline",))
    assert (found.kept, found.changed, found.left_out) == (1, 1, 2)


def test_a_form_without_a_table_says_so_instead_of_counting_kept_items() -> None:
    told = {form.title: form.in_short for form in plan(ACTIONS, ("baseline", "adverse_event"), ("baseline",))}
    assert told == {
        "Baseline": "1 kept, 1 left out",
        "Adverse event": "no table of its own; 1 of 2 items in children.csv",
    }


@pytest.mark.parametrize(("stamp", "path"), [("", "forms/baseline.csv"), ("k3", "forms/baseline-k3.csv")])
def test_a_form_has_its_table_also_where_a_lower_number_is_stamped_on_it(stamp: str, path: str) -> None:
    item = {"form": "baseline", "item": "weight_kg", "action": "KEEP", "why": ""}
    (form,) = done_by({"items": [item], "stamp": stamp, "files": {path: {}}})
    assert (form.leaves, form.in_short) == (True, "1 kept")


# Choosing the site


def test_who_has_one_site_need_not_choose_it(asking: Asking) -> None:
    client = asking.client(asking.requesting.coordinator)
    page = client.get("/exports/new").text
    assert "All sites" not in page
    for profile, expected in (("identified", asking.requesting.study.site.id), ("public", None)):
        client.post("/exports", data=asking.data(profile=profile, site="TST"))
        assert (newest_export().profile, newest_export().site_id) == (profile, expected)


# Two people at the same moment


@pytest.fixture
def overtake(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function after which each step finds that somebody else was first, who left the status given."""

    def overtake_by(status: str) -> None:
        def change(session: Session, export: Export, expected: str, *values: Any, **more: Any) -> bool:
            export_rows.change(session, export, expected, {"status": status}, by=None, at=LATER)
            return export_rows.change(session, export, expected, *values, **more)

        monkeypatch.setattr(requests, "change", change)

    return overtake_by


def test_files_that_are_written_again_meanwhile_are_not_deleted(
    requesting: Requesting, overtake: Callable[[str], None]
) -> None:
    export = finished(requesting)
    half = Path(export.folder).parent / f".{Path(export.folder).name}.part"
    half.mkdir(parents=True)
    overtake("queued")
    with pytest.raises(NotAllowed, match="Somebody else was first"):
        requests.delete_files(db.session(), export, by=requesting.manager, at=LATER, reason="Not needed")
    assert (half.exists(), export.status) == (True, "queued")


def test_files_that_are_deleted_meanwhile_are_not_said_to_be_written_again(
    requesting: Requesting, overtake: Callable[[str], None]
) -> None:
    export = finished(requesting)
    overtake("deleted")
    with pytest.raises(NotAllowed, match="Somebody else was first"):
        requests.write_again(db.session(), export, by=requesting.manager, at=LATER)
    assert export.status == "deleted"
