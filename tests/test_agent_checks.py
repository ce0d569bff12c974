"""The checks of other agents on every side: tocilizumab by weight, count and time; steroid; TNF blockers."""

from __future__ import annotations

from typing import Any

import pytest

import one_check
from courses import course_context, row_of
from forms.casebook.concomitant_agent_rules import timing
from forms.context import Context
from one_check import CHECKS, anchored

TOCILIZUMAB = {"key": "m2", "agent": "tocilizumab", "started_at": "2026-03-08 14:00"}
BASELINE = {"key": "b1", "assessed_on": "2026-02-26", "weight_kg": "29"}


def known(*agents: dict[str, str], **rows: Any) -> Context:
    given = {"baseline": [BASELINE], "anakinra_course": [], **rows}
    return course_context(concomitant_agent=agents, **given)


def page(typed: dict[str, Any]) -> Any:
    return row_of("concomitant_agent", {name: text for name, text in typed.items() if text})


def holds(name: str, typed: dict[str, Any], context: Context | None = None) -> bool | None:
    return CHECKS[f"concomitant_agent.{name}"].holds(page(typed), known() if context is None else context)


def explained(name: str, typed: dict[str, Any], context: Context | None = None) -> str:
    return one_check.explained(
        CHECKS[f"concomitant_agent.{name}"], page(typed), known() if context is None else context
    )


def compared(name: str, typed: dict[str, Any], context: Context) -> list[tuple[str, str, str]]:
    return anchored(CHECKS[f"concomitant_agent.{name}"], page(typed), context)


@pytest.mark.parametrize(
    ("agent", "dose", "unit", "expected"),
    [
        ("tocilizumab", "20", "mg", True),
        ("tocilizumab", "19.99", "mg", False),
        ("tocilizumab", "800", "mg", True),
        ("tocilizumab", "800.1", "mg", False),
        ("tocilizumab", "12", "mg_per_kg", None),
        ("tocilizumab", None, "mg", None),
        ("siltuximab", "900", "mg", None),
    ],
)
def test_one_dose_of_tocilizumab_is_20_to_800_mg(
    agent: str, dose: str | None, unit: str, expected: bool | None
) -> None:
    assert holds("tocilizumab_dose", {**TOCILIZUMAB, "agent": agent, "dose": dose, "unit": unit}) is expected


@pytest.mark.parametrize(
    ("kg", "dose", "unit", "expected"),
    # 12 mg/kg under 30 kg, 8 mg/kg from 30 kg on, a tenth either way.
    [
        ("29", "348", "mg", True),
        ("29", "313.2", "mg", True),
        ("29", "313.1", "mg", False),
        ("29", "382.8", "mg", True),
        ("29", "382.9", "mg", False),
        ("30", "240", "mg", True),
        ("30", "348", "mg", False),
        ("29", "12", "mg_per_kg", True),
        ("29", "8", "mg_per_kg", False),
        ("29", "348", "units", None),
        ("29", "348", None, None),
        ("29", None, "mg", None),
    ],
)
def test_tocilizumab_fits_its_weight_band(kg: str, dose: str | None, unit: str | None, expected: bool | None) -> None:
    context = known(baseline=[{**BASELINE, "weight_kg": kg}])
    typed = {**TOCILIZUMAB, "dose": dose, "unit": unit}

    assert holds("tocilizumab_band", typed, context) is expected
    assert holds("tocilizumab_band", {**typed, "agent": "siltuximab"}, context) is None


INFUSION = {"key": "i1", "infused_on": "2026-03-05", "weight_at_infusion_kg": "31"}


def test_a_dose_fits_when_one_of_the_weights_it_may_go_by_fits() -> None:
    both = known(infusion=[INFUSION])
    undated = {**TOCILIZUMAB, "started_at": "2026", "unit": "mg"}

    # 29 kg are 348 mg, 31 kg are 248 mg.
    assert [holds("tocilizumab_band", {**undated, "dose": dose}, both) for dose in ("348", "248", "300")] == [
        True,
        True,
        False,
    ]
    assert explained("tocilizumab_band", undated, both) == "348 mg at 29 kg or 248 mg at 31 kg"
    assert compared("tocilizumab_band", undated, both) == [
        ("baseline", "b1", "weight_kg"),
        ("infusion", "i1", "weight_at_infusion_kg"),
    ]
    assert holds("tocilizumab_band", {**TOCILIZUMAB, "dose": "348", "unit": "mg"}, both) is False
    assert explained("tocilizumab_band", TOCILIZUMAB, both) == "248 mg at 31 kg"
    assert holds("tocilizumab_band", {**TOCILIZUMAB, "dose": "348", "unit": "mg"}, known(baseline=[])) is None


def given(key: str, started: str | None, **more: str) -> dict[str, str]:
    typed = {"key": key, "agent": "tocilizumab", "started_at": started, **more}
    return {name: text for name, text in typed.items() if text}


TWO_INFUSIONS = {"infusion": [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i2", "infused_on": "2026-07-05"}]}


@pytest.mark.parametrize(
    ("others", "typed", "expected", "counted"),
    # At most 4 doses for an episode; without one, after the same infusion. A page that counts none is one dose.
    [
        ([given("m1", "2026-03-07", doses_given="3")], {}, True, ["m1"]),
        ([given("m1", "2026-03-07", doses_given="4")], {}, False, ["m1"]),
        ([given("m1", "2026-03-07", doses_given="3")], {"doses_given": "2"}, False, ["m1"]),
        ([given("m1", "2026-03-07"), given("m3", "2026-03-09")], {"doses_given": "2"}, True, ["m1", "m3"]),
        ([given("m1", "2026-03-07"), given("m3", "2026-03-09")], {"doses_given": "3"}, False, ["m1", "m3"]),
        ([], {"doses_given": "4"}, True, []),
        ([], {"doses_given": "5"}, False, []),
        ([given("m1", "2026-07-08", doses_given="4")], {}, True, []),
        ([given("m1", "2026-03-04", doses_given="4")], {}, True, []),
        ([given("m1", "2026", doses_given="4")], {}, True, []),
        ([given("m1", None, doses_given="4")], {}, True, []),
        ([given("m1", "2026-03-07", doses_given="4")], {"started_at": None}, True, []),
        ([given("m1", "2026-03-07", doses_given="4", agent="siltuximab")], {}, True, []),
        ([given("m1", "2026-03-07", doses_given="4")], {"agent": "siltuximab"}, None, ["m1"]),
        # By the episodes, where some are linked.
        ([given("m1", "2026-07-08", doses_given="4", episodes="t1")], {"episodes": "t1"}, False, ["m1"]),
        ([given("m1", "2026-03-07", doses_given="4", episodes="t2")], {"episodes": "t1"}, True, []),
        ([given("m1", "2026-03-07", doses_given="4")], {"episodes": "t1"}, True, []),
    ],
)
def test_tocilizumab_is_given_four_times_at_most(
    others: list[dict[str, str]], typed: dict[str, Any], expected: bool | None, counted: list[str]
) -> None:
    context = known(*others, **TWO_INFUSIONS)
    row = {**TOCILIZUMAB, **typed}

    assert holds("tocilizumab_doses", row, context) is expected
    assert compared("tocilizumab_doses", row, context) == [
        ("concomitant_agent", key, item) for key in counted for item in ("agent", "doses_given", "started_at")
    ]


@pytest.mark.parametrize(
    ("others", "typed", "expected", "near"),
    # Eight hours between two doses; the page's own first dose is on 8 March at 14:00.
    [
        ([given("m1", "2026-03-08 06:00")], {}, True, []),
        ([given("m1", "2026-03-08 06:01")], {}, False, ["m1"]),
        ([given("m1", "2026-03-08 21:59")], {}, False, ["m1"]),
        ([given("m1", "2026-03-08 22:00")], {}, True, []),
        ([given("m1", "2026-03-07 06:00", stopped_at="2026-03-08 06:01")], {}, False, ["m1"]),
        ([given("m1", "2026-03-07 06:00", stopped_at="2026-03-08 06:00")], {}, True, []),
        # A day or a month may be nearer or not.
        ([given("m1", "2026-03-08")], {}, True, []),
        ([given("m1", None)], {}, True, []),
        ([given("m1", "2026-03-08 06:01", agent="siltuximab")], {}, True, []),
        ([given("m1", "2026-03-08 06:01")], {"started_at": None}, None, []),
        ([], {"frequency": "q6h"}, False, []),
        ([], {"frequency": "q4h", "started_at": None}, False, []),
        ([], {"frequency": "continuous"}, False, []),
        ([], {"frequency": "q8h"}, True, []),
        ([], {"frequency": "q6h", "agent": "siltuximab"}, None, []),
    ],
)
def test_doses_of_tocilizumab_are_eight_hours_apart(
    others: list[dict[str, str]], typed: dict[str, Any], expected: bool | None, near: list[str]
) -> None:
    context = known(*others)
    row = {**TOCILIZUMAB, **typed}

    assert holds("tocilizumab_apart", row, context) is expected
    assert compared("tocilizumab_apart", row, context) == [
        ("concomitant_agent", key, item) for key in near for item in ("agent", "started_at", "stopped_at")
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    # Infused on 5 March.
    [
        ({"purpose": "other", "started_at": "2026-03-04"}, False),
        ({"purpose": "prevention", "started_at": "2026-03-04"}, True),
        ({"purpose": "other", "started_at": "2026-03-05"}, True),
        ({"purpose": "treatment", "started_at": "2026-03-04"}, None),
        ({"purpose": None, "started_at": "2026-03-04"}, None),
        ({"purpose": "other", "started_at": None}, None),
        ({"purpose": "other", "started_at": "2026-03-04", "agent": "siltuximab"}, None),
    ],
)
def test_tocilizumab_before_the_infusion_is_prevention(typed: dict[str, Any], expected: bool | None) -> None:
    row = {**TOCILIZUMAB, **typed}

    assert holds("early_tocilizumab_is_prevention", row) is expected
    assert compared("early_tocilizumab_is_prevention", row, known(**TWO_INFUSIONS)) == [
        ("infusion", "i1", "infused_on")
    ]


STEROID = {"key": "m2", "agent": "prednisone", "started_at": "2026-03-08", "dose": "5", "unit": "mg_per_kg_day"}


@pytest.mark.parametrize(
    ("changed", "experience", "customary", "words"),
    # As prednisone: 10 mg/kg a day are customary, 60 within experience.
    [
        ({"dose": "10"}, True, True, "10 mg/kg per day of prednisone"),
        ({"dose": "10.01"}, True, False, "10 mg/kg per day of prednisone"),
        ({"dose": "60"}, True, False, "60 mg/kg per day of prednisone"),
        ({"dose": "60.01"}, False, None, "60 mg/kg per day of prednisone"),
        ({"dose": "12.25"}, True, False, "12.2 mg/kg per day of prednisone"),
        ({"dose": "61", "route": "topical"}, None, None, "much prednisone"),
        ({"dose": "61", "purpose": "replacement"}, None, None, "much prednisone"),
        ({"dose": "61", "agent": "tocilizumab"}, None, None, "much prednisone"),
        ({"dose": None}, None, None, "much prednisone"),
    ],
)
def test_a_steroid_is_compared_as_prednisone(
    changed: dict[str, Any], experience: bool | None, customary: bool | None, words: str
) -> None:
    row = {**STEROID, **changed}

    assert holds("steroid_within_experience", row) is experience
    assert holds("steroid_is_customary", row) is customary
    for name in ("steroid_within_experience", "steroid_is_customary"):
        assert explained(name, row) == words
        assert compared(name, row, known()) == [("baseline", "b1", "weight_kg")]


def test_a_steroid_was_compared_with_the_weight_nearest_to_its_first_dose() -> None:
    both = known(infusion=[INFUSION])

    assert compared("steroid_is_customary", STEROID, both) == [("infusion", "i1", "weight_at_infusion_kg")]


@pytest.mark.parametrize(
    ("changed", "unit", "route_told", "systemic"),
    [
        ({}, True, False, None),
        ({"unit": None}, False, False, None),
        ({"dose": None, "unit": None}, None, None, None),
        ({"route": "iv"}, True, True, True),
        ({"route": "topical"}, True, True, False),
        ({"route": "inhaled"}, True, True, False),
        ({"route": "intrathecal"}, True, True, True),
        ({"agent": "tocilizumab", "route": "topical"}, True, None, None),
        ({"agent": "tocilizumab"}, True, None, None),
    ],
)
def test_a_dose_has_its_unit_and_a_steroid_its_route(
    changed: dict[str, Any], unit: bool | None, route_told: bool | None, systemic: bool | None
) -> None:
    row = {**STEROID, **changed}

    assert holds("dose_has_unit", row) is unit
    assert holds("steroid_route_is_told", row) is route_told
    assert holds("steroid_is_systemic", row) is systemic


COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00", "stopped_at": "2026-03-17 06:00"}
BLOCKER = {"key": "m2", "agent": "etanercept", "started_at": "2026-03-24", "stopped_at": "2026-03-30"}


@pytest.mark.parametrize(
    ("typed", "courses", "expected", "near"),
    # Within 7 days of anakinra, of 10 to 17 March.
    [
        ({}, [COURSE], False, ["c1"]),
        ({"started_at": "2026-03-25"}, [COURSE], True, []),
        ({"started_at": "2026-02-20", "stopped_at": "2026-03-03"}, [COURSE], False, ["c1"]),
        ({"started_at": "2026-02-20", "stopped_at": "2026-03-02"}, [COURSE], True, []),
        ({"started_at": "2026-03-12", "stopped_at": "2026-03-13"}, [COURSE], False, ["c1"]),
        ({"agent": "other_tnf"}, [COURSE], False, ["c1"]),
        ({"agent": "tocilizumab"}, [COURSE], None, ["c1"]),
        ({"started_at": None}, [COURSE], None, []),
        ({}, [{**COURSE, "given": "no"}], True, []),
        ({}, [{"key": "c0", "given": "yes"}, COURSE], False, ["c1"]),
        ({}, [{**COURSE, "key": "c0", "stopped_at": "2026-03-11 06:00"}, COURSE], False, ["c1"]),
        ({}, [], True, []),
    ],
)
def test_a_tnf_blocker_is_seven_days_from_anakinra(
    typed: dict[str, Any], courses: list[dict[str, str]], expected: bool | None, near: list[str]
) -> None:
    context = known(anakinra_course=courses)
    row = {**BLOCKER, **typed}

    assert holds("tnf_blocker", row, context) is expected
    assert compared("tnf_blocker", row, context) == [
        ("anakinra_course", key, item) for key in near for item in ("started_at", "stopped_at")
    ]


@pytest.mark.parametrize(
    ("purpose", "episodes", "expected"),
    [("treatment", "t1", True), ("treatment", None, False), ("prevention", None, None), (None, None, None)],
)
def test_a_treatment_names_its_episode(purpose: str | None, episodes: str | None, expected: bool | None) -> None:
    row = {**TOCILIZUMAB, "purpose": purpose, "episodes": episodes}

    assert holds("treatment_names_episode", row) is expected


OPEN_COURSE = {name: text for name, text in COURSE.items() if name != "stopped_at"}
SECOND_COURSE = {**COURSE, "key": "c2", "started_at": "2026-04-10 18:00", "stopped_at": "2026-04-12 06:00"}
UNDATED_COURSE = {"key": "c3", "given": "yes"}


@pytest.mark.parametrize(
    ("typed", "courses", "expected"),
    [
        ({"started_at": None}, [COURSE], None),
        ({}, [], "no_anakinra"),
        ({}, [{"key": "c1", "given": "no"}], "no_anakinra"),
        # A course without a first dose may have been at any time: only another one's days are sure.
        ({}, [UNDATED_COURSE], None),
        ({"started_at": "2026-03-17 06:01"}, [COURSE, UNDATED_COURSE], None),
        ({"started_at": "2026-03-17 06:00"}, [COURSE, UNDATED_COURSE], "with"),
        # Begun on a day of anakinra, before its first dose or after its last.
        ({"started_at": "2026-03-10 18:00"}, [COURSE], "with"),
        ({"started_at": "2026-03-17 06:00"}, [COURSE], "with"),
        ({"started_at": "2026-03-17 06:01"}, [COURSE], "after"),
        ({"started_at": "2026-05-01 06:00"}, [OPEN_COURSE], "with"),
        # Begun before: what decides is its end.
        ({"started_at": "2026-03-08", "stopped_at": "2026-03-09"}, [COURSE], "before"),
        ({"started_at": "2026-03-08", "stopped_at": "2026-03-10 17:59"}, [COURSE], "before"),
        ({"started_at": "2026-03-08", "stopped_at": "2026-03-10 18:00"}, [COURSE], "with"),
        ({"started_at": "2026-03-08", "ongoing": "yes"}, [COURSE], "with"),
        ({"started_at": "2026-03-08", "frequency": "once"}, [COURSE], "before"),
        ({"started_at": "2026-03-08", "doses_given": "1"}, [COURSE], "before"),
        ({"started_at": "2026-03-08", "doses_given": "2"}, [COURSE], None),
        ({"started_at": "2026-03-08"}, [COURSE], None),
        ({"started_at": "2026-03-08", "frequency": "once", "stopped_at": "2026-03-12"}, [COURSE], "with"),
        # Between two courses it is after the first.
        ({"started_at": "2026-03-20", "stopped_at": "2026-03-25"}, [COURSE, SECOND_COURSE], "after"),
        ({"started_at": "2026-03-20", "stopped_at": "2026-04-11"}, [COURSE, SECOND_COURSE], "with"),
        ({"started_at": "2026-04-11"}, [COURSE, SECOND_COURSE], "with"),
    ],
)
def test_an_agent_is_before_with_or_after_anakinra(
    typed: dict[str, Any], courses: list[dict[str, str]], expected: str | None
) -> None:
    row = page({"key": "m2", "agent": "dexamethasone", "started_at": "2026-03-08", **typed})

    assert timing(row, known(anakinra_course=courses)) == expected
