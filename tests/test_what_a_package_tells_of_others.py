"""What a whole de-identified package tells of rows and children that stay inside."""

import csv
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cut_folder import CutFolder
from factories import make_site, make_subject
from registry.database import db
from registry.release import pipeline, preparing
from registry.release.actions import Action, Verb
from registry.release.analysis_tables import AnalysisRows
from registry.release.models import Cut
from registry.release.order import Order
from registry.release.profiles import Profile
from telling_cut import register

LEAST = 11


@pytest.mark.parametrize(("day", "verb"), [(7, Verb.CLEAR), (10, Verb.KEEP)])
def test_an_export_counts_answers_in_the_pages_of_the_windows_that_leave(
    app: Flask, session: Session, tmp_path: Path, day: int, verb: Verb
) -> None:
    """Of two pages in one window the worse one leaves, with ten big spleens; in two windows both do."""
    folder, children = CutFolder(), enrolled(session, 2 * LEAST + 2)
    for number, child in enumerate(children):
        add_expected(folder, child)
        for on, grade, splenomegaly in ((6, 1, True), (day, 3, number < LEAST - 1)):
            at = datetime(2026, 3, on, 8)
            folder.add("assessment", child, assessed_at=at, crs_grade=grade, splenomegaly=splenomegaly)
            folder.add("laboratory", child, sampled_at=at)
    assert prepared(app, session, folder, tmp_path, keep=("course",))["assessment", "splenomegaly"].verb is verb


@pytest.mark.parametrize(("late", "verb"), [(0, Verb.KEEP), (3, Verb.CLEAR)])
def test_an_export_counts_no_answers_of_children_who_stand_out(
    app: Flask, session: Session, tmp_path: Path, late: int, verb: Verb
) -> None:
    """Of 13 who are refractory three have no laboratory page yet, so ten answers leave."""
    folder, children = CutFolder(), enrolled(session, 2 * LEAST + 2)
    for number, child in enumerate(children):
        add_expected(folder, child, refractory=number < LEAST + 2)
        folder.add("assessment", child)
        if number >= late:
            folder.add("laboratory", child)
    assert prepared(app, session, folder, tmp_path)["baseline", "refractory"].verb is verb


def test_in_a_package_every_link_names_a_row_of_it(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CutFolder()
    for child in enrolled(session, 2 * LEAST):
        add_expected(folder, child)
        folder.add("toxicity_episode", child, toxicity="crs", onset_on=date(2026, 3, 7))
        second = folder.add("toxicity_episode", child, toxicity="crs", onset_on=date(2026, 9, 1))
        folder.add("concomitant_agent", child, agent="tocilizumab", episodes=(second,))
    written(app, session, folder, tmp_path, monkeypatch)
    agents, episodes = (
        [*csv.DictReader((tmp_path / f"out/forms/{form}.csv").read_text().splitlines())]
        for form in ("concomitant_agent", "toxicity_episode")
    )
    assert len(agents) == len(episodes) == 2 * LEAST
    assert {row["episodes"] for row in agents} == {row["record"] for row in episodes}


def test_a_package_says_of_few_deaths_only_that_they_are_few(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CutFolder()
    for number, child in enumerate(enrolled(session, 2 * LEAST)):
        add_expected(folder, child)
        if number < 3:
            folder.add("end_of_study", child, reason="died", ended_on=date(2026, 3, 7), died_on=date(2026, 3, 7))
    gate = written(app, session, folder, tmp_path, monkeypatch).manifest["gate"]
    (death,) = (quasi for quasi in gate["quasi_identifiers"] if quasi["label"] == "Death")
    assert death["children_in_small_groups_with_more_detail"] == "fewer than 11"
    (told,) = (words for words in gate["in_words"] if words.startswith("Death:"))
    assert "fewer than 11 children" in told


def enrolled(session: Session, number: int) -> list[str]:
    """Return the keys of so many children of a center."""
    site = make_site(session)
    made = [make_subject(session, site) for _ in range(number)]
    session.commit()
    return [child.key for child in made]


def add_expected(folder: CutFolder, child: str, **baseline: bool) -> None:
    folder.add("enrolment", child, consent_obtained=True)
    folder.add("baseline", child, **baseline)
    folder.add("infusion", child, infused_on=date(2026, 3, 5))


def prepared(
    app: Flask, session: Session, folder: CutFolder, path: Path, keep: tuple[str, ...] = ()
) -> dict[tuple[str, str], Action]:
    """Return what a de-identified export does to each item by form and name."""
    with app.app_context():
        actions = preparing.prepare(db.session(), cut_of(session, folder, path), an_order(keep)).actions
    return {(action.form, action.item): action for own in actions.values() for action in own}


def written(
    app: Flask, session: Session, folder: CutFolder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> pipeline.Release:
    """Return a de-identified package that was written into the folder ``out``."""
    monkeypatch.setattr(pipeline, "ask_analysis", lambda selected, work: AnalysisRows(endpoints=[], responses=[]))
    with app.app_context():
        return pipeline.write(db.session(), cut_of(session, folder, path), an_order(), path / "out")


def cut_of(session: Session, folder: CutFolder, path: Path) -> Cut:
    return register(session, folder.write(path / "cut"), children=len(folder.subjects))


def an_order(keep: tuple[str, ...] = ()) -> Order:
    return Order(profile=Profile.DEIDENTIFIED, project="dosing", purpose="Asked by the committee.", keep=keep)
