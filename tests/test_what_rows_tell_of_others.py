"""What the rows of a de-identified package tell of rows, answers and children that stay inside."""

import csv
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from cut_folder import CutFolder
from forms.casebook import CASEBOOK
from forms.values import PartialDate
from registry.release.actions import Action, Verb
from registry.release.children_table import children_rows, children_table
from registry.release.cut_files import CutFiles
from registry.release.descriptor import Written, write_descriptor, write_dictionary
from registry.release.gate import pass_gate
from registry.release.leaving_tables import records_instead
from registry.release.pooling import pool_rare
from registry.release.profiles import Profile
from registry.release.quasi_identifiers import LADDER
from registry.release.rows import FormRows, Names, form_table
from registry.release.rules import actions

LEAST = 11
NAMES = Names(child=str.upper, record=lambda key: f"coded {key}")
DEIDENTIFIED = Profile.DEIDENTIFIED


def opened(folder: CutFolder, path: Path) -> CutFiles:
    return CutFiles(folder.write(path / "cut"))


def leaving(cut: CutFiles, form: str, own: tuple[Action, ...] | None = None) -> FormRows:
    own = actions()[form] if own is None else own
    return FormRows(
        table=form_table(CASEBOOK[form], own, DEIDENTIFIED),
        cut=cut,
        names=NAMES,
        actions=own,
        profile=DEIDENTIFIED,
        day_0={row["subject"]: row["infused_on"] for row in cut.form("infusion").rows()},
        instead=records_instead(cut, NAMES),
    )


def rows_of(rows: FormRows) -> list[dict[str, str]]:
    header = [column.name for column in rows.table.columns]
    return [dict(zip(header, row, strict=True)) for row in rows.rows(sorted(rows.cut.children()))]


def test_no_link_names_a_row_that_stays_inside(tmp_path: Path) -> None:
    folder = CutFolder()
    first = folder.add("toxicity_episode", "a", toxicity="crs", onset_on=date(2026, 3, 7))
    second = folder.add("toxicity_episode", "a", toxicity="crs", onset_on=date(2026, 9, 1))
    icans = folder.add("toxicity_episode", "a", toxicity="icans", onset_on=date(2026, 3, 9))
    course = folder.add("anakinra_course", "a", given=True, started_at=PartialDate("2026-03-08T08:00"), episode=first)
    later = folder.add("anakinra_course", "a", given=True, started_at=PartialDate("2026-09-02T08:00"), episode=second)
    folder.add("concomitant_agent", "a", agent="tocilizumab", episodes=(second,))
    folder.add("concomitant_agent", "a", agent="dexamethasone", episodes=(first, second, icans))
    folder.add("adverse_event", "a", event="neutropenia", course=later)
    cut = opened(folder, tmp_path)
    agents = {row["agent"]: row["episodes"] for row in rows_of(leaving(cut, "concomitant_agent"))}
    assert agents == {"tocilizumab": f"coded {first}", "dexamethasone": f"coded {first};coded {icans}"}
    assert [row["course"] for row in rows_of(leaving(cut, "adverse_event"))] == [f"coded {course}"]


def test_a_link_to_a_course_that_was_not_given_names_nothing(tmp_path: Path) -> None:
    folder = CutFolder()
    folder.add("adverse_event", "a", event="rash", course=folder.add("anakinra_course", "a", given=False))
    (event,) = rows_of(leaving(opened(folder, tmp_path), "adverse_event"))
    assert event["course"] == ""


def test_a_course_for_a_later_episode_is_one_for_the_first_of_its_toxicity(tmp_path: Path) -> None:
    folder = CutFolder()
    first = folder.add("toxicity_episode", "a", toxicity="crs", onset_on=date(2026, 3, 7))
    second = folder.add("toxicity_episode", "a", toxicity="crs", onset_on=date(2026, 9, 1), recurrence_of=first)
    folder.add("anakinra_course", "a", given=True, started_at=PartialDate("2026-09-02T08:00"), episode=second)
    cut = opened(folder, tmp_path)
    (course,) = rows_of(leaving(cut, "anakinra_course"))
    (episode,) = rows_of(leaving(cut, "toxicity_episode"))
    assert (course["episode"], episode["record"]) == (f"coded {first}", f"coded {first}")


@pytest.mark.parametrize(
    ("form", "item", "label", "detail"),
    [
        ("concomitant_agent", "episodes", "Given for (first episode of that toxicity)", "the first of each toxicity"),
        ("anakinra_course", "episode", "Index episode (first episode of that toxicity)", "the first of each toxicity"),
        ("adverse_event", "course", "Anakinra course (the first)", "the first course"),
        ("anakinra_regimen", "course", "Course (the first)", "the first course"),
    ],
)
def test_a_link_to_a_first_one_says_that_a_later_one_may_be_meant(
    tmp_path: Path, form: str, item: str, label: str, detail: str
) -> None:
    """An agent for the CRS of a second infusion names the CRS of the first: a false answer where nobody says so."""
    table = form_table(CASEBOOK[form], actions()[form], DEIDENTIFIED)
    written = [Written(table=table, rows=0, bytes=0, sha256="")]
    write_dictionary(tmp_path, written, "")
    with (tmp_path / "dictionary.csv").open(newline="") as file:
        (told,) = (row for row in csv.DictReader(file) if row["column"] == item)
    assert told["meaning"].startswith(f"{label}: record in ")
    assert told["detail"].startswith(f"{detail} ")
    write_descriptor(tmp_path, written, profile=DEIDENTIFIED, project="dosing", stamp="", version="1")
    (resource,) = json.loads((tmp_path / "datapackage.json").read_text())["resources"]
    (field,) = (one for one in resource["schema"]["fields"] if one["name"] == item)
    assert (field["title"], field["description"]) == (label, told["detail"])


def test_other_profiles_link_what_was_recorded() -> None:
    (link,) = (action for action in actions(Profile.LIMITED)["concomitant_agent"] if action.item == "episodes")
    assert (link.label, link.detail) == ("Given for", "")


def test_no_empty_column_says_that_nothing_ever_came_back() -> None:
    """Only the first episode of a toxicity leaves, and none of these names an earlier one."""
    (link,) = (action for action in actions()["toxicity_episode"] if action.item == "recurrence_of")
    assert (link.verb, link.has_column) == (Verb.DROP, False)


@pytest.mark.parametrize(("are_events_told", "rows"), [(True, 2), (False, 1)])
def test_the_rows_of_adverse_events_tell_no_more_than_the_table_of_the_children(
    tmp_path: Path, are_events_told: bool, rows: int
) -> None:
    folder = CutFolder()
    for event, day in (("neutropenia", 1), ("neutropenia", 8), ("headache", 2), ("neutropenia", 20)):
        folder.add("adverse_event", "a", event=event, onset_on=date(2026, 3, day), ctcae_grade=day % 4)
    own = tuple(
        replace(action, verb=Verb.DROP, column="") if action.item == "event" and not are_events_told else action
        for action in actions()["adverse_event"]
    )
    cut = opened(folder, tmp_path)
    assert len(rows_of(leaving(cut, "adverse_event", own))) == rows
    assert leaving(cut, "adverse_event", own).count(["a"]) == (4, rows)


@pytest.mark.parametrize(("bleeding", "verb"), [(LEAST, Verb.KEEP), (LEAST - 1, Verb.CLEAR)])
def test_an_answer_is_counted_in_the_rows_that_leave(tmp_path: Path, bleeding: int, verb: Verb) -> None:
    """All 30 children bled on some day; the page that leaves of a child, that of its highest grade, tells of some."""
    folder = CutFolder()
    for number in range(30):
        child = f"child{number:03}"
        folder.add("infusion", child, infused_on=date(2026, 3, 5))
        folder.add("assessment", child, assessed_at=datetime(2026, 3, 6, 8), crs_grade=1, splenomegaly=True)
        is_worst = number < bleeding
        folder.add("assessment", child, assessed_at=datetime(2026, 3, 7, 8), crs_grade=3, splenomegaly=is_worst)
    cut = opened(folder, tmp_path)
    told = {"assessment": leaving(cut, "assessment")}
    found = pool_rare(cut, sorted(cut.children()), actions(), least=LEAST, leaving=told)
    assert next(action for action in found["assessment"] if action.item == "splenomegaly").verb is verb


def test_answers_of_pages_that_stay_inside_count_for_nothing(tmp_path: Path) -> None:
    folder = CutFolder()
    for number in range(30):
        folder.add("baseline", f"child{number:03}", refractory=number < 15)
        folder.add("enrolment", f"child{number:03}", consent_scopes=("recontact",))
    cut = opened(folder, tmp_path)
    away = frozenset(f"child{number:03}" for number in range(5))
    found = pool_rare(cut, sorted(cut.children()), actions(), least=LEAST, away=away)
    verbs = {(action.form, action.item): action.verb for own in found.values() for action in own}
    assert verbs["baseline", "refractory"] is Verb.CLEAR  # 10 pages with Yes leave
    assert verbs["enrolment", "consent_scopes"] is Verb.KEEP  # of all 30 the page of enrolment does


def test_a_row_does_not_tell_that_its_page_is_not_complete() -> None:
    columns = [column.name for column in form_table(CASEBOOK["anakinra_regimen"], (), DEIDENTIFIED).columns]
    assert columns == ["child", "record"]
    assert "completed" in [column.name for column in form_table(CASEBOOK["baseline"], (), Profile.LIMITED).columns]


@pytest.mark.parametrize(
    ("form", "item", "told", "unit"),
    [
        # 10 mg of dexamethasone are 66.67 mg of prednisone: of a child of 30 kg 2.22 mg/kg.
        ("anakinra_course", "at_start_steroid_mg_per_kg_72h", "2 to under 5", "mg/kg"),
        # Tisagenlecleucel above 50 kg is one amount for every weight: 200 million cells for 90 kg.
        ("infusion", "cells_million_per_kg", "2 to under 3", "10^6/kg"),
    ],
)
def test_a_dose_by_weight_that_gives_the_weight_is_a_range(form: str, item: str, told: str, unit: str) -> None:
    action = next(action for action in actions()[form] if action.item == item)
    assert action.bands is not None
    assert action.bands.read("2.22", "") == told
    (column,) = (one for one in form_table(CASEBOOK[form], [action], DEIDENTIFIED).columns if one.name == item)
    assert (column.unit, told in column.codes) == (unit, True)  # a range without its unit is no range


def test_windows_with_one_kind_of_page_are_told_apart_by_the_gate_and_not_in_the_table() -> None:
    """12 children have both pages on day 0 to 3, 4 of them a laboratory page alone on day 4 to 7."""
    course = next(quasi for quasi in LADDER if quasi.name == "course")
    both, alone = "day 0 to 3;day 4 to 7", "day 0 to 3;day 4 to 7 but only laboratory"
    fine, coarse = (level.read for level in course.levels)
    assert fine(both) != fine(alone) and coarse(both) == coarse(alone) == "day 0 to 28"
    assert coarse("day 0 to 3 but only assessment;day 4 to 7 but only laboratory") == "day 0 to 28"
    assert coarse("day 0 to 3 but only assessment;after day 28") == "day 0 to 28 but only assessment;after day 28"
    told = {"course": [both] * 8 + [alone] * 4}
    passed = pass_gate([course], told, [""] * 12, target=5)
    assert passed.levels == {"course": 1}
    in_detail = pass_gate([course], told, [""] * 12, target=4)
    children = [f"child{number:02}" for number in range(12)]
    rows = [*children_rows(children_table(in_detail), in_detail, children, str)]
    assert {text for _, text in rows} == {both}
