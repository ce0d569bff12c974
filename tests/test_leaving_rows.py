"""What a person is told before deciding how many rows of each form leave: the same numbers that are written."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from asking_for_exports import OWN_SITE, Asking
from entries import NOW, enrol_child, enrolment
from export_requests import an_order
from forms.casebook import CASEBOOK
from registry import cli_preview, export_pages
from registry.database import db
from registry.release import pipeline, preparing
from registry.release.actions import Verb
from registry.release.analysis_tables import AnalysisRows
from registry.release.cuts import take_cut
from registry.release.leaving_rows import OF_FEW, leaving_rows
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.refusal import ExportRefused
from registry.release.row_rules import LeavingRows
from telling_cut import TellingCut, make_telling_cut


@pytest.fixture
def telling(app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TellingCut]:
    """Yield a cut of three children, one of whom withdrew since; without the analysis' own rows."""
    monkeypatch.setattr(pipeline, "ask_analysis", lambda selected, work: AnalysisRows(endpoints=[], responses=[]))
    with app.app_context():
        yield make_telling_cut(session, tmp_path / "cut")


def ordered(profile: Profile, *, least: int | None = None, forms: Sequence[str] = tuple(CASEBOOK)) -> Order:
    reason = "A test with two children" if least else ""
    asked: dict[str, Any] = {"project": "steroid-sparing", "purpose": "To be counted in a test", "forms": forms}
    return Order(profile=profile, least=least, least_reason=reason, **asked)


DEIDENTIFIED = {least: ordered(Profile.DEIDENTIFIED, least=least) for least in (1, 2)}
ORDERS = [*DEIDENTIFIED.values(), ordered(Profile.LIMITED), ordered(Profile.IDENTIFIED)]
each_order = pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.profile}-{order.least}")


def told_before(session: Session, telling: TellingCut, order: Order) -> tuple[LeavingRows, ...]:
    return leaving_rows(preparing.prepare(session, telling.cut, order))


def in_files(folder: Path) -> dict[str, int]:
    """Return the rows of each file of a form in a package."""
    found = {}
    for path in folder.glob("forms/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem.partition("-")[0]] = sum(1 for _ in csv.DictReader(file))
    return found


def table_in_readme(folder: Path) -> str:
    """Return what the README of a package says of the rows of each form."""
    page = (folder / "README.html").read_text()
    return page.split("<h2>What leaves of each form</h2>")[1].split("</table>")[0]


@each_order
def test_what_is_told_before_is_what_is_written_and_what_the_package_says(
    session: Session, telling: TellingCut, tmp_path: Path, order: Order
) -> None:
    told = told_before(session, telling, order)
    pipeline.write(session, telling.cut, order, tmp_path / "out")
    assert {one.form: one.leave for one in told if one.has_file} == in_files(tmp_path / "out")
    assert [one.leave for one in told if not one.has_file] == [0] * sum(not one.has_file for one in told)
    assert all(one.leave + sum(one.stay.values()) == one.in_cut for one in told)
    said = json.loads((tmp_path / "out/manifest.json").read_text())["rows_of_forms"]
    assert [(one["form"], one["leave"], list(one["stay"])) for one in said] == [
        (one.form, one.leave, list(one.stay)) for one in told
    ]
    listed = re.findall(r'<tr><th>([^<]+)</th><td class="n">(\d+)</td>', table_in_readme(tmp_path / "out"))
    assert listed == [(one.title, str(one.leave)) for one in told]


@each_order
def test_a_de_identified_package_does_not_tell_how_many_rows_stay(
    session: Session, telling: TellingCut, tmp_path: Path, order: Order
) -> None:
    told = told_before(session, telling, order)
    pipeline.write(session, telling.cut, order, tmp_path / "out")
    said = json.loads((tmp_path / "out/manifest.json").read_text())["rows_of_forms"]
    page = table_in_readme(tmp_path / "out")
    is_told = order.profile is not Profile.DEIDENTIFIED
    assert [one["in_cut"] for one in said] == [one.in_cut if is_told else None for one in told]
    counts = {count for one in said for count in one["stay"].values()}
    assert (None in counts) is not is_told
    assert ("Rows in the data cut" in page, bool(re.search(r"\d: ", page))) == (is_told, is_told)


TITLES = {"deidentified": "De-identified data", "limited": "Limited data set", "identified": "Identified data"}


@each_order
def test_the_readme_says_what_it_is_of_and_how_to_read_the_files(
    session: Session, telling: TellingCut, tmp_path: Path, order: Order
) -> None:
    pipeline.write(session, telling.cut, order, tmp_path / "out")
    page = (tmp_path / "out/README.html").read_text()
    assert f"<h1>{TITLES[order.profile]} of the Pediatric Anakinra Registry</h1>" in page
    assert '<code>read.csv(file, na.strings = "")</code>' in page
    in_order = ["children.csv</code>:", "A child who lacks a page", "endpoints.csv</code>:", "responses.csv</code>:"]
    found = re.findall("|".join(in_order), page)
    assert found == (in_order if order.profile is Profile.DEIDENTIFIED else [])


@each_order
def test_python_reads_every_cell_of_a_package_as_the_readme_says(
    session: Session, telling: TellingCut, tmp_path: Path, order: Order
) -> None:
    pipeline.write(session, telling.cut, order, tmp_path / "out")
    paths = list((tmp_path / "out").rglob("*.csv"))
    assert paths
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            filled = sum(cell != "" for row in csv.DictReader(file) for cell in row.values())
        assert int(pd.read_csv(path, keep_default_na=False, na_values=[""]).count().sum()) == filled


@each_order
def test_the_items_counted_before_are_those_the_package_counts(
    session: Session, telling: TellingCut, tmp_path: Path, order: Order
) -> None:
    found = preparing.prepare(session, telling.cut, order)
    fates = export_pages.fates(found.actions, order.forms, found.forms)
    pipeline.write(session, telling.cut, order, tmp_path / "out")
    page = (tmp_path / "out/README.html").read_text()
    counts = {verb: int(count) for verb, count in re.findall(r"<li><strong>(\w+)</strong> [^<]*: (\d+) items", page)}
    stays = counts.get(Verb.DROP, 0) + counts.get(Verb.CLEAR, 0)
    assert (counts.get(Verb.KEEP, 0), stays) == (fates.kept, fates.left_out)
    assert sum(counts.values()) == fates.kept + fates.changed + fates.left_out


def test_it_says_why_the_other_rows_stay_and_which_forms_have_no_file(session: Session, telling: TellingCut) -> None:
    told = {one.form: one for one in told_before(session, telling, DEIDENTIFIED[2])}
    withdrawn = "of children who are left out"
    assert [name for name, one in told.items() if not one.has_file][-3:] == ["follow_up", "end_of_study", "support"]
    assert told["enrolment"].stay == {withdrawn: 1}
    assert "no file: it tells a death; children.csv says what may leave" in told["end_of_study"].stay
    alone = {one.form: one for one in told_before(session, telling, DEIDENTIFIED[1])}
    assert OF_FEW in told["assessment"].stay and OF_FEW not in alone["assessment"].stay
    assert set(alone["assessment"].stay) <= {
        withdrawn,
        "only one page for each window of days leaves: the number of pages tells the days in hospital",
        "only one page for each child leaves: the number of pages tells the days in hospital",
    }


def test_a_dry_run_says_it_as_well(session: Session, telling: TellingCut) -> None:
    order = ordered(Profile.DEIDENTIFIED, least=2, forms=("end_of_study",))
    lines = list(cli_preview.lines(preparing.prepare(session, telling.cut, order)))
    (line,) = [line for line in lines if line.startswith("End of study: 0")]
    assert re.fullmatch(r"End of study: 0 of \d rows leave; .*\d stay: no file: it tells a death; .*\.", line)


def test_other_rows_than_were_told_are_not_exported(
    session: Session, telling: TellingCut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_more(prepared: preparing.Prepared) -> list[LeavingRows]:
        usual = leaving_rows(prepared)[0]
        return [
            LeavingRows(form="enrolment", title="Enrolment", in_cut=9, leave=usual.leave + 1, stay={}, has_file=True)
        ]

    monkeypatch.setattr(pipeline, "leaving_rows", one_more)
    with pytest.raises(ExportRefused, match=r"^Of Enrolment other rows were written than were announced"):
        pipeline.write(session, telling.cut, DEIDENTIFIED[1], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_who_asks_and_who_approves_sees_it_before(asking: Asking) -> None:
    manager, officer = asking.requesting.manager, asking.requesting.officer
    page = asking.client(manager).post("/exports/new", data=asking.data()).text
    export = asking.export(an_order(profile=Profile.IDENTIFIED, forms=("enrolment", "infusion")), by=manager)
    for text in (page, asking.client(officer).get(f"/exports/{export.key}").text):
        table = text.split('aria-label="What leaves of each form"')[1].split("</table>")[0]
        assert re.findall(r'<th scope="row">(\w+)', table) == ["Enrolment", "Infusion"]
        assert re.findall(r'<td data-label="Rows that leave" class="number"><strong>(\d+)', table) == ["2", "1"]


def test_a_written_package_shows_what_it_holds_of_each_form(asking: Asking) -> None:
    export = asking.written()
    page = asking.client(asking.requesting.coordinator).get(f"/exports/{export.key}").text
    assert 'data-label="Rows that leave" class="number"><strong>1</strong>' in page


def test_an_export_of_one_site_counts_no_row_of_another(asking: Asking) -> None:
    requesting = asking.requesting
    own = leaving_rows(preparing.prepare(db.session(), requesting.cut, OWN_SITE))
    everywhere = leaving_rows(preparing.prepare(db.session(), requesting.cut, replace(OWN_SITE, site=None)))
    assert [(one.form, one.in_cut, one.leave, one.stay) for one in own] == [
        ("enrolment", 1, 1, {}),
        ("infusion", 1, 1, {}),
    ]
    assert everywhere[0].in_cut == 2
    page = asking.client(requesting.coordinator).get(f"/exports/{asking.written().key}").text
    assert "of children who are left out" not in page


def test_an_export_of_one_site_counts_no_child_of_another(asking: Asking, tmp_path: Path) -> None:
    requesting = asking.requesting
    by = requesting.coordinator
    far = [
        enrol_child(db.session, requesting.other_site, enrolment(consent_obtained=consent), by=by, at=NOW)
        for consent in (True, None, True)
    ]
    far[0].withdrawn_on = NOW.date()
    db.session.commit()
    cut = take_cut(db.session(), tmp_path / "later", by=None, at=NOW)
    far[-1].withdrawn_on = NOW.date()
    db.session.commit()

    own = preparing.prepare(db.session(), cut, OWN_SITE).facts
    everywhere = preparing.prepare(db.session(), cut, replace(OWN_SITE, site=None)).facts

    assert (own.children, sum(own.excluded.values())) == (1, 0)
    assert list(everywhere.excluded.values()) == [1, 1, 1]


def test_the_page_says_why_a_package_is_not_handed_out_any_more(asking: Asking) -> None:
    export, subject = asking.written(), asking.requesting.study.subject
    client = asking.client(asking.requesting.coordinator)
    assert "Download the package" in client.get(f"/exports/{export.key}").text
    subject.withdrawn_on = NOW.date()
    db.session.commit()
    page = client.get(f"/exports/{export.key}").text
    assert "a child in them withdrew" in page and "Write the files again" in page and "Download" not in page
    refused = client.post(f"/exports/{export.key}/download")
    assert (refused.status_code, refused.mimetype) == (422, "text/html")
