"""What the daily assessments tell for a timeline: the worst grade of each day, and the support given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from forms.casebook.assessment import ASSESSMENT
from forms.code_lists import OXYGEN_MODES
from forms.grading.crs import CRS
from forms.grading.icans import ICANS_ATTRIBUTABLE
from forms.grading.precedence import choose
from forms.grading.tian import TIAN
from forms.rule_set import EXACT, Verdict, VerdictsByRecord
from forms.values import NullFlavour, Row, Value, answer, day_of
from registry.timeline.course import SEDATED, UNGRADED, BarLane, DayGrade, GradeLane, runs

GRADED = {"crs_grade": "CRS", "icans_grade": "ICANS", "carhlh_grade": "carHLH", "tian_grade": "TIAN"}
RULE_SETS = {"crs_grade": CRS.id, "icans_grade": ICANS_ATTRIBUTABLE.id, "tian_grade": TIAN.id}
"""Item with a clinician's grade -> the rule set whose grade from complete signs goes before it."""

VENTILATED = ("cpap", "bipap", "invasive", "ecmo")


def daily_grades(assessments: Sequence[Row], zero: date, said: VerdictsByRecord) -> tuple[GradeLane, ...]:
    """Return the worst grade of each day, from complete signs before the clinician's; without any, the reason."""
    days = sorted(_by_day(assessments, zero).items())
    lanes = []
    for item_name, label in GRADED.items():
        found = [_worst(day, rows, item_name, said) for day, rows in days]
        known = tuple(grade for grade in found if grade is not None)
        if known or item_name != "tian_grade":
            lanes.append(GradeLane(label=label, days=known))
    return tuple(lanes)


def daily_support(assessments: Sequence[Row], zero: date) -> list[BarLane]:
    """Return vasoactives, oxygen and ventilation as the daily assessments record them."""
    drugs: dict[int, str] = {}
    oxygen: dict[int, str] = {}
    ventilation: dict[int, str] = {}
    modes = list(OXYGEN_MODES.labels)
    for day, rows in _by_day(assessments, zero).items():
        given = [drug for row in rows for drug in _chosen(answer(row, "vasoactives")) if drug != "none"]
        if given:
            drugs[day] = ", ".join(dict.fromkeys(given))
        used = [str(mode) for row in rows if (mode := answer(row, "oxygen_mode")) is not None]
        most = max(used, key=modes.index, default="room_air")
        if most in VENTILATED:
            ventilation[day] = most.replace("_", " ")
        elif most != "room_air":
            oxygen[day] = most.replace("_", " ")
    named = (("Vasoactive drugs", drugs), ("Oxygen", oxygen), ("Ventilation", ventilation))
    return [BarLane(label=label, kind="support", bars=runs(days)) for label, days in named]


def _by_day(assessments: Sequence[Row], zero: date) -> dict[int, list[Row]]:
    days: dict[int, list[Row]] = {}
    for row in assessments:
        day = day_of(answer(row, ASSESSMENT.day_item))
        if day is not None and day >= zero:
            days.setdefault((day - zero).days, []).append(row)
    return days


def _worst(day: int, rows: Sequence[Row], item_name: str, said: VerdictsByRecord) -> DayGrade | None:
    values = [_grade(row, item_name, said.get(str(row.get("key")), {})) for row in rows]
    grades = [value for value in values if isinstance(value, int)]
    if grades:
        return DayGrade(day=day, grade=max(grades))
    reasons = [value for value in values if isinstance(value, str) and value]
    return DayGrade(day=day, grade=None, why=reasons[0]) if reasons else None


def _grade(row: Row, item_name: str, verdicts: Mapping[str, Verdict]) -> int | str | None:
    """Return the grade of one assessment that stands, or in words why there is none; None when nothing is recorded."""
    value = row.get(item_name)
    if item_name == "carhlh_grade":
        present = row.get("carhlh_present")
        if present is False:
            return 0
        if present is True and value is None:
            return UNGRADED
        value = present if isinstance(present, NullFlavour) else value
    verdict = verdicts.get(RULE_SETS.get(item_name, ""))
    chosen = choose(verdict, value if isinstance(value, int) else None)
    if chosen.grade is not None and chosen.certainty is EXACT:
        return chosen.grade
    if chosen.why == "sedated" or (item_name == "icans_grade" and answer(row, "sedated") is True):
        return SEDATED
    return value.label.lower() if isinstance(value, NullFlavour) else None


def _chosen(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
