"""The checks of an anakinra course on every side: order in time, weight, other agents, taper, line (4, 5, 15 to 24)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from check_tables import checks
from courses import course_context, protocol_of, row_of
from forms.casebook.anakinra_course_rules import course_number, duration
from forms.context import Context
from forms.form import Anchor
from forms.values import PartialDate

CHECKS = checks()
COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00", "episode": "t1"}
LATER = {"key": "c2", "given": "yes", "started_at": "2026-03-20 06:00"}


def known(*courses: dict[str, str], **rows: Any) -> Context:
    return course_context(**{"anakinra_course": courses, **rows})


def page(typed: dict[str, Any]) -> Any:
    return row_of("anakinra_course", {name: text for name, text in typed.items() if text})


def holds(name: str, typed: dict[str, Any], context: Context | None = None) -> bool | None:
    return CHECKS[f"anakinra_course.{name}"].holds(page(typed), known() if context is None else context)


def explained(name: str, typed: dict[str, Any], context: Context) -> str:
    explain = CHECKS[f"anakinra_course.{name}"].explain
    assert explain is not None
    return explain(page(typed), context)


def compared(name: str, typed: dict[str, Any], context: Context) -> list[tuple[str, str, str]]:
    also = CHECKS[f"anakinra_course.{name}"].also
    assert also is not None
    anchors: tuple[Anchor, ...] = also(page(typed), context)
    return [(one.form, one.key, one.item) for one in anchors]


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


def agent(key: str, name: str, started: str | None, stopped: str | None = None, **more: str) -> dict[str, str]:
    typed = {"key": key, "agent": name, "purpose": "treatment", "started_at": started, "stopped_at": stopped, **more}
    return {item: text for item, text in typed.items() if text}


TWO_AGENTS = [
    agent("m1", "ruxolitinib", "2026-03-12", "2026-03-14"),
    agent("m2", "dexamethasone", "2026-03-08", "2026-03-12"),
    agent("m3", "ivig", "2026-03-12", "2026-03-12"),
]
ALL_THREE = "anakinra, systemic steroid, ruxolitinib or another JAK inhibitor on 2026-03-12"


@pytest.mark.parametrize(
    ("typed", "few", "told", "words", "on"),
    # Anakinra, ruxolitinib and steroid on 12 March; anakinra and steroid from 10 to 11 March.
    [
        ({"stopped_at": "2026-03-12 06:00"}, False, False, ALL_THREE, ["m1", "m2"]),
        ({}, False, False, ALL_THREE, ["m1", "m2"]),
        ({"stopped_at": "2026-03-11 18:00"}, True, False, "anakinra, systemic steroid on 2026-03-10", ["m2"]),
        ({"started_at": "2026-03-20 06:00"}, True, None, "anakinra on 2026-03-20", []),
        ({"started_at": None}, None, None, "several", []),
        ({"given": "no"}, None, None, "several", []),
    ],
)
def test_few_kinds_of_immunosuppressant_are_given_at_once(
    typed: dict[str, Any], few: bool | None, told: bool | None, words: str, on: list[str]
) -> None:
    row, context = {**COURSE, **typed}, known(concomitant_agent=TWO_AGENTS)

    assert holds("few_immunosuppressants", row, context) is few
    assert holds("prophylaxis_is_told", row, context) is told
    for name in ("few_immunosuppressants", "prophylaxis_is_told"):
        assert explained(name, row, context) == words
        assert compared(name, row, context) == [
            ("concomitant_agent", key, item) for key in on for item in ("agent", "started_at", "stopped_at")
        ]


def test_what_was_given_after_the_course_is_not_counted() -> None:
    later = [
        agent(key, name, "2026-03-20", "2026-03-20")
        for key, name in (("m1", "ruxolitinib"), ("m2", "dexamethasone"), ("m3", "tocilizumab"))
    ]
    row, context = {**COURSE, "stopped_at": "2026-03-12 06:00"}, known(concomitant_agent=later)

    assert holds("few_immunosuppressants", row, context) is True
    assert explained("few_immunosuppressants", row, context) == "anakinra on 2026-03-10"


@pytest.mark.parametrize(
    ("support", "told"),
    [
        ({"kind": "antimicrobial", "purpose": "prophylaxis"}, True),
        ({"kind": "antimicrobial", "purpose": "treatment"}, False),
        ({"kind": "ivig", "purpose": "prophylaxis"}, False),
    ],
)
def test_antimicrobial_prevention_is_told(support: dict[str, str], told: bool) -> None:
    context = known(concomitant_agent=TWO_AGENTS, support=[{"key": "s1", **support}])

    assert holds("prophylaxis_is_told", COURSE, context) is told


def tapered(grades: list[dict[str, str]], center: str = "CNH", **typed: str) -> Any:
    """Return a course tapered from 13 March on, under a center's protocol; CNH says grade 2 or less."""
    row = {**COURSE, "taper_started_on": "2026-03-13", **typed}
    return row, course_context((protocol_of(center),), anakinra_course=[COURSE], assessment=grades)


def graded(at: str, key: str = "a1", **grades: str) -> dict[str, str]:
    return {"key": key, "assessed_at": at, **grades}


@pytest.mark.parametrize(
    ("grades", "expected", "named"),
    [
        ([graded("2026-03-13 06:00", crs_grade="2")], True, [("assessment", "a1", "crs_grade")]),
        ([graded("2026-03-13 06:00", crs_grade="3")], False, [("assessment", "a1", "crs_grade")]),
        ([graded("2026-03-12 06:00", crs_grade="3")], False, [("assessment", "a1", "crs_grade")]),
        ([graded("2026-03-11 06:00", crs_grade="3")], None, []),
        ([graded("2026-03-13 06:00", icans_grade="3")], None, []),
        ([], None, []),
    ],
)
def test_a_taper_waits_for_the_grade_of_the_protocol(
    grades: list[dict[str, str]], expected: bool | None, named: list[tuple[str, str, str]]
) -> None:
    row, context = tapered(grades)

    assert holds("taper_waits_for_grade", row, context) is expected
    assert compared("taper_waits_for_grade", row, context) == named
    assert explained("taper_waits_for_grade", row, context) == "grade 2 or less"


def test_of_several_toxicities_the_worst_grade_counts_and_a_silent_protocol_says_nothing() -> None:
    both = [graded("2026-03-13 06:00", crs_grade="1", icans_grade="3")]
    row, context = tapered(both, episode="", indications="crs;icans;carhlh")
    silent = tapered(both, "NIH_CC")

    assert holds("taper_waits_for_grade", row, context) is False
    assert compared("taper_waits_for_grade", row, context) == [
        ("assessment", "a1", "crs_grade"),
        ("assessment", "a1", "icans_grade"),
    ]
    assert holds("taper_waits_for_grade", *silent) is None
    assert holds("taper_waits_for_grade", {**row, "taper_started_on": None}, context) is None
    assert holds("taper_waits_for_grade", {**row, "taper_started_on": "2025-12-31"}, context) is None
    assert holds("taper_waits_for_grade", row, known(assessment=both)) is None


@pytest.mark.parametrize(
    ("reason", "grade", "expected"),
    [
        ("resolved", "2", True),
        ("resolved", "3", False),
        ("death", "3", True),
        (None, "3", None),
        ("resolved", None, None),
    ],
)
def test_who_stopped_as_resolved_was_below_grade_3(
    reason: str | None, grade: str | None, expected: bool | None
) -> None:
    assert holds("stopped_as_resolved", {**COURSE, "stop_reason": reason, "at_stop_grade": grade}) is expected


@pytest.mark.parametrize(
    ("agents", "expected"),
    # Tocilizumab or steroid for the same episode before 10 March at 18:00.
    [
        ([agent("m1", "tocilizumab", "2026-03-09", episodes="t1")], False),
        ([agent("m1", "dexamethasone", "2026-03-09", episodes="t1")], False),
        ([agent("m1", "dexamethasone", "2026-03-09", episodes="t1", purpose="premedication")], True),
        ([agent("m1", "ruxolitinib", "2026-03-09", episodes="t1")], True),
        ([agent("m1", "tocilizumab", "2026-03-09", episodes="t2")], True),
        ([agent("m1", "tocilizumab", "2026-03-09")], True),
        ([agent("m1", "tocilizumab", "2026-03-10", episodes="t1")], True),
        ([agent("m1", "tocilizumab", "2026-03-11", episodes="t1")], True),
        ([agent("m1", "tocilizumab", None, episodes="t1")], True),
        ([], True),
    ],
)
def test_the_first_line_is_first(agents: list[dict[str, str]], expected: bool) -> None:
    row, context = {**COURSE, "line": "first"}, known(concomitant_agent=agents)

    assert holds("first_line_is_first", row, context) is expected
    assert holds("first_line_is_first", {**row, "episode": None}, context) is True
    assert holds("first_line_is_first", {**row, "line": "with_steroid"}, context) is None
    assert compared("first_line_is_first", row, context) == (
        [] if expected else [("concomitant_agent", "m1", "agent"), ("concomitant_agent", "m1", "started_at")]
    )


@pytest.mark.parametrize(
    ("line", "agents", "expected", "words"),
    [
        ("after_tocilizumab", [], False, "tocilizumab"),
        ("after_steroid", [], False, "steroid"),
        ("after_tocilizumab_and_steroid", [], False, "tocilizumab and no steroid"),
        ("after_tocilizumab_and_steroid", [agent("m1", "tocilizumab", "2026-03-09")], False, "steroid"),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-09", episodes="t1")], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-09", episodes="t2")], False, "tocilizumab"),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-10")], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03")], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", None)], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-10 18:00")], False, "tocilizumab"),
        ("after_steroid", [agent("m1", "dexamethasone", "2026-03-09", purpose="replacement")], False, "steroid"),
        ("first", [], None, None),
        (None, [], None, None),
    ],
)
def test_the_line_has_the_records_of_what_came_before(
    line: str | None, agents: list[dict[str, str]], expected: bool | None, words: str | None
) -> None:
    row, context = {**COURSE, "line": line}, known(concomitant_agent=agents)

    assert holds("line_has_records", row, context) is expected
    if words is not None:
        assert explained("line_has_records", row, context) == words
    named = [one for one in agents if "t2" not in one.get("episodes", "")]
    assert compared("line_has_records", row, context) == [
        ("concomitant_agent", one["key"], item) for one in named for item in ("agent", "started_at")
    ]


def test_without_an_episode_or_a_first_dose_every_page_may_have_come_before() -> None:
    context = known(concomitant_agent=[agent("m1", "tocilizumab", "2026-03-09", episodes="t2")])
    row = {**COURSE, "line": "after_tocilizumab"}

    assert holds("line_has_records", {**row, "episode": None}, context) is True
    assert holds("line_has_records", {**row, "started_at": None}, context) is True
