"""How a course stands against its protocol beside the dose: toxicity and antigen, line, taper (CLINICAL.md 1.2)."""

from datetime import date
from typing import Any

import pytest

from courses import COURSE, ORDER, course_context, row_of
from forms.context import Context
from forms.dosing.protocol_rules import IndicationRule, ProtocolRules
from forms.dosing.regimen_fit import Part
from forms.dosing.regimen_setting import (
    grade_on,
    graded_on,
    index_toxicities,
    indication_part,
    line_part,
    taper_part,
)
from forms.dosing.regimens import Order

AS_STATED, OTHER, MISSING, NOT_STATED = (
    Part(state="as_stated"),
    Part(state="other"),
    Part(state="missing"),
    Part(state="not_stated"),
)


def course_without(*names: str, **changed: str) -> dict[str, str]:
    return {name: text for name, text in {**COURSE, **changed}.items() if name not in names}


def rules(*indications: dict[str, Any], **more: Any) -> ProtocolRules:
    return ProtocolRules(indications=tuple(IndicationRule(**one) for one in indications), **more)


def order_in(context: Context, **changed: str) -> Order:
    return Order(row_of("anakinra_regimen", {**ORDER, **changed}), context)


@pytest.mark.parametrize(
    ("course", "toxicity", "index"),
    [
        ({}, "icans", ("icans",)),
        # Without an index episode, the indications that are toxicities or prophylaxis.
        ({"episode": "", "indications": "crs;carhlh"}, "icans", ("crs", "carhlh")),
        ({"episode": "", "indications": "prophylaxis"}, "icans", ("prophylaxis",)),
        ({"episode": "", "indications": "steroid_sparing"}, "icans", ()),
        ({"episode": "", "indications": ""}, "icans", None),
        ({"episode": "t9", "indications": "tian"}, "icans", ("tian",)),
    ],
)
def test_a_course_was_given_for_its_index_episode_or_its_indications(
    course: dict[str, str], toxicity: str, index: tuple[str, ...] | None
) -> None:
    known = {name: text for name, text in {**COURSE, **course}.items() if text}
    context = course_context(toxicity=toxicity, anakinra_course=[known])

    assert index_toxicities(context.rows["anakinra_course"][0], context) == index


CRS = {"toxicity": "crs"}


@pytest.mark.parametrize(
    ("indications", "course", "child", "expected"),
    [
        ((), {}, {}, NOT_STATED),
        ((CRS,), {}, {}, AS_STATED),
        (
            (CRS,),
            {"episode": "", "indications": ""},
            {},
            Part(state="missing", words="what it was given for is missing", missing=("anakinra_course.indications",)),
        ),
        ((CRS,), {"episode": "", "indications": "steroid_sparing"}, {}, NOT_STATED),
        (
            (CRS, {"toxicity": "icans"}),
            {},
            {"toxicity": "carhlh"},
            Part(state="other", words="given for HLH-like toxicity, it names CRS or ICANS"),
        ),
        # The antigen of the cells.
        (({**CRS, "antigen": "cd19"},), {}, {}, AS_STATED),
        (
            ({**CRS, "antigen": "cd22"},),
            {},
            {"antigens": "cd19;bcma"},
            Part(state="other", words="after CD19 and BCMA CAR T cells, it names CD22"),
        ),
        (
            ({**CRS, "antigen": "cd22"},),
            {},
            {"infusion": [{"key": "i1", "infused_on": "2026-03-05"}]},
            Part(state="missing", words="the antigen of the cells is missing", missing=("infusion.antigens",)),
        ),
        # Without a link the infusion before the first dose counts.
        (
            ({**CRS, "antigen": "cd22"},),
            {"infusion": ""},
            {"antigens": "cd19"},
            Part(state="other", words="after CD19 CAR T cells, it names CD22"),
        ),
        # The grade at the first dose: 3, by the course.
        (({**CRS, "from_grade": 3},), {}, {}, AS_STATED),
        (
            ({**CRS, "from_grade": 4},),
            {},
            {},
            Part(state="other", words="begun at grade 3, it says from grade 4 on"),
        ),
        (
            ({**CRS, "from_grade": 3},),
            {"at_start_crs_grade": ""},
            {},
            Part(
                state="missing",
                words="the grade at the first dose is missing",
                missing=("anakinra_course.at_start_crs_grade",),
            ),
        ),
        (({**CRS, "from_grade": 0},), {}, {}, AS_STATED),
        # A toxicity without a grade at the first dose is not asked for one.
        (({"toxicity": "tian", "from_grade": 3},), {}, {"toxicity": "tian"}, AS_STATED),
        # The best of several rules for the toxicity: as stated, then missing, then other.
        (({**CRS, "from_grade": 4}, CRS), {}, {}, AS_STATED),
        (
            ({**CRS, "from_grade": 4}, {**CRS, "antigen": "cd22"}),
            {},
            {"infusion": [{"key": "i1", "infused_on": "2026-03-05"}]},
            Part(state="missing", words="the antigen of the cells is missing", missing=("infusion.antigens",)),
        ),
        # What is known to be other is so, whatever else is missing.
        (
            ({**CRS, "antigen": "cd22", "from_grade": 4},),
            {},
            {"infusion": [{"key": "i1", "infused_on": "2026-03-05"}]},
            Part(state="other", words="begun at grade 3, it says from grade 4 on"),
        ),
    ],
)
def test_the_toxicity_its_grade_and_the_antigen_against_those_the_protocol_names(
    indications: tuple[dict[str, Any], ...], course: dict[str, str], child: dict[str, Any], expected: Part
) -> None:
    known = {name: text for name, text in {**COURSE, **course}.items() if text}
    context = course_context(**{"anakinra_course": [known], **child})

    assert indication_part(order_in(context), rules(*indications), context) == expected


@pytest.mark.parametrize(
    ("indications", "line", "expected"),
    [
        ((CRS,), "first", NOT_STATED),
        (({"toxicity": "icans", "line": "first"},), "first", NOT_STATED),
        (({**CRS, "line": "first"},), "first", AS_STATED),
        (
            ({**CRS, "line": "first"},),
            "",
            Part(state="missing", words="the line of treatment is missing", missing=("anakinra_course.line",)),
        ),
        (
            ({**CRS, "line": "with_steroid"}, {**CRS, "line": "after_tocilizumab"}, {**CRS, "line": "with_steroid"}),
            "first",
            Part(
                state="other",
                words="given in the first line, alone, it says together with steroid or after tocilizumab",
            ),
        ),
        (
            ({**CRS, "line": "first"},),
            "after_tocilizumab",
            Part(state="other", words="given after tocilizumab, it says first line, alone"),
        ),
        (({**CRS, "line": "first"}, {**CRS, "line": "with_steroid"}), "with_steroid", AS_STATED),
    ],
)
def test_the_line_against_those_stated_for_the_toxicity(
    indications: tuple[dict[str, Any], ...], line: str, expected: Part
) -> None:
    known = {name: text for name, text in {**COURSE, "line": line}.items() if text}
    context = course_context(anakinra_course=[known])

    assert line_part(order_in(context), rules(*indications), context) == expected


def assessed(at: str, key: str = "a1", **grades: str) -> dict[str, str]:
    return {"key": key, "assessed_at": at, **grades}


STEP = {"key": "r2", "from_at": "2026-03-13 08:00", "taper_step": "yes"}
FIRST = {"key": "r1", "course": "c1", "from_at": "2026-03-10 18:00"}


def tapered(stated: dict[str, Any], step: dict[str, str] | None = None, **child: Any) -> Part:
    """Return how a step of 13 March stands under a protocol that states something of the taper."""
    typed = {**STEP, **(step or {})}
    rows = {"anakinra_regimen": [FIRST, {**ORDER, **typed}], **child}
    context = course_context(**rows)
    return taper_part(order_in(context, **typed), ProtocolRules(**stated), context)


@pytest.mark.parametrize(
    ("assessments", "expected"),
    # Stated: at grade 2 or less. The last grade of the day, or else of the day before.
    [
        ([assessed("2026-03-13 06:00", crs_grade="2")], AS_STATED),
        (
            [assessed("2026-03-13 06:00", crs_grade="3")],
            Part(state="other", words="tapered at grade 3, it says at grade 2 or less"),
        ),
        (
            [],
            Part(
                state="missing",
                words="the grade on the day of the taper is missing",
                missing=("assessment.crs_grade",),
            ),
        ),
    ],
)
def test_a_taper_begins_at_the_grade_that_is_stated(assessments: list[dict[str, str]], expected: Part) -> None:
    assert tapered({"taper_highest_grade": 2}, assessment=assessments) == expected


def test_of_several_toxicities_each_must_have_fallen_and_one_without_a_daily_grade_is_not_asked() -> None:
    course = course_without("episode", indications="crs;icans;carhlh")
    both = {"anakinra_course": [course]}
    day = "2026-03-13 06:00"

    assert tapered({"taper_highest_grade": 2}, assessment=[assessed(day, crs_grade="2")], **both) == Part(
        state="missing",
        words="the grade on the day of the taper is missing",
        missing=("assessment.crs_grade", "assessment.icans_grade"),
    )
    fallen = [assessed(day, crs_grade="2", icans_grade="0")]
    assert tapered({"taper_highest_grade": 2}, assessment=fallen, **both) == AS_STATED
    high = [assessed(day, crs_grade="1", icans_grade="3")]
    assert tapered({"taper_highest_grade": 2}, assessment=high, **both).words == (
        "tapered at grade 3, it says at grade 2 or less"
    )
    hlh = [course_without("episode", indications="carhlh")]
    assert tapered({"taper_highest_grade": 2}, anakinra_course=hlh) == NOT_STATED


@pytest.mark.parametrize(
    ("stopped", "stated", "expected"),
    # From 13 March on: to the 15th are two days or three, as people count.
    [
        ("2026-03-15 20:00", (3, 7), AS_STATED),
        ("2026-03-14 20:00", (3, 7), Part(state="other", words="tapered over 2 days, it says 3 to 7 days")),
        ("2026-03-20 20:00", (3, 7), AS_STATED),
        ("2026-03-21 20:00", (3, 7), Part(state="other", words="tapered over 9 days, it says 3 to 7 days")),
        ("2026-03-21 20:00", (3, None), AS_STATED),
        ("2026-03-14 20:00", (3, None), Part(state="other", words="tapered over 2 days, it says at least 3 days")),
        ("2026-03-14 20:00", (None, 7), AS_STATED),
        ("2026-03-21 20:00", (None, 7), Part(state="other", words="tapered over 9 days, it says at most 7 days")),
        ("2026-03-21 20:00", (None, None), NOT_STATED),
        ("", (3, 7), NOT_STATED),
    ],
)
def test_a_taper_lasts_as_long_as_is_stated(
    stopped: str, stated: tuple[int | None, int | None], expected: Part
) -> None:
    course = {name: text for name, text in {**COURSE, "stopped_at": stopped}.items() if text}
    lengths = {"taper_shortest_days": stated[0], "taper_longest_days": stated[1]}

    assert tapered(lengths, anakinra_course=[course]) == expected


def test_what_deviates_of_a_taper_is_told_before_what_is_missing() -> None:
    stated = {"taper_highest_grade": 2, "taper_shortest_days": 3, "taper_longest_days": 7}
    long = [{**COURSE, "stopped_at": "2026-03-30 20:00"}]

    assert tapered(stated, anakinra_course=long).words == "tapered over 18 days, it says 3 to 7 days"
    assert tapered(stated, anakinra_course=[{**COURSE, "stopped_at": "2026-03-16 20:00"}]).state == "missing"
    fallen = [assessed("2026-03-13 06:00", crs_grade="2")]
    assert tapered(stated, assessment=fallen) == AS_STATED


@pytest.mark.parametrize(
    "step",
    [{"taper_step": "no"}, {"taper_step": ""}, {"key": "r3", "from_at": "2026-03-14 08:00"}],
)
def test_only_the_first_step_of_a_taper_is_compared(step: dict[str, str]) -> None:
    typed = {name: text for name, text in {**STEP, **step}.items() if text}
    order = {name: text for name, text in {**ORDER, **typed}.items() if name in typed or name != "taper_step"}
    context = course_context(
        anakinra_regimen=[FIRST, {**ORDER, **STEP}, {**order, "key": "r3"}],
        assessment=[assessed("2026-03-13 06:00", crs_grade="4"), assessed("2026-03-14 06:00", "a2", crs_grade="4")],
    )
    asked = Order(row_of("anakinra_regimen", order), context)

    assert taper_part(asked, ProtocolRules(taper_highest_grade=2), context) == NOT_STATED


@pytest.mark.parametrize(
    ("assessments", "grade", "key"),
    [
        # The last of the day; of two at once the greater key.
        ([assessed("2026-03-13 06:00", crs_grade="3"), assessed("2026-03-13 20:00", "a2", crs_grade="1")], 1, "a2"),
        ([assessed("2026-03-13 20:00", "a2", crs_grade="1"), assessed("2026-03-13 06:00", crs_grade="3")], 1, "a2"),
        ([assessed("2026-03-13 06:00", "a2", crs_grade="3"), assessed("2026-03-13 06:00", crs_grade="1")], 3, "a2"),
        ([assessed("2026-03-13 06:00", crs_grade="1"), assessed("2026-03-13 06:00", "a2", crs_grade="3")], 3, "a2"),
        ([assessed("2026-03-12 06:00", crs_grade="3")], 3, "a1"),
        ([assessed("2026-03-11 23:59", crs_grade="3")], None, None),
        ([assessed("2026-03-14 00:00", crs_grade="3")], None, None),
        # An assessment without a grade does not stand before one that has it.
        ([assessed("2026-03-13 06:00", crs_grade="2"), assessed("2026-03-13 20:00", "a2", icans_grade="1")], 2, "a1"),
        ([], None, None),
    ],
)
def test_the_grade_of_a_day_is_the_last_of_it_or_of_the_day_before(
    assessments: list[dict[str, str]], grade: int | None, key: str | None
) -> None:
    context = course_context(assessment=assessments)
    row = graded_on(context, "crs", date(2026, 3, 13))

    assert grade_on(context, "crs", date(2026, 3, 13)) == grade
    assert (row and row["key"]) == key
    assert grade_on(context, "crs", None) is None
