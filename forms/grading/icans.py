"""ICANS by ASTCT 2019, twice: as the table is printed, and with the test counted only when worse than baseline.

Endpoints use the attributable grade, the literal one is their sensitivity analysis. Source: CLINICAL.md 2.2, D1, D2.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from forms.context import Context
from forms.grading.child import child_of, day_of_death_from
from forms.grading.icans_signs import (
    CAPD,
    ICE,
    ICE_FROM_YEARS,
    CountedTest,
    Signs,
    accepted_tools,
    attributable_test,
    consciousness_part,
    counted_test,
    literal_test,
    motor_part,
    pressure_part,
    seizure_part,
    signs_of,
)
from forms.grading.parts import Part, combined, combined_under_sedation, died_of
from forms.rule_set import RuleSet, Verdict
from forms.values import Row

_DEATH = died_of("ICANS")
_HIDDEN = {ICE: ("ice_total", "consciousness"), CAPD: ("capd_total", "consciousness")}
_HIDDEN_TEST_OPEN = ("instrument", "consciousness")

GradeOfTest = Callable[[Signs, CountedTest], Part]


def literal(signs: Signs, test: CountedTest) -> Part:
    """Return the part of the test as the table is printed."""
    return literal_test(test.tool, test.score, signs.test_impossible, signs.cognition_other_cause)


def attributable(signs: Signs, test: CountedTest) -> Part:
    """Return the part of the test where it counts only when worse than before infusion."""
    return attributable_test(test.tool, test.score, test.baseline, signs.test_impossible, signs.cognition_other_cause)


def grade(signs: Signs, test: CountedTest, grade_of_test: GradeOfTest) -> Verdict:
    """Return the ICANS grade of one assessment; sedation blanks test and consciousness only."""
    visible = (
        seizure_part(signs.seizure, signs.seizure_other_cause),
        motor_part(signs.motor, signs.motor_other_cause),
        pressure_part(signs.pressure, signs.pressure_other_cause, signs.intracranial_bleeding),
    )
    if signs.sedated is True:
        return combined_under_sedation(_HIDDEN.get(test.tool or "", _HIDDEN_TEST_OPEN), *visible)
    consciousness = consciousness_part(signs.consciousness, signs.consciousness_other_cause)
    return combined(grade_of_test(signs, test), consciousness, *visible)


def _judge(row: Row, context: Context, grade_of_test: GradeOfTest) -> Verdict | None:
    at = row.get("assessed_at")
    day = at.date() if isinstance(at, datetime) else None
    if day is not None and day_of_death_from(context, "icans") == day:
        return _DEATH
    signs, test = _read(row, context, day)
    return grade(signs, test, grade_of_test)


def _read(row: Row, context: Context, day: date | None) -> tuple[Signs, CountedTest]:
    """Return the signs of an assessment and the test that counts; both grades read them once."""
    known: dict[object, tuple[Row, Signs, CountedTest]] = context.memory.setdefault("signs of ICANS", {})
    found = known.get(row.get("key"))
    if found is None or found[0] is not row:
        signs = signs_of(row)
        found = known[row.get("key")] = (row, signs, counted_test_on(signs, context, day))
    return found[1], found[2]


def counted_test_on(signs: Signs, context: Context, day: date | None) -> CountedTest:
    """Return the test that counts for the child on a day, with its baseline."""
    child = child_of(context)
    is_twelve = child.is_at_least(ICE_FROM_YEARS, day) if day is not None else None
    tools = accepted_tools(is_twelve, child.developmental_delay)
    return counted_test(signs, tools, child.baseline_ice, child.baseline_capd)


def judge_literal(row: Row, context: Context) -> Verdict | None:
    """Return the literal ICANS grade of an assessment."""
    return _judge(row, context, literal)


def judge_attributable(row: Row, context: Context) -> Verdict | None:
    """Return the attributable ICANS grade of an assessment."""
    return _judge(row, context, attributable)


_SOURCE = "Lee 2019, Biol Blood Marrow Transplant 25:625, tables on ICANS from 12 years and for children under 12"
_DECISIONS = (
    "CAPD counts below 12 completed years and with developmental delay, ICE from 12 on; another test counts only with "
    "a reason for it.",
    "CAPD 1 to 8 is grade 1, and the level of consciousness makes it more.",
    "Sedation hides test and consciousness: seizure, weakness and pressure still give a lower bound; without any of "
    "them the child is not assessable, never grade 0.",
    "A domain put down to another cause does not count; edema beside an intracranial bleeding never does.",
    "Tremor and myoclonus are not graded.",
    "Grade 5 stands on a recorded death from ICANS and is given to the assessments of that day.",
)
ICANS_LITERAL = RuleSet(
    id="icans_astct_2019_literal",
    version="1",
    title="ICANS (ASTCT 2019, as the table is printed)",
    source=_SOURCE,
    verified=True,
    form="assessment",
    uses=("end_of_study",),
    beside="icans_grade",
    decisions=_DECISIONS,
    judge_row=judge_literal,
)
ICANS_ATTRIBUTABLE = RuleSet(
    id="icans_astct_2019_attributable",
    version="1",
    title="ICANS (ASTCT 2019, test counted only when worse than before infusion)",
    source=_SOURCE,
    verified=True,
    form="assessment",
    uses=("end_of_study",),
    beside="icans_grade",
    decisions=(
        *_DECISIONS,
        "The test counts only when worse than before infusion: ICE below, CAPD above. Without a score before infusion "
        "the table counts as printed.",
        "A CAPD of 9 or more before infusion makes a grade only when the clinician says that a higher one has no other "
        "cause.",
    ),
    judge_row=judge_attributable,
)
