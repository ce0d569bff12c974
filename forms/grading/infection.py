"""How severe an infection was by the treatment it needed, and whether it was there before anakinra.

Whether it was there before is judged here in the first version; the newest stands in ``infection_timing.py``.
Source: CLINICAL.md 2.8 and D12.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from forms.context import Context
from forms.derivations import first_anakinra
from forms.grading.child import text_of, yes_or_no
from forms.grading.parts import SIGNS_MISSING, not_assessable
from forms.rule_set import AT_LEAST, RuleSet, Verdict
from forms.values import Row, Value, answer, earliest, latest

STILL_BEFORE_DAYS = 2
"""A first positive sample up to 48 hours after the first dose was there before: the day of the dose and two more."""

MILD, MODERATE, SEVERE, LIFE_THREATENING, FATAL = "mild", "moderate", "severe", "life_threatening", "fatal"
SEVERITIES = (MILD, MODERATE, SEVERE, LIFE_THREATENING, FATAL)
BEFORE, AFTER_START, NO_ANAKINRA = "before", "after_start", "no_anakinra"


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """The facts that make the severity; None where they are missing. ``died`` stands on a recorded death."""

    route: str | None = None
    admitted: bool | None = None
    organ_support: bool | None = None
    was_fatal: bool = False
    died: bool = False


def severity(facts: Treatment) -> Verdict:
    """Return the severity of an infection from the treatment it needed."""
    if facts.was_fatal:
        return _DIED if facts.died else _DEATH_MISSING
    if facts.organ_support is True:
        return Verdict(value=LIFE_THREATENING, because="life-threatening: organ support or intensive care")
    low = _by_treatment(facts.route or "none", facts.admitted is True)
    high = _by_treatment(facts.route or "iv", facts.admitted is not False)
    answers = {"treatment_route": facts.route, "admitted": facts.admitted, "organ_support": facts.organ_support}
    missing = tuple(name for name, value in answers.items() if value is None)
    if facts.organ_support is not None and low == high:
        return Verdict(value=low, because=_WORDS[low])
    if len(missing) == len(answers):
        because = "none of the facts of treatment was told"
        return not_assessable(because, SIGNS_MISSING, *missing)
    return Verdict(value=low, certainty=AT_LEAST, because=f"at least {_WORDS[low]}", why=SIGNS_MISSING, missing=missing)


def _by_treatment(route: str, is_admitted: bool) -> str:
    """Return mild, moderate or severe: by mouth or none, in hospital or by vein, by vein in hospital."""
    if route == "iv":
        return SEVERE if is_admitted else MODERATE
    return MODERATE if is_admitted else MILD


_WORDS = {
    MILD: "mild: none or oral treatment outside hospital",
    MODERATE: "moderate: by vein outside hospital, or by mouth in hospital",
    SEVERE: "severe: by vein in hospital",
}
_DIED = Verdict(value=FATAL, because="fatal: the child died of it")
_DEATH_MISSING = Verdict(
    value=LIFE_THREATENING,
    certainty=AT_LEAST,
    because="at least life-threatening: called fatal, but no death is recorded",
    why="death_missing",
    missing=("end_of_study.died_on",),
)


def judge_severity(row: Row, context: Context) -> Verdict | None:
    """Return the severity of an infection from its treatment."""
    route = text_of(row, "treatment_route")
    return severity(
        Treatment(
            route=route,
            admitted=yes_or_no(row, "admitted"),
            organ_support=yes_or_no(row, "organ_support"),
            was_fatal=text_of(row, "outcome") == FATAL,
            died=answer(context.single("end_of_study"), "died_on") is not None,
        )
    )


def was_before(positive: Value, first_dose: Value) -> bool | None:
    """Tell whether a sample was positive by 48 hours after the first dose; None where the dates leave it open."""
    first, last = earliest(positive), latest(positive)
    dose_first, dose_last = earliest(first_dose), latest(first_dose)
    if first is None or last is None or dose_first is None or dose_last is None:
        return None
    window = timedelta(days=STILL_BEFORE_DAYS)
    if last.date() <= dose_first.date() + window:
        return True
    return False if first.date() > dose_last.date() + window else None


def judge_timing(row: Row, context: Context) -> Verdict | None:
    """Return whether an infection was there before anakinra, by its first positive sample, else its onset."""
    positive = answer(row, "first_positive_on") or answer(row, "onset_on")
    if positive is None:
        return None
    dose = first_anakinra(context)
    if dose is None:
        return _NO_DOSE
    before = was_before(positive, dose)
    if before is None:
        return _TIMING_OPEN
    return _BEFORE if before else _AFTER


_NO_DOSE = Verdict(value=NO_ANAKINRA, because="no anakinra is recorded")
_BEFORE = Verdict(value=BEFORE, because="positive by 48 hours after the first dose of anakinra")
_AFTER = Verdict(value=AFTER_START, because="positive later than 48 hours after the first dose of anakinra")
_TIMING_OPEN = not_assessable("the dates leave it open", "date_partial", "first_positive_on")

INFECTION_SEVERITY = RuleSet(
    id="infection_severity",
    version="1",
    title="Severity of an infection from its treatment",
    source="Scheme as in Hill 2018, Blood 131:121 (BMT CTN); recalled, not read",
    verified=False,
    form="infection",
    uses=("end_of_study",),
    beside="severity",
    values=SEVERITIES,
    worded={
        "none or oral treatment outside hospital": "no treatment or by mouth, not in hospital for it",
        "by vein outside hospital, or by mouth in hospital": "IV at home, or by mouth in hospital",
        "by vein in hospital": "IV in hospital",
    },
    decisions=(
        "By mouth in hospital is moderate, as is by vein outside it; inhaled and topical count as by mouth.",
        "Fatal stands on a recorded death.",
    ),
    judge_row=judge_severity,
)
INFECTION_TIMING_1 = RuleSet(
    id="infection_before_anakinra",
    version="1",
    title="Before or after the start of anakinra",
    source="The registry's own: a first positive sample up to 48 hours after the first dose was there before",
    verified=True,
    form="infection",
    beside="relation",
    values=(BEFORE, AFTER_START, NO_ANAKINRA),
    decisions=("By calendar day; without a positive sample the onset counts.",),
    judge_row=judge_timing,
)
