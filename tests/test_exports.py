"""A de-identified package: nothing in it tells who, where or when; the same request gives the same bytes."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cut_rows import read_rows
from entries import NOW, enrol_child, enrolment, infusion, save, stored
from forms.casebook import CASEBOOK
from forms.files import sha256
from forms.values import PartialDate
from registry.audit_verify import verify
from registry.database import db
from registry.models import Subject
from registry.release import package, pipeline, rows
from registry.release.analysis_tables import AnalysisRows
from registry.release.cuts import take_cut
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.pseudonyms import Pseudonyms
from registry.release.refusal import ExportRefused
from study import Study
from telling_cut import TYPED_UNIT, TellingCut, make_telling_cut
from zip_files import unzip_bytes

AT = datetime(2026, 7, 2, 9, 30)
LEAVING = [name for name in CASEBOOK if name not in ("follow_up", "end_of_study", "support")]
OWN_TABLES = ("children-k1.csv", "responses-k1.csv", "endpoints-k1.csv")
BESIDE_THE_FORMS = ("README.html", "datapackage.json", "dictionary-k1.csv", "manifest.json", *OWN_TABLES)
PURPOSE = "Steroid sparing, asked by the steering committee"


@pytest.fixture
def telling(app: Flask, session: Session, tmp_path: Path) -> Iterator[TellingCut]:
    """Yield a cut full of telling answers, with the application context open."""
    with app.app_context():
        yield make_telling_cut(session, tmp_path / "cut")


@pytest.fixture(autouse=True)
def without_the_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the analysis' own rows out: answers that contradict each other can be exported, not analysed."""
    monkeypatch.setattr(pipeline, "ask_analysis", lambda selected, work: AnalysisRows(endpoints=[], responses=[]))


def ordered(**given: Any) -> Order:
    """Return an order of two children: fewer than a privacy officer's consent would be needed for."""
    one_child = {"least": 1, "least_reason": "A test with two children"}
    asked = {"profile": Profile.DEIDENTIFIED, "project": "steroid-sparing", "purpose": PURPOSE, **one_child}
    return Order(**{**asked, **given})


def export(session: Session, telling: TellingCut, out: Path, **given: Any) -> pipeline.Release:
    return pipeline.write(session, telling.cut, ordered(**given), out)


def zipped(out: Path) -> bytes:
    (path,) = out.glob("*.zip")
    return path.read_bytes()


def table(contents: dict[str, bytes], form: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(contents[f"forms/{form}-k1.csv"].decode())))


def test_no_byte_of_the_package_tells_who_where_or_when(session: Session, telling: TellingCut, tmp_path: Path) -> None:
    export(session, telling, tmp_path / "out")
    archive = zipped(tmp_path / "out")
    told = [
        *("NORTHERN", "Northern Synthetic Hospital", "Mathilda", "mathilda@example.org", telling.manager.key),
        *("NOR-48217-K", "NOR-99341-B", "NOR-55120-X", "NOR-71930-D", telling.site.key),
        *("Telling", "Dr Example", "4711", TYPED_UNIT, "Steroid sparing, asked"),
        *("2026", "2017", "14:37", "06:45", "T14", "2017-08-21", "21.08.2017", "08/21/2017"),
    ]
    children = (telling.twice_infused, telling.not_infused, telling.withdrawn_since, telling.withdrawn_before)
    told += [text for child in children for text in (child.key, child.key.replace("-", ""), child.enrolment_uuid)]
    for name, content in {"the zip": archive, **unzip_bytes(archive)}.items():
        text = f"{name}\n{content.decode('utf-8', errors='replace')}".casefold()
        # Hashes and compressed bytes hold any four characters by chance; nothing longer.
        text = re.sub(r"\b[0-9a-f]{64}\b", "", text)
        # The year of the infusion is the one calendar anchor: in the children's table, and where that is explained.
        is_anchored = name in ("children-k1.csv", "datapackage.json", "dictionary-k1.csv")
        sought = [
            word for word in told if (name != "the zip" or len(word) > 5) and not (is_anchored and word == "2026")
        ]
        assert [word for word in sought if word.casefold() in text] == [], name
        if name != "the zip":
            assert re.findall(r"\b(?:19|20)\d\d[-/.]\d\d|\d\d[./-]\d\d[./-]\d{4}|\d\d:\d\d", text) == [], name
            assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-", text) == [], name


def test_the_zip_itself_carries_no_time_and_no_foreign_name(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "out")
    (path,) = (tmp_path / "out").glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        assert archive.comment == b""
    assert path.name == "deidentified-steroid-sparing-k1.zip"
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.comment, entry.extra) for entry in entries} == {(b"", b"")}
    assert [entry.filename for entry in entries] == sorted(
        [*(f"forms/{name}-k1.csv" for name in LEAVING), *BESIDE_THE_FORMS]
    )


def test_the_folder_holds_the_same_files_as_the_zip(session: Session, telling: TellingCut, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(session, telling, out)
    beside = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert beside.pop("deidentified-steroid-sparing-k1.zip") == zipped(out)
    assert beside == unzip_bytes(zipped(out))


def test_the_same_cut_key_and_project_give_the_same_bytes(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    first = export(session, telling, tmp_path / "one")
    second = export(session, telling, tmp_path / "two")
    assert zipped(tmp_path / "one") == zipped(tmp_path / "two")
    assert first.sha256 == second.sha256


def test_another_project_gives_other_codes_and_the_same_answers(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "one")
    export(session, telling, tmp_path / "two", project="dosing")
    one, two = (table(unzip_bytes(zipped(tmp_path / name)), "baseline") for name in ("one", "two"))
    codes = [{row["child"] for row in rows} | {row["record"] for row in rows} for rows in (one, two)]
    assert codes[0] & codes[1] == set()
    answers = [[{**row, "child": "", "record": ""} for row in rows] for rows in (one, two)]
    assert answers[0] == answers[1]


def of_child(contents: dict[str, bytes], name: str, child: str) -> list[dict[str, str]]:
    return [row for row in table(contents, name) if row["child"] == child]


def code_of(app: Flask, subject: Subject) -> str:
    return Pseudonyms(app.config["PSEUDONYM_KEY"], "steroid-sparing").child(subject.enrolment_uuid)


def test_a_page_leaves_for_each_window_of_days_from_the_first_infusion(
    app: Flask, session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "out")
    contents = unzip_bytes(zipped(tmp_path / "out"))
    child = code_of(app, telling.twice_infused)
    # Infused on day 0 and day 180; the pages are of day 2 and of day 183.
    assert sorted(row["window"] for row in of_child(contents, "assessment", child)) == ["after day 28", "day 0 to 3"]
    assert len(of_child(contents, "infusion", child)) == 1
    (row,) = [row for row in csv.DictReader(io.StringIO(contents["children-k1.csv"].decode())) if row["child"] == child]
    assert (row["infusions"], row["age"], row["infusion_year"]) == ("2 or more", "under 2 years", "2026")


def test_a_child_without_an_infusion_is_in_it_without_days(
    app: Flask, session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "out")
    rows = of_child(unzip_bytes(zipped(tmp_path / "out")), "assessment", code_of(app, telling.not_infused))
    assert [row["window"] for row in rows] == ["no day"]


def test_a_measured_value_leaves_with_its_sign_and_without_what_was_typed(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "out")
    row = table(unzip_bytes(zipped(tmp_path / "out")), "laboratory")[0]
    parts = {name: text for name, text in row.items() if name == "ferritin" or name.startswith("ferritin_")}
    assert parts == {"ferritin": "17", "ferritin_sign": "<", "ferritin_unit": "ng/mL", "ferritin_nf": ""}


def test_children_who_withdrew_are_left_out_and_counted(session: Session, telling: TellingCut, tmp_path: Path) -> None:
    made = export(session, telling, tmp_path / "out")
    contents = unzip_bytes(zipped(tmp_path / "out"))
    told = json.loads(contents["manifest.json"])
    assert {len({row["child"] for row in table(contents, name)}) for name in ("enrolment", "baseline")} == {2}
    assert (made.children, told["children"]) == (2, 2)
    assert told["excluded_children"] == {
        "withdrew before the data cut": 1,
        "withdrew since the data cut": 1,
        "consent not recorded, or answered No": 0,
        "did not consent again at 18": 0,
    }


def test_the_manifest_says_what_was_done_to_every_item_and_gives_the_hash_of_every_file(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "out")
    contents = unzip_bytes(zipped(tmp_path / "out"))
    told = json.loads(contents.pop("manifest.json"))
    assert {(entry["form"], entry["item"]) for entry in told["items"]} == {
        (form.name, item) for form in CASEBOOK.values() for item in form.items
    }
    assert {entry["action"] for entry in told["items"]} <= set(told["verbs"])
    assert all(entry["why"] for entry in told["items"])
    assert told["files"].keys() == contents.keys()
    for name, content in contents.items():
        found = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        assert told["files"][name] == found, name
    assert told["cut"] == telling.cut.cut_id


def test_the_dictionary_explains_exactly_the_columns_of_the_files(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "out")
    contents = unzip_bytes(zipped(tmp_path / "out"))
    rows = list(csv.DictReader(io.StringIO(contents["dictionary-k1.csv"].decode())))
    assert [(row["file"], row["column"]) for row in rows] == [
        (path, column)
        for path in (*OWN_TABLES, *(f"forms/{name}-k1.csv" for name in LEAVING))
        for column in next(csv.reader(io.StringIO(contents[path].decode())))
    ]
    assert all(row["meaning"] for row in rows)


def test_the_package_says_how_many_children_may_be_shared_with_other_researchers(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    export(session, telling, tmp_path / "out")
    contents = unzip_bytes(zipped(tmp_path / "out"))
    assert json.loads(contents["manifest.json"])["children_who_agreed_to_sharing"] == 2
    assert "2 of them agreed that other researchers may have de-identified data" in contents["README.html"].decode()


def test_what_a_coordinator_saved_leaves_through_a_real_cut(own_study: Study, tmp_path: Path) -> None:
    cut = take_cut(db.session(), tmp_path / "cut", by=own_study.coordinator, at=AT)
    db.session.commit()
    made = pipeline.write(db.session(), cut, ordered(), tmp_path / "out")
    contents = unzip_bytes(zipped(tmp_path / "out"))
    (row,) = csv.DictReader(io.StringIO(contents["children-k1.csv"].decode()))
    assert (row["infusion_year"], row["product"], row["infusions"]) == ("2026", "tisagenlecleucel", "at most 1")
    assert made.children == 1
    everything = b"\n".join(contents.values())
    assert not re.search(rb"\bTST\b", everything)  # as a word: a random code may hold the three letters
    assert own_study.site.name.encode() not in everything
    assert verify(db.session()) == []


@pytest.mark.parametrize(("consent", "is_said_after"), [(False, False), (False, True), (None, False)])
def test_a_child_without_consent_is_in_no_export(
    own_study: Study, tmp_path: Path, consent: bool | None, is_said_after: bool
) -> None:
    child = enrol_child(db.session(), own_study.site, enrolment(), by=own_study.coordinator, at=NOW)
    save(child, own_study.coordinator, "infusion", infusion())
    (enrolled,) = stored(child, "enrolment")

    def say() -> None:
        row = {**enrolled.row, "consent_obtained": consent}
        confirmed = {"enrolment.consent_not_refused": "The family said No."}
        save(child, own_study.coordinator, "enrolment", row, revision=1, reason="As told.", confirmed=confirmed)

    if not is_said_after:
        say()
    cut = take_cut(db.session(), tmp_path / "cut", by=own_study.coordinator, at=AT)
    if is_said_after:
        say()
    db.session.commit()
    made = pipeline.write(db.session(), cut, ordered(), tmp_path / "out")
    told = json.loads(unzip_bytes(zipped(tmp_path / "out"))["manifest.json"])
    assert made.children == 1
    assert told["excluded_children"]["consent not recorded, or answered No"] == 1


def test_the_day_of_re_consent_is_in_the_cut_and_never_leaves(own_study: Study, tmp_path: Path) -> None:
    child = enrol_child(
        db.session(), own_study.site, enrolment(birth_date=PartialDate("2016-02-29")), by=own_study.coordinator, at=NOW
    )
    save(child, own_study.coordinator, "infusion", infusion())
    cut = take_cut(db.session(), tmp_path / "cut", by=own_study.coordinator, at=AT)
    db.session.commit()
    pipeline.write(db.session(), cut, ordered(), tmp_path / "out")
    told = read_rows(tmp_path / "cut/forms/enrolment.csv", CASEBOOK["enrolment"])
    # 29 February comes of age on 1 March; the other child's birthday is known to the month only.
    assert {row["majority_on"] for row in told} == {date(2034, 3, 1), None}
    left = table(unzip_bytes(zipped(tmp_path / "out")), "enrolment")
    # Any day count from the infusion to it would give the birth date away as well.
    assert [name for name in left[0] if name.startswith(("majority", "reconsent_on", "birth"))] == []
    days = str((date(2034, 3, 1) - date(2026, 3, 5)).days)
    assert [name for row in left for name, cell in row.items() if days in cell] == []


def left_behind(folder: Path) -> list[str]:
    """Return the names of the files and folders that a refused export left beside its cut."""
    return sorted(path.name for path in folder.iterdir() if path.name != "cut")


def broken(*_args: object, **_named: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize(
    ("owner", "name"), [(pipeline, "zip_folder"), (pipeline, "write_descriptor"), (package, "manifest")]
)
def test_a_failure_at_any_step_leaves_nothing_behind(
    session: Session,
    telling: TellingCut,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
) -> None:
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(OSError, match="the disk is full"):
        export(session, telling, tmp_path / "out")
    assert left_behind(tmp_path) == []


def test_a_leak_found_in_the_last_look_leaves_nothing_behind_and_is_not_repeated(
    session: Session, telling: TellingCut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(folder: Path, *_facts: object) -> None:
        (folder / "README.html").write_text(f"made for {telling.not_infused.code}")

    monkeypatch.setattr(package, "write_readme", careless)
    with pytest.raises(ExportRefused, match=r"README\.html: the key, code, address or hash of a child") as refused:
        export(session, telling, tmp_path / "out")
    assert telling.not_infused.code not in str(refused.value)
    assert left_behind(tmp_path) == []


def test_a_cell_that_is_none_of_its_answers_stops_the_export(
    session: Session, telling: TellingCut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = rows.FormRows.rows

    def careless(form_rows: rows.FormRows, children: list[str]) -> Iterator[list[str]]:
        for row in honest(form_rows, children):
            yield [*row[:-1], "words"] if form_rows.table.name == "infection" else row

    monkeypatch.setattr(rows.FormRows, "rows", careless)
    with pytest.raises(
        ExportRefused, match=r"forms/infection-k1\.csv: \w+ holds something that is none of its answers"
    ):
        export(session, telling, tmp_path / "out")
    assert left_behind(tmp_path) == []


def test_a_cut_whose_files_were_changed_is_not_exported(session: Session, telling: TellingCut, tmp_path: Path) -> None:
    with (tmp_path / "cut/forms/baseline.csv").open("a") as file:
        file.write("x\n")
    with pytest.raises(ExportRefused, match=r"missing or were changed\. Take a new cut"):
        export(session, telling, tmp_path / "out")
    assert left_behind(tmp_path) == []


def test_a_file_that_was_changed_together_with_its_hash_in_the_manifest_is_not_exported(
    session: Session, telling: TellingCut, tmp_path: Path
) -> None:
    file, listing = tmp_path / "cut/forms/baseline.csv", tmp_path / "cut/manifest.json"
    manifest = json.loads(listing.read_text())
    file.write_text(file.read_text().replace("b_all", "other"))
    manifest["files"]["forms/baseline.csv"]["sha256"] = sha256(file)
    listing.write_text(json.dumps(manifest))
    with pytest.raises(ExportRefused, match=r"missing or were changed\. Take a new cut"):
        export(session, telling, tmp_path / "out")
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("project", ["", "x", "a project", "../up", "NORTHERN", "café", "a" * 41, "trial-2026-03"])
def test_a_project_name_that_is_no_plain_word_or_tells_something_is_refused(
    session: Session, telling: TellingCut, tmp_path: Path, project: str
) -> None:
    with pytest.raises(ExportRefused):
        export(session, telling, tmp_path / "out", project=project)
    assert left_behind(tmp_path) == []


def test_without_the_secret_key_nothing_is_exported(
    app: Flask, session: Session, telling: TellingCut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PSEUDONYM_KEY", "")
    with pytest.raises(ExportRefused, match="PSEUDONYM_KEY is not set"):
        export(session, telling, tmp_path / "out")
    assert left_behind(tmp_path) == []
