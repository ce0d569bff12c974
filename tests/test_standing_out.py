"""Children who lack a page that nearly all others have: it tells when they were infused, so their pages stay inside."""

import csv
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry.release import pipeline, preparing
from registry.release.analysis_tables import AnalysisRows
from registry.release.cut_files import CutFiles
from registry.release.leaving_rows import OF_FEW, leaving_rows
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.standing_out import who_stands_out
from telling_cut import make_telling_cut


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
