"""A data cut: what it holds, that it is the same bytes for the same data, and that it leaves nothing half done."""

import csv
import json
import stat
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import Text, type_coerce, update
from sqlalchemy.exc import OperationalError

from analysis.cut import read_cut
from cut_rows import read_rows
from entries import NOW, assessment, enrol_child, enrolment, laboratory, measured, save, stored
from forms import files
from forms.casebook import CASEBOOK
from forms.values import NullFlavour, PartialDate
from registry import records
from registry.audit_verify import verify
from registry.database import db
from registry.models import Derivation
from registry.release import cuts
from registry.release.consent_counts import WORDS
from registry.release.cut_files import id_in
from registry.tables import TABLES
from study import Study


@pytest.fixture
def filled(own_study: Study) -> Study:
    """Return a study with two assessments and a laboratory record."""
    first = assessment(own_study.infusion, temperature_c=Decimal("38.6"), icans_grade=NullFlavour.NOT_AVAILABLE)
    save(own_study.subject, own_study.coordinator, "assessment", first, complete=True)
    second = assessment(own_study.infusion, assessed_at=datetime(2026, 3, 8, 8, 30))
    save(own_study.subject, own_study.coordinator, "assessment", second)
    row = laboratory(own_study.infusion, ferritin=measured("5200"), crp=measured("<0.6", "crp"))
    save(own_study.subject, own_study.coordinator, "laboratory", row)
    return own_study


def take(folder: Path, *, at: datetime = NOW) -> dict[str, object]:
    cuts.take_cut(db.session, folder, by=None, at=at)
    db.session.commit()
    manifest: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    return manifest


def test_a_cut_reads_back_as_the_values_that_are_stored(filled: Study, tmp_path: Path) -> None:
    take(tmp_path / "cut")
    for name, form in CASEBOOK.items():
        read = read_rows(tmp_path / "cut" / "forms" / f"{name}.csv", form)
        kept = [record.row for record in stored(filled.subject, name)]
        assert [{item: row.get(item) for item in form.items} for row in read] == [
            {item: row.get(item) for item in form.items} for row in kept
        ]


def test_a_cut_that_could_not_be_committed_leaves_no_anchor_and_no_files(
    filled: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchored = Path(current_app.config["ANCHORS_FILE"])
    before = anchored.read_text()

    def disk_is_full() -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(db.session(), "commit", disk_is_full)
    with pytest.raises(OperationalError):
        take(tmp_path / "cut")
    monkeypatch.undo()
    db.session.rollback()
    assert (anchored.read_text(), [*tmp_path.glob("*cut*")]) == (before, [])
    save(filled.subject, filled.coordinator, "laboratory", laboratory(filled.infusion))
    assert verify(db.session) == []


def test_a_cut_is_taken_while_the_place_of_the_anchors_is_away(
    filled: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "share").write_text("no folder: the mount is away")
    monkeypatch.setitem(current_app.config, "ANCHORS_FILE", str(tmp_path / "share" / "anchors.log"))

    take(tmp_path / "cut")

    assert (tmp_path / "cut" / "manifest.json").exists()
    assert "The end of the change log was not anchored (cut " in caplog.text
    monkeypatch.undo()
    assert verify(db.session) == []


def test_the_bytes_of_a_cut_depend_on_the_values_only_and_not_on_the_engine(filled: Study, tmp_path: Path) -> None:
    take(tmp_path / "cut")
    form = CASEBOOK["laboratory"]
    (record,) = stored(filled.subject, "laboratory")
    state = {"subject": filled.subject.key, "site": "TST", "record": record.key, "instance": 1, "form_version": 2}
    row = {**state, "entered_at": NOW, "completed": False, **record.row}
    row |= {"ferritin": measured("5200"), "sampled_at": datetime(2026, 3, 7, 6, 0), "study_day": 2}
    files.write_rows(tmp_path / "by_hand.csv", form, [row])
    assert (tmp_path / "cut/forms/laboratory.csv").read_bytes() == (tmp_path / "by_hand.csv").read_bytes()


def test_two_cuts_with_no_save_between_them_are_the_same(filled: Study, tmp_path: Path) -> None:
    first, second = take(tmp_path / "a"), take(tmp_path / "b", at=NOW + timedelta(days=3))
    assert (first["id"], first["files"], first["data_date"]) == (second["id"], second["files"], second["data_date"])
    save(filled.subject, filled.coordinator, "laboratory", laboratory(filled.infusion))
    assert take(tmp_path / "c")["id"] != first["id"]


def test_the_manifest_names_every_file_with_its_hash_and_rows(filled: Study, tmp_path: Path) -> None:
    manifest = take(tmp_path / "cut")
    listed = manifest["files"]
    assert isinstance(listed, dict)
    present = {str(path.relative_to(tmp_path / "cut")) for path in (tmp_path / "cut").rglob("*.csv")}
    assert set(listed) == present
    assert {name: entry["sha256"] for name, entry in listed.items()} == {
        name: files.sha256(tmp_path / "cut" / name) for name in present
    }
    assert (listed["forms/assessment.csv"]["rows"], listed["subjects.csv"]["rows"]) == (2, 1)
    assert manifest["data_date"] == "2026-06-01"


def test_a_cut_of_the_registry_is_one_that_the_analysis_reads(filled: Study, tmp_path: Path) -> None:
    manifest = take(tmp_path / "cut")
    read = read_cut(tmp_path / "cut")
    assert (read.id, read.data_date.isoformat()) == (manifest["id"], manifest["data_date"])
    assert (manifest["format"], id_in(tmp_path / "cut")) == (2, manifest["id"])


@pytest.mark.parametrize(
    "text", ["[]", "{}", "{", '{"format": 1, "files": []}', '{"format": 1, "files": {"a": 1}}', "[" * 99999]
)
def test_a_folder_with_a_manifest_that_cannot_be_read_holds_no_cut(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    assert id_in(tmp_path) is None


def test_the_data_date_is_the_calendar_day_at_the_site_of_the_last_answer(filled: Study, tmp_path: Path) -> None:
    evening = datetime(2026, 6, 1, 21, 0)  # in Tokyo, where the site is, it is 2026-06-02 06:00
    save(filled.subject, filled.coordinator, "laboratory", laboratory(filled.infusion), at=evening)
    assert take(tmp_path / "cut")["data_date"] == "2026-06-02"


def test_withdrawn_children_and_voided_records_are_in_no_later_cut(filled: Study, tmp_path: Path) -> None:
    (record,) = stored(filled.subject, "laboratory")
    row = laboratory(filled.infusion)
    second = save(filled.subject, filled.coordinator, "laboratory", row)
    args = (db.session, filled.subject, CASEBOOK["laboratory"], record.key)
    records.void(*args, revision=1, by=filled.coordinator, at=NOW, reason="Another child's sample.")
    other = enrol_child(db.session, filled.site, enrolment(), by=filled.coordinator, at=NOW)
    (enrolled,) = stored(other, "enrolment")
    gone = {**enrolled.row, "withdrawn": True, "withdrawal_on": date(2026, 5, 20)}
    save(other, filled.coordinator, "enrolment", gone, revision=1, reason="The family called.")
    take(tmp_path / "cut")
    labs = read_rows(tmp_path / "cut/forms/laboratory.csv", CASEBOOK["laboratory"])
    enrolments = read_rows(tmp_path / "cut/forms/enrolment.csv", CASEBOOK["enrolment"])
    assert [row["record"] for row in labs] == [second.key]
    assert [row["subject"] for row in enrolments] == [filled.subject.key]
    assert other.key not in (tmp_path / "cut/subjects.csv").read_text()


def test_a_withdrawal_that_was_stored_without_a_day_by_an_earlier_version_is_in_no_cut(
    filled: Study, tmp_path: Path
) -> None:
    other = enrol_child(db.session, filled.site, enrolment(), by=filled.coordinator, at=NOW)
    (enrolled,) = stored(other, "enrolment")
    save(other, filled.coordinator, "enrolment", {**enrolled.row, "withdrawn": True}, revision=1, reason="They called.")
    other.withdrawn_on = None
    db.session.commit()

    manifest = take(tmp_path / "cut")

    assert other.key not in (tmp_path / "cut/subjects.csv").read_text()
    assert manifest["consent"]["withdrawn"] == 1


def test_a_cut_that_fails_leaves_nothing_behind(filled: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(files, "write_table", fail)
    with pytest.raises(OSError, match="no space left"):
        take(tmp_path / "cut")
    assert list(tmp_path.glob("*cut*")) == []


def test_a_cut_does_not_overwrite_a_folder(filled: Study, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(cuts.CutError, match="is not empty"):
        take(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_taking_a_cut_is_logged_and_anchored(filled: Study, tmp_path: Path) -> None:
    take(tmp_path / "cut")
    assert verify(db.session) == []


def test_a_cut_may_have_a_name_which_changes_nothing_in_it(filled: Study, tmp_path: Path) -> None:
    named = cuts.take_cut(db.session, tmp_path / "a", by=None, at=NOW, name=" Steering committee ")
    plain = cuts.take_cut(db.session, tmp_path / "b", by=None, at=NOW)
    db.session.commit()
    assert (named.name, plain.name, named.cut_id == plain.cut_id) == ("Steering committee", "", True)
    assert (tmp_path / "a/manifest.json").read_text().count("Steering") == 0
    with pytest.raises(cuts.CutError, match="at most 80 characters; this one has 81"):
        cuts.take_cut(db.session, tmp_path / "c", by=None, at=NOW, name="n" * 81)
    assert verify(db.session) == []


def test_nobody_writes_into_the_files_of_a_cut(filled: Study, tmp_path: Path) -> None:
    take(tmp_path / "cut")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "cut").rglob("*") if path.is_file()}
    assert modes == {0o400}


CONSENTS: list[tuple[str, dict[str, Any]]] = [
    # The data date of the cut is 2026-06-01, when the last answer was saved.
    ("withdrawn", {"withdrawn": True, "withdrawal_on": date(2026, 5, 20)}),
    ("withdrawn", {"withdrawn": True}),
    ("answered_no", {"consent_obtained": False}),
    ("not_recorded", {"consent_obtained": None}),
    ("sharing", {"consent_scopes": ("sharing",)}),
    ("reconsent_due", {"birth_date": PartialDate("2008-06-01"), "enrolled_on": date(2026, 5, 31)}),
    ("reconsent_refused", {"birth_date": PartialDate("2008-05"), "reconsent_refused": True}),
    # Of age a day after the data date; of age at enrolment; asked again; nobody knows whether the birthday has passed.
    ("", {"birth_date": PartialDate("2008-06-02")}),
    ("", {"birth_date": PartialDate("2007-03-01"), "enrolled_on": date(2026, 3, 1)}),
    ("", {"birth_date": PartialDate("2008-05"), "reconsent_on": date(2026, 5, 30)}),
    ("", {"birth_date": PartialDate("2008")}),
]


@pytest.mark.parametrize(("counted", "answers"), CONSENTS)
def test_the_manifest_counts_who_agreed_to_what(
    filled: Study, tmp_path: Path, counted: str, answers: dict[str, Any]
) -> None:
    other = enrol_child(db.session, filled.site, enrolment(), by=filled.coordinator, at=NOW)
    (enrolled,) = stored(other, "enrolment")
    save(
        *(other, filled.coordinator, "enrolment", {**enrolled.row, **answers}),
        revision=1,
        reason="As told.",
        confirmed={"enrolment.consent_not_refused": "The family said No."},
    )
    manifest = take(tmp_path / "cut")
    assert manifest["data_date"] == "2026-06-01"
    assert manifest["consent"] == {name: int(name == counted) for name in WORDS}
    is_left_out = counted in ("withdrawn", "answered_no")
    assert (other.key in (tmp_path / "cut/subjects.csv").read_text()) is not is_left_out
    enrolments = read_rows(tmp_path / "cut/forms/enrolment.csv", CASEBOOK["enrolment"])
    assert (other.key in {row["subject"] for row in enrolments}) is not is_left_out


def test_a_cut_holds_no_verdict_of_a_rule_set_that_it_does_not_list(filled: Study, tmp_path: Path) -> None:
    (record, _) = stored(filled.subject, "assessment")
    said = {"value": "4", "certainty": "exact", "because": "", "why": "", "missing": [], "details": {"fever": "yes"}}
    for rule_set, rule_version in (("crs_astct_2019", "99"), ("made_up", "1")):
        name = {"record_key": record.key, "rule_set": rule_set, "version": rule_version}
        db.session.add(Derivation(subject_id=filled.subject.id, **name, **said))
    db.session.commit()
    take(tmp_path / "cut")
    pairs = {name: pairs_in(tmp_path / "cut" / f"{name}.csv") for name in ("derivations", "derivation_details")}
    assert ("crs_astct_2019", "1") in pairs["derivations"]
    assert pairs["derivations"] | pairs["derivation_details"] <= pairs_in(tmp_path / "cut" / "rule_sets.csv")


def pairs_in(path: Path) -> set[tuple[str, str]]:
    """Return each rule set and version that a table of a cut names."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["rule_set"], row["version"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("missing", "[not JSON"),
        ("missing", "7"),
        ("missing", '"temperature_c"'),
        ("missing", "[7]"),
        ("details", "{"),
        ("details", "[]"),
        ("details", '{"fever": 1}'),
        pytest.param("details", "[" * 100_000, id="deep"),
    ],
)
def test_verdicts_that_were_broken_past_the_registry_are_told_in_words_and_leave_no_cut(
    filled: Study, tmp_path: Path, column: str, text: str
) -> None:
    db.session.execute(update(Derivation).values({column: type_coerce(text, Text)}))
    db.session.commit()
    with pytest.raises(cuts.CutError, match=r"Among the derivation.* is a text that cannot be read.*No cut was taken."):
        take(tmp_path / "cut")
    assert list(tmp_path.glob("*cut*")) == []


def test_an_answer_that_was_broken_past_the_registry_is_told_in_words(filled: Study, tmp_path: Path) -> None:
    db.session.execute(update(TABLES["assessment"]).values(null_flavours=type_coerce("{broken", Text)))
    db.session.commit()
    with pytest.raises(cuts.CutError, match="Among the Assessment records of the database is a text that cannot be"):
        take(tmp_path / "cut")
    assert list(tmp_path.glob("*cut*")) == []
