"""The files of an export once they are written: handed out, kept back, deleted, written again."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from entries import NOW, save, stored
from export_requests import (
    LATER,
    Requesting,
    an_agreement,
    an_order,
    carried_out,
    files_below,
    log_of,
    placed,
    the_export,
    written,
)
from forms.casebook import CASEBOOK
from forms.values import NullFlavour, PartialDate
from registry import audit, records
from registry.access import NotAllowed
from registry.audit_verify import verify
from registry.database import db
from registry.models import Subject
from registry.release import agreements, export_rows, requests, writing
from registry.release.cut_files import CutFiles
from registry.release.cuts import take_cut
from registry.release.profiles import Profile
from registry.release.selecting import select_children, who_goes_out


def test_each_download_is_entered_with_who_and_the_hash(requesting: Requesting) -> None:
    export = written(requesting)
    for _ in range(2):
        path = requests.record_download(db.session(), export, by=requesting.coordinator, at=LATER)
        assert path.suffix == ".zip"
    assert [action for action, _ in log_of(export.key)][-2:] == ["download", "download"]
    assert verify(db.session) == []


@pytest.mark.parametrize("who", ["manager", "officer", "analyst"])
def test_what_tells_of_single_children_is_handed_to_who_asked_only(requesting: Requesting, who: str) -> None:
    export = written(requesting)
    with pytest.raises(NotAllowed, match="These files are for the person who asked for them"):
        requests.record_download(db.session(), export, by=getattr(requesting, who), at=LATER)
    assert log_of(export.key)[-1][0] == "refusal"


def test_files_that_were_changed_are_not_handed_out(requesting: Requesting) -> None:
    export = written(requesting)
    archive = requests.archive_of(export)
    assert archive is not None
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(NotAllowed, match="are not the ones that were scanned"):
        requests.record_download(db.session(), export, by=requesting.coordinator, at=LATER)


@pytest.mark.parametrize("how", ["withdrew", "answered No", "entered by mistake"])
def test_files_with_a_child_who_left_since_are_not_handed_out_but_written_again_without_it(
    requesting: Requesting, how: str
) -> None:
    order = an_order(profile=Profile.IDENTIFIED, forms=("enrolment", "infusion"))
    export = written(requesting, order, by=requesting.manager, approved_by=requesting.officer)
    requests.record_download(db.session(), export, by=requesting.manager, at=LATER)
    child, by = requesting.other_child, requesting.coordinator
    (enrolled,) = stored(child, "enrolment")
    if how == "entered by mistake":
        records.void(
            db.session(),
            child,
            CASEBOOK["enrolment"],
            enrolled.key,
            revision=1,
            by=by,
            at=NOW,
            reason="Enrolled twice.",
        )
        db.session.commit()
    else:
        said = {"withdrew": {"withdrawn": True, "withdrawal_on": date(2026, 3, 2)}}.get(
            how, {"consent_obtained": False}
        )
        confirmed = {"enrolment.consent_not_refused": "The family said No."}
        save(child, by, "enrolment", {**enrolled.row, **said}, revision=1, reason="As told.", confirmed=confirmed)

    with pytest.raises(NotAllowed, match="a child in them withdrew, or was found to be entered by mistake"):
        requests.record_download(db.session(), export, by=requesting.manager, at=LATER)

    requests.write_again(db.session(), export, by=requesting.manager, at=LATER)
    export = carried_out(export)
    assert (export.status, export.subjects) == ("done", 1)
    requests.record_download(db.session(), export, by=requesting.manager, at=LATER)
    assert verify(db.session()) == []


@pytest.mark.parametrize(
    ("consented", "changed", "profile", "left_out"),
    [
        ({"consent_scopes": ("sharing",)}, {"consent_scopes": ("none",)}, Profile.LIMITED, 1),
        ({"consent_scopes": ("sharing",)}, {"consent_scopes": ("linkage", "sharing")}, Profile.LIMITED, 0),
        ({}, {"birth_date": PartialDate("2008-02"), "reconsent_refused": True}, Profile.LIMITED, 1),
        ({}, {"consent_obtained": NullFlavour.UNKNOWN}, Profile.LIMITED, 1),
    ],
)
def test_a_consent_that_ended_since_the_cut_counts_as_it_stands_now(
    requesting: Requesting,
    tmp_path: Path,
    consented: dict[str, Any],
    changed: dict[str, Any],
    profile: Profile,
    left_out: int,
) -> None:
    child, by = requesting.other_child, requesting.coordinator

    def answer_on_enrolment(answers: dict[str, Any]) -> None:
        (enrolled,) = stored(child, "enrolment")
        row, revision = {**enrolled.row, **answers}, enrolled.revision
        save(child, by, "enrolment", row, revision=revision, reason="As told.")

    answer_on_enrolment(consented)
    cut = take_cut(db.session(), tmp_path / "later", by=None, at=NOW)
    db.session.commit()
    recipient = "Dr Example" if "consent_scopes" in consented else ""
    order = an_order(profile=profile, recipient=recipient)
    before = select_children(db.session(), cut, order).children
    assert child.key in before
    answer_on_enrolment(changed)
    now = select_children(db.session(), cut, order).children
    assert len(before) - len(now) == left_out
    assert (child.key in now) == (child.key in who_goes_out(db.session(), CutFiles(Path(cut.folder)), order))
    assert (child.key not in now) == bool(left_out)


@pytest.mark.parametrize("since", [NOW + timedelta(minutes=1), LATER + timedelta(hours=1)], ids=["meanwhile", "later"])
def test_a_child_who_left_is_missed_also_where_another_came_back(requesting: Requesting, since: datetime) -> None:
    """Files are begun at NOW and finished at LATER: who left meanwhile is in them."""

    def tell(child: Subject, at: datetime, **answers: Any) -> None:
        (enrolled,) = stored(child, "enrolment")
        row = {**enrolled.row, **answers}
        save(child, requesting.coordinator, "enrolment", row, revision=enrolled.revision, reason="As told.", at=at)

    tell(requesting.study.subject, NOW, withdrawn=True, withdrawal_on=date(2026, 3, 2))
    order = an_order(profile=Profile.IDENTIFIED, forms=("enrolment", "infusion"))
    export = written(requesting, order, by=requesting.manager, approved_by=requesting.officer)
    assert export.subjects == 1
    tell(requesting.study.subject, since, withdrawn=False, withdrawal_on=None)
    assert requests.why_kept_back(db.session(), export, LATER) == ""
    tell(requesting.other_child, since + timedelta(minutes=1), withdrawn=True, withdrawal_on=date(2026, 3, 2))
    assert requests.why_kept_back(db.session(), export, LATER) == requests.SOMEBODY_LEFT


@pytest.mark.parametrize(("ends", "said"), [("ended", "was ended on 2026-06-01"), ("expires", "expired on 2026-06-01")])
def test_files_are_handed_out_no_longer_than_the_agreement_that_they_were_made_under(
    requesting: Requesting, ends: str, said: str
) -> None:
    agreement = an_agreement(expires_on=NOW.date())
    order = an_order(profile=Profile.LIMITED, agreement=agreement.key, forms=("enrolment", "infusion"))
    export = written(requesting, order, by=requesting.manager, approved_by=requesting.officer)
    requests.record_download(db.session(), export, by=requesting.manager, at=LATER)
    at = LATER if ends == "ended" else LATER + timedelta(days=1)
    if ends == "ended":
        agreements.end(db.session(), agreement, by=requesting.officer, at=LATER, reason="The recipient left.")
    with pytest.raises(NotAllowed, match=said):
        requests.record_download(db.session(), export, by=requesting.manager, at=at)
    with pytest.raises(NotAllowed, match=rf"{said}.*neither handed out nor written again: ask for a new export"):
        requests.write_again(db.session(), export, by=requesting.manager, at=at)
    assert [action for action, _ in log_of(export.key)][-3:] == ["download", "refusal", "refusal"]


def test_counts_for_the_public_hold_no_child_who_could_leave(requesting: Requesting) -> None:
    export = placed(requesting, an_order(profile=Profile.PUBLIC))
    export_rows.change(db.session(), export, "queued", {"status": "done", "subjects": 2}, by=None, at=NOW)
    requesting.other_child.withdrawn_on = NOW.date()
    db.session.commit()
    assert requests.why_kept_back(db.session(), export, LATER) == ""


def test_files_are_deleted_with_a_reason_and_the_entry_stays(requesting: Requesting) -> None:
    export = written(requesting)
    requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="The project ended.")
    export = the_export()
    assert (export.status, len(export.sha256), Path(export.folder).exists()) == ("deleted", 64, False)
    assert log_of(export.key)[-1] == ("change", "The project ended.")
    with pytest.raises(NotAllowed, match="This export has no files to delete"):
        requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="Again.")
    assert verify(db.session) == []


@pytest.mark.parametrize(
    ("who", "reason", "said"),
    [
        ("analyst", "Tidy.", "Only who asked for an export, a data manager or a privacy officer deletes its files."),
        ("officer", " ", "Say why the files are deleted: the reason stands in the log."),
    ],
)
def test_who_may_not_delete_deletes_nothing(requesting: Requesting, who: str, reason: str, said: str) -> None:
    export = written(requesting)
    with pytest.raises(NotAllowed, match=said):
        requests.delete_files(db.session(), export, by=getattr(requesting, who), at=LATER, reason=reason)
    assert (the_export().status, requests.archive_of(export) is not None) == ("done", True)


def test_files_outside_the_storage_are_left_to_whoever_put_them_there(requesting: Requesting, tmp_path: Path) -> None:
    export = written(requesting)
    export.folder = str(tmp_path)
    db.session.commit()
    with pytest.raises(NotAllowed, match="Delete them there by hand"):
        requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="Tidy.")
    assert (tmp_path / "cut/manifest.json").is_file()


def test_deleted_files_are_written_again_byte_for_byte(requesting: Requesting) -> None:
    export = written(requesting)
    first = {name: (Path(export.folder) / name).read_bytes() for name in files_below(Path(export.folder))}
    requests.delete_files(db.session(), export, by=requesting.coordinator, at=LATER, reason="Lost.")
    requests.write_again(db.session(), export, by=requesting.coordinator, at=LATER)
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=LATER)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    again = {name: (Path(export.folder) / name).read_bytes() for name in files_below(Path(export.folder))}
    assert again == first
    assert (export.status, export.message) == ("done", "")
    assert verify(db.session) == []


def test_other_bytes_than_the_first_time_are_said_to_be_others(requesting: Requesting) -> None:
    export = written(requesting)
    requests.delete_files(db.session(), export, by=requesting.coordinator, at=LATER, reason="Lost.")
    export.sha256 = "0" * 64
    db.session.commit()
    requests.write_again(db.session(), export, by=requesting.coordinator, at=LATER)
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=LATER)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    assert export.message.startswith("These are not the bytes that were written the first time")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("manager", "Only who asked for an export has it written again."),
        ("coordinator", "The files of this export are there, or it was never allowed to be written."),
    ],
)
def test_what_is_there_or_is_another_persons_is_not_written_again(requesting: Requesting, who: str, said: str) -> None:
    export = written(requesting)
    with pytest.raises(NotAllowed, match=said):
        requests.write_again(db.session(), export, by=getattr(requesting, who), at=LATER)


FEW = an_order(least=2, least_reason="Asked for in a test.", forms=("infusion",))


def test_de_identified_files_are_written_again_for_a_data_manager_though_who_asked_has_left(
    requesting: Requesting,
) -> None:
    export, asked = written(requesting, FEW, by=requesting.officer), requesting.officer
    first = export.sha256
    requests.delete_files(db.session(), export, by=requesting.manager, at=LATER, reason="Tidy.")
    asked.active = False
    audit.write_row(db.session, asked, by=None, at=LATER)
    db.session.commit()
    requests.write_again(db.session(), export, by=requesting.manager, at=LATER)
    export = carried_out(export)
    assert (export.status, export.sha256, export.message) == ("done", first, "")
    assert export.made_by_id == asked.id
    requests.record_download(db.session(), export, by=requesting.manager, at=LATER)
    with pytest.raises(NotAllowed, match="for as long as that person has the right"):
        requests.record_download(db.session(), export, by=asked, at=LATER)
    assert verify(db.session) == []


def test_de_identified_files_are_not_written_again_for_anybody_else(requesting: Requesting) -> None:
    export = written(requesting, FEW, by=requesting.officer)
    requests.delete_files(db.session(), export, by=requesting.manager, at=LATER, reason="Tidy.")
    for person in (requesting.analyst, requesting.coordinator):
        with pytest.raises(NotAllowed, match="or, once it was written and holds neither dates"):
            requests.write_again(db.session(), export, by=person, at=LATER)
    export.sha256 = ""
    db.session.commit()
    with pytest.raises(NotAllowed, match="once it was written"):
        requests.write_again(db.session(), export, by=requesting.manager, at=LATER)


def test_deleted_files_that_a_second_person_had_agreed_to_need_it_again(requesting: Requesting) -> None:
    order = an_order(profile=Profile.IDENTIFIED, forms=("infusion",))
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    requests.approve(db.session(), export, by=requesting.officer, at=NOW, reason="Agreed.")
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    assert (export.status, export.subjects) == ("done", 2)
    requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="No longer needed.")
    requests.write_again(db.session(), export, by=requesting.manager, at=LATER)
    export = the_export()
    assert (export.status, export.decided_by_id, export.decision_reason) == ("waiting", None, "")
    assert verify(db.session) == []
