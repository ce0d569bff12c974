"""The checks of an anakinra course by itself, and beside its toxicity: order in time, episode, weight, platelets."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from course_questions import COURSE, LATER, compared, explained, holds, known, page
from forms.casebook.anakinra_course_rules import course_number, duration
from forms.values import PartialDate
from one_check import CHECKS


@pytest.mark.parametrize(
    ("started", "stopped", "days"),
    [
        ("2026-03-10 18:00", "2026-03-10 20:00", 1),
        ("2026-03-10 18:00", "2026-03-12 06:00", 3),
        ("2026-03-10 18:00", None, None),
        (None, "2026-03-12 06:00", None),
    ],
)
def test_a_course_lasts_from_its_first_to_its_last_day(
    started: str | None, stopped: str | None, days: int | None
) -> None:
    assert duration(page({**COURSE, "started_at": started, "stopped_at": stopped}), known()) == days


@pytest.mark.parametrize(
    ("others", "started", "number"),
    [
        ([], "2026-03-20 06:00", 1),
        ([COURSE], "2026-03-20 06:00", 2),
        ([COURSE, {**COURSE, "key": "c3", "started_at": "2026-03-12 18:00"}], "2026-03-20 06:00", 3),
        ([COURSE], "2026-03-10 18:00", 1),
        ([COURSE], "2026-03-01 18:00", 1),
        ([{"key": "c1", "given": "yes"}], "2026-03-20 06:00", 1),
        ([COURSE], None, None),
    ],
)
def test_courses_are_numbered_by_their_first_dose(
    others: list[dict[str, str]], started: str | None, number: int | None
) -> None:
    assert course_number(page({**LATER, "started_at": started}), known(*others)) == number


@pytest.mark.parametrize(
    ("other", "typed", "expected"),
    [
        ({"stopped_at": "2026-03-19 06:00"}, {}, True),
        ({"stopped_at": "2026-03-20 06:00"}, {}, False),
        # One without an end goes on.
        ({}, {}, False),
        ({"stopped_at": "2026-03-30 06:00"}, {"stopped_at": "2026-03-22 06:00"}, False),
        ({"started_at": "2026-03-25 06:00"}, {"stopped_at": "2026-03-22 06:00"}, True),
        ({"started_at": "2026-03-22 06:00"}, {"stopped_at": "2026-03-22 06:00"}, False),
        ({"started_at": "2026-03-25 06:00"}, {}, False),
        ({"started_at": None}, {}, True),
        ({}, {"started_at": None}, None),
    ],
)
def test_courses_do_not_overlap(other: dict[str, Any], typed: dict[str, Any], expected: bool | None) -> None:
    stored = {name: text for name, text in {**COURSE, **other}.items() if text}
    context, row = known(stored), {**LATER, **typed}

    assert holds("no_overlap", row, context) is expected
    if expected is not None:
        assert compared("no_overlap", row, context) == (
            [] if expected else [("anakinra_course", "c1", "started_at"), ("anakinra_course", "c1", "stopped_at")]
        )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"episode": "t2", "restart_reason": "Ferritin rose again"}, True),
        ({"episode": "t1", "restart_reason": "Ferritin rose again"}, False),
        ({"episode": "t2"}, False),
        ({"restart_reason": "Ferritin rose again"}, False),
        ({"started_at": "2026-03-01 06:00"}, None),
        ({"started_at": None}, None),
    ],
)
def test_a_later_course_has_an_episode_and_a_reason_of_its_own(typed: dict[str, Any], expected: bool | None) -> None:
    assert holds("later_course_explained", {**LATER, **typed}, known(COURSE)) is expected


def episode(**told: str) -> dict[str, Any]:
    return {"toxicity_episode": [{"key": "t1", "toxicity": "crs", **told}]}


@pytest.mark.parametrize(
    ("indications", "onset", "expected"),
    # The first dose is on 10 March at 18:00.
    [
        ("crs", "2026-03-10", True),
        ("crs", "2026-03-11", False),
        ("crs", "2026-03", True),
        ("crs", "2026-04", False),
        ("prophylaxis", "2026-03-11", True),
        ("crs;other", "2026-03-11", True),
        (None, "2026-03-11", None),
        ("crs", None, None),
    ],
)
def test_the_toxicity_came_before_its_treatment(
    indications: str | None, onset: str | None, expected: bool | None
) -> None:
    context = known(**(episode(onset_on=onset) if onset else episode()))
    row = {**COURSE, "indications": indications}

    assert holds("toxicity_came_first", row, context) is expected
    assert holds("toxicity_came_first", {**row, "episode": None}, context) is None
    assert compared("toxicity_came_first", row, context) == [("toxicity_episode", "t1", "onset_on")]


@pytest.mark.parametrize(
    ("typed", "onset", "expected"),
    [
        ({"line": "prophylaxis"}, "2026-03-11", True),
        ({"line": "prophylaxis"}, "2026-03-10", True),
        ({"line": "prophylaxis"}, "2026-03-09", False),
        ({"indications": "prophylaxis"}, "2026-03-09", False),
        ({"indications": "prophylaxis;crs"}, "2026-03-09", None),
        ({"line": "first"}, "2026-03-09", None),
        ({"line": "prophylaxis"}, None, None),
    ],
)
def test_prevention_precedes_the_toxicity(typed: dict[str, str], onset: str | None, expected: bool | None) -> None:
    context = known(**(episode(onset_on=onset) if onset else episode()))

    assert holds("prophylaxis_precedes", {**COURSE, **typed}, context) is expected


@pytest.mark.parametrize(
    ("resolved", "expected"),
    [("2026-03-09", False), ("2026-03-10", True), ("2026-02", False), ("2026-03", True), (None, None)],
)
def test_the_episode_had_not_resolved_before(resolved: str | None, expected: bool | None) -> None:
    context = known(**(episode(resolved_on=resolved) if resolved else episode()))

    assert holds("resolution_came_after", COURSE, context) is expected
    assert compared("resolution_came_after", COURSE, context) == [("toxicity_episode", "t1", "resolved_on")]


@pytest.mark.parametrize(
    ("weighed", "started", "expected"),
    [
        ("2026-02-24", "2026-03-10 18:00", True),
        ("2026-02-23", "2026-03-10 18:00", False),
        ("2026-03-11", "2026-03-10 18:00", True),
        (None, "2026-03-10 18:00", None),
        ("2026-02-23", None, None),
    ],
)
def test_the_dosing_weight_is_of_the_last_14_days(
    weighed: str | None, started: str | None, expected: bool | None
) -> None:
    assert holds("weight_is_recent", {**COURSE, "dosing_weight_on": weighed, "started_at": started}) is expected


BASELINE = {"baseline": [{"key": "b1", "assessed_on": "2026-02-26", "weight_kg": "20"}]}


@pytest.mark.parametrize(
    ("kg", "near_baseline", "near_nearest"),
    # A fifth from the baseline of 20 kg; a tenth from the weight nearest to the day.
    [
        ("24", True, False),
        ("24.01", False, False),
        ("16", True, False),
        ("15.99", False, False),
        ("22", True, True),
        ("22.01", True, False),
        ("18", True, True),
        ("17.99", True, False),
        (None, None, None),
    ],
)
def test_the_dosing_weight_is_near_to_the_others(
    kg: str | None, near_baseline: bool | None, near_nearest: bool | None
) -> None:
    row, context = {**COURSE, "dosing_weight_kg": kg}, known(**BASELINE)

    assert holds("weight_near_baseline", row, context) is near_baseline
    assert holds("weight_fits_nearest", row, context) is near_nearest
    assert holds("weight_near_baseline", row, known()) is None
    assert holds("weight_fits_nearest", row, known()) is None


def test_the_nearest_weights_are_those_of_the_day_it_was_weighed_and_not_its_own() -> None:
    infusion = {"infusion": [{"key": "i1", "infused_on": "2026-03-05", "weight_at_infusion_kg": "30.50"}]}
    row = {**COURSE, "dosing_weight_kg": "20"}
    context = known({**COURSE, "dosing_weight_kg": "20"}, **BASELINE, **infusion)
    weighed = {"dosing_weight_on": "2026-02-27"}

    assert holds("weight_fits_nearest", row, context) is False
    assert holds("weight_fits_nearest", {**row, **weighed}, context) is True
    assert explained("weight_fits_nearest", row, context) == "30.5 kg"
    assert explained("weight_fits_nearest", {**row, **weighed}, context) == "20 kg"
    assert compared("weight_fits_nearest", row, context) == [("infusion", "i1", "weight_at_infusion_kg")]
    assert holds("weight_fits_nearest", {**row, "started_at": None}, context) is None
    # A day of which only the year is known may be near to either.
    check, some_day = CHECKS["anakinra_course.weight_fits_nearest"], {"dosing_weight_on": PartialDate("2026")}
    assert check.explain is not None
    assert check.explain({**page(row), **some_day}, context) == "20 kg or 30.5 kg"


def test_a_baseline_weight_of_0_is_compared_with_nothing() -> None:
    context = known()
    rows = {**context.rows, "baseline": ({"key": "b1", "weight_kg": Decimal(0)},)}
    check = CHECKS["anakinra_course.weight_near_baseline"]

    assert check.holds(page({**COURSE, "dosing_weight_kg": "20"}), replace(context, rows=rows)) is None


@pytest.mark.parametrize(
    ("route", "platelets", "reasons", "expected"),
    [
        ("sc", "20", None, True),
        ("sc", "19.9", None, False),
        ("sc", "19.9", "platelets", True),
        ("sc", "<20", None, False),
        ("sc", "<21", None, None),
        ("sc", ">20", None, True),
        ("iv_bolus", "5", None, None),
        (None, "5", None, None),
        ("sc", None, None, None),
    ],
)
def test_a_dose_under_the_skin_at_low_platelets_has_a_reason(
    route: str | None, platelets: str | None, reasons: str | None, expected: bool | None
) -> None:
    row = {**COURSE, "route": route, "at_start_platelets": platelets, "route_reasons": reasons}

    assert holds("low_platelets_explained", row) is expected
