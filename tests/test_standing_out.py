"""Children who lack a page that nearly all others have: it tells when they were infused, so their pages stay inside."""

import csv
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cut_folder import CutFolder
from factories import make_site, make_subject
from forms.casebook import CASEBOOK
from registry.release import pipeline, preparing
from registry.release.analysis_tables import AnalysisRows
from registry.release.cut_files import CutFiles
from registry.release.leaving_rows import OF_FEW, leaving_rows
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.standing_out import forms_that_tell_few, who_stands_out
from telling_cut import make_telling_cut, register


def write_cut(folder: Path, **children: str) -> CutFiles:
    """Write the expected forms of a cut: each child has a page of the forms whose first letters are named."""
    (folder / "forms").mkdir(parents=True)
    for form in ("baseline", "infusion", "assessment", "laboratory"):
        rows = "".join(f"{child},x\n" for child, letters in children.items() if form[0] in letters)
        (folder / f"forms/{form}.csv").write_text(f"subject,record\n{rows}")
    return CutFiles(folder)


@pytest.mark.parametrize(("least", "found"), [(1, ""), (2, "d"), (3, "cde"), (4, "abcdef")])
def test_fewer_children_than_must_look_alike_lack_the_same_pages(tmp_path: Path, least: int, found: str) -> None:
    cut = write_cut(tmp_path, a="bial", b="bial", f="bial", c="bil", e="bil", d="")
    assert who_stands_out(cut, "abcdef", least=least) == set(found)


@pytest.mark.parametrize("least", [1, 2])
def test_of_who_stands_out_only_the_page_of_enrolment_leaves(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr(pipeline, "ask_analysis", lambda selected, work: AnalysisRows(endpoints=[], responses=[]))
    order = Order(
        profile=Profile.DEIDENTIFIED,
        project="steroid-sparing",
        purpose="To be counted in a test",
        least=least,
        least_reason="A test with two children",
    )
    with app.app_context():
        telling = make_telling_cut(session, tmp_path / "cut")  # of its two children one is not infused
        told = leaving_rows(preparing.prepare(session, telling.cut, order))
        pipeline.write(session, telling.cut, order, tmp_path / "out")
    rows = {}
    for path in (tmp_path / "out/forms").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows[path.stem.partition("-")[0]] = len(list(csv.DictReader(file)))
    filled = {name for name, number in rows.items() if number}
    assert filled == ({"enrolment"} if least == 2 else filled) and (filled > {"enrolment"}) == (least == 1)
    assert rows["enrolment"] == 2
    assert any(one.stay.get(OF_FEW) for one in told) == (least == 2)
    assert all(one.leave + sum(count or 0 for count in one.stay.values()) == one.in_cut for one in told)
    assert {one.form for one in told} == set(CASEBOOK)


def test_other_profiles_keep_every_page(app: Flask, session: Session, tmp_path: Path) -> None:
    order = Order(profile=Profile.IDENTIFIED, project="steroid-sparing", purpose="To be counted in a test")
    with app.app_context():
        telling = make_telling_cut(session, tmp_path / "cut")
        assert preparing.prepare(session, telling.cut, order).standing_out == frozenset()


@pytest.mark.parametrize(
    ("courses", "orders", "tells"),
    [
        (range(24), range(24), False),
        (range(24), range(23), True),
        (range(24), range(14), True),
        (range(24), range(13), False),
        (range(24), range(1), True),
        (range(24), range(0), False),
        (range(23), range(24), False),
        (range(48), range(37), False),
        (range(48), [*range(20), *range(24, 41)], True),
        (range(48), [*range(13), *range(24, 37)], False),
    ],
)
def test_a_course_without_an_order_tells_few_unless_enough_of_those_who_are_new_lack_it(
    courses: Iterable[int], orders: Iterable[int], tells: bool
) -> None:
    """Half of 48 children were in an earlier release; where a course has no order, the dose is not known."""
    was_in = {number: (number < 24,) for number in range(48)}
    there = {"anakinra_course": frozenset(courses), "anakinra_regimen": frozenset(orders)}
    assert forms_that_tell_few(there, was_in, least=11) == ({"anakinra_regimen"} if tells else set())


@pytest.mark.parametrize("without_order", [1, 11])
def test_the_order_does_not_leave_where_its_absence_would_tell_whose_dose_is_not_known(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_order: int
) -> None:
    """children.csv puts that together with another tier: of 240 synthetic children one row was missing, and told it."""
    monkeypatch.setattr(pipeline, "ask_analysis", lambda selected, work: AnalysisRows(endpoints=[], responses=[]))
    site, files = make_site(session), CutFolder()
    for number in range(24):
        child = make_subject(session, site).key
        session.commit()
        files.add("enrolment", child, consent_obtained=True)
        course = files.add("anakinra_course", child, given=True, started_at=datetime(2026, 3, 8, 9))
        if number >= without_order:
            files.add("anakinra_regimen", child, course=course, from_at=datetime(2026, 3, 8, 9), taper_step=False)
    order = Order(profile=Profile.DEIDENTIFIED, project="steroid-sparing", purpose="To be read in a test")
    with app.app_context():
        cut = register(session, files.write(tmp_path / "cut"), children=24)
        told = {one.form: one for one in leaving_rows(preparing.prepare(session, cut, order))}
        pipeline.write(session, cut, order, tmp_path / "out")
    leaves = without_order == 11
    assert (tmp_path / "out/forms/anakinra_regimen.csv").exists() == told["anakinra_regimen"].has_file == leaves
    assert (tmp_path / "out/forms/anakinra_course.csv").exists()
