"""Exports and agreements from the command line: the plan before anything is written, refusals, approved requests."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import current_app

from entries import NOW, enrol_child, enrolment, infusion, save
from export_requests import Requesting, an_agreement, an_order, files_below, log_of, the_export
from registry.audit_verify import verify
from registry.cli import main
from registry.database import db
from registry.release import agreements, requests
from registry.release.models import Cut, Export
from registry.release.profiles import Profile


@pytest.fixture(autouse=True)
def commands_find_the_registry(settings_file: Path) -> None:
    """Let commands open the database of the test."""


def run(*arguments: str) -> Result:
    db.session.commit()  # SQLite: whoever has a transaction open keeps the command waiting
    return CliRunner().invoke(main, arguments)


def approved(requesting: Requesting) -> Export:
    order = an_order(profile=Profile.IDENTIFIED, forms=("infusion",))
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    requests.approve(db.session(), export, by=requesting.officer, at=NOW, reason="Agreed.")
    return export


def test_an_approved_request_is_written_and_handed_out(requesting: Requesting, tmp_path: Path) -> None:
    export = approved(requesting)
    done = run("export", str(tmp_path / "out"), "--request", export.key)
    assert done.exit_code == 0, done.output
    export = the_export()
    assert f"Export {export.sha256[:12]} (identified): 2 children" in done.output
    assert "[6/6] Packing" in done.output
    assert files_below(tmp_path / "out") == files_below(Path(export.folder))
    assert json.loads((tmp_path / "out/manifest.json").read_text())["children"] == 2
    assert log_of(export.key)[-1][0] == "download"
    assert verify(db.session) == []


def test_a_request_that_nobody_approved_is_not_handed_out(requesting: Requesting, tmp_path: Path) -> None:
    waiting = requests.place(
        db.session(), an_order(profile=Profile.IDENTIFIED), requesting.cut, by=requesting.manager, at=NOW
    )
    own = an_order(profile=Profile.IDENTIFIED, site="TST")
    unseen = requests.place(db.session(), own, requesting.cut, by=requesting.coordinator, at=NOW)
    said = {
        waiting.key: "This request waits for a privacy officer.",
        unseen.key: "Nobody has approved this request. Only who asked for it downloads it, on its page.",
        "none": "There is no such request.",
    }
    for key, words in said.items():
        refused = run("export", str(tmp_path / "out"), "--request", key)
        assert (refused.exit_code, words in refused.output) == (1, True), refused.output
    assert not (tmp_path / "out").exists()


def test_a_declined_request_says_so(requesting: Requesting, tmp_path: Path) -> None:
    order = an_order(profile=Profile.IDENTIFIED)
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    requests.decline(db.session(), export, by=requesting.officer, at=NOW, reason="No need for dates.")
    refused = run("export", str(tmp_path / "out"), "--request", export.key)
    assert refused.output == "Error: The privacy officer declined: No need for dates.\n"


@pytest.mark.parametrize("profile", ["identified", "limited"])
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_what_somebody_must_approve_is_refused_here(
    requesting: Requesting, tmp_path: Path, profile: str, more: tuple[str, ...]
) -> None:
    refused = run("export", str(tmp_path / "out"), "--profile", profile, *more)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: On the command line only de-identified data and public aggregates")
    assert not (tmp_path / "out").exists()


def test_a_refused_request_stands_in_the_log_and_a_refused_dry_run_does_not(
    requesting: Requesting, tmp_path: Path
) -> None:
    asked = ("export", str(tmp_path / "out"), "--project", "two words")
    assert run(*asked, "--dry-run").exit_code == 1
    assert db.session.query(Export).count() == 0
    assert run(*asked).exit_code == 1
    assert (the_export().status, the_export().project) == ("refused", "two words")


@pytest.mark.parametrize("asked", [("--project", "two words"), ("--profile", "limited"), ("--agreement", "none")])
def test_a_refused_request_leaves_no_data_cut_behind(
    requesting: Requesting, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    refused = run("export", str(tmp_path / "out"), *asked)
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1), refused.output
    assert [cut.id for cut in db.session.query(Cut)] == [requesting.cut.id]
    assert files_below(Path(current_app.config["STORAGE_DIR"])) == []
    assert (the_export().status, the_export().message in refused.output) == ("refused", True)
    assert verify(db.session) == []


def test_a_dry_run_prints_plan_and_risk_and_writes_nothing(requesting: Requesting) -> None:
    for _ in range(22):
        child = enrol_child(db.session, requesting.other_site, enrolment(), by=requesting.coordinator, at=NOW)
        db.session.commit()
        save(child, requesting.coordinator, "infusion", infusion())
    shown = run("export", "--project", "dosing", "--form", "infusion", "--keep", "age", "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "De-identified, project dosing, data cut" in shown.output
    assert "24 children would be in it." in shown.output
    assert "\nInfusion\n" in shown.output
    assert "  DROP    product_lot: identifies the child\n" in shown.output
    # Of 24 children 23 have the same infusion and one has none yet: 2 classes, 2/24 = 0.083; put together 1/24 = 0.042.
    risk = [line.rsplit(maxsplit=2)[1:] for line in shown.output.partition("Risk, ")[2].splitlines()[1:5]]
    assert risk == [["1", "24"], ["1", "0"], ["0.083", "0.042"], ["1.000", "0.042"]]
    assert "Product: left out; more detail would put 1 child into groups under 11." in shown.output
    assert files_below(Path(current_app.config["STORAGE_DIR"])) == []
    assert (db.session.query(Export).count(), db.session.query(Cut).count()) == (0, 1)
    assert verify(db.session) == []


def test_an_export_without_a_folder_says_how_to_name_one(requesting: Requesting) -> None:
    refused = run("export")
    assert refused.output.startswith("Error: Name the folder to write: anakinra-registry export FOLDER.")
    assert db.session.query(Export).count() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--request", "none", "--format", "stata"), "approved as it is: leave --format out."),
        (("--dry-run", "--profile", "public", "--request", "none"), "leave --profile, --dry-run out."),
        (("--profile", "public", "--format", "csv", "--format", "sas"), "written as CSV only: leave --format out."),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(
    requesting: Requesting, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = run("export", str(tmp_path / "out"), *arguments)
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1), refused.output
    assert said in refused.output
    assert db.session.query(Export).count() == 0


def test_a_folder_in_use_is_refused_before_anything_happens(requesting: Requesting, tmp_path: Path) -> None:
    refused = run("export", str(tmp_path / "cut"))
    assert refused.output == "Error: The folder cut is not empty: give the export a folder of its own.\n"
    assert (db.session.query(Export).count(), db.session.query(Cut).count()) == (0, 1)


def test_what_cannot_be_put_into_its_folder_is_not_logged_as_handed_out(requesting: Requesting, tmp_path: Path) -> None:
    export = approved(requesting)
    (tmp_path / "notes.txt").write_text("mine")
    refused = run("export", str(tmp_path / "notes.txt/out"), "--request", export.key)
    assert refused.exit_code == 1
    assert " cannot be used: Not a directory. Check the path" in refused.output.splitlines()[-1]
    assert "download" not in [action for action, _ in log_of(export.key)]


def test_agreements_are_recorded_listed_and_ended(requesting: Requesting) -> None:
    assert run("agreement", "list").output == "No agreement is on record.\n"
    words = ("--parties", "Synthetic\nUniversity", "--project", "dosing", "--purpose", "Dosing.")
    added = run("agreement", "add", *words, "--signed", "2026-01-05", "--expires", "2099-01-05")
    (agreement,) = agreements.list_agreements(db.session())
    assert added.output == f"Agreement {agreement.key} for dosing, until 2099-01-05\n"
    listed = run("agreement", "list").output
    assert listed == f"{agreement.key}  dosing: Synthetic\ufffdUniversity. In force until 2099-01-05.\n"
    assert run("agreement", "end", agreement.key, "--reason", "The study closed.").exit_code == 0
    assert "Ended on " in run("agreement", "list").output
    assert log_of(agreement.key)[-1] == ("change", "The study closed.")
    assert verify(db.session) == []


def test_an_agreement_that_cannot_be_is_refused_in_one_line(requesting: Requesting) -> None:
    words = ("--parties", "University", "--project", "dosing", "--purpose", "Dosing.")
    refused = run("agreement", "add", *words, "--signed", "2026-01-05", "--expires", "2026-01-04")
    assert refused.output == (
        "Error: The agreement expires on 2026-01-04, before it is signed on 2026-01-05. Check both.\n"
    )
    unknown = run("agreement", "end", "none", "--reason", "Why not.")
    assert unknown.output == "Error: There is no such agreement on record.\n"
    an_agreement(expires_on=NOW.date())
    assert "Expired 2026-06-01." in run("agreement", "list").output


def test_a_day_that_is_none_is_told_in_words(requesting: Requesting) -> None:
    words = ("--parties", "University", "--project", "dosing", "--purpose", "Dosing.", "--expires", "2027-01-04")
    refused = run("agreement", "add", *words, "--signed", "2026-02-30")
    assert "2026-02-30 is no day of the calendar. Write it like 2026-03-05." in refused.output
    assert "%Y" not in run("agreement", "add", "--help").output


def test_an_unknown_form_is_refused_with_those_there_are_before_a_cut_is_taken(
    requesting: Requesting, tmp_path: Path
) -> None:
    before = db.session.query(Cut).count()
    refused = run("export", str(tmp_path / "out"), "--form", "infusions")
    assert "'infusions' is not one of 'enrolment', 'baseline', 'infusion'" in refused.output
    assert db.session.query(Cut).count() == before
