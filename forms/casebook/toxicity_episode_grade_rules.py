"""The checks of an episode against the grades of its days, and of a fatal one against the death (groups 33, 34).

Onset and resolution may be partial dates: a check fires only where every day they can mean is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from forms.anchors import anchors_of
from forms.casebook.assessment_agreement_rules import FAR_APART
from forms.context import Context
from forms.form import Anchor, Check
from forms.grading.child import codes_of, count_of, text_of
from forms.grading.crs import CRS
from forms.grading.daily import DayGrade, days_after_infusions, with_single_gaps_filled
from forms.grading.icans import ICANS_ATTRIBUTABLE
from forms.grading.phases import span_of
from forms.grading.tian import TIAN
from forms.items import SOFT, WARNING
from forms.rule_set import FATAL_GRADE, RuleSet
from forms.toxicity_days import GRADED_DAILY
from forms.values import Row, answer

ONSET_APART_DAYS = 1
MISSING_DAYS_ALLOWED = 1
LONGEST_SPAN_DAYS = 400
GRADED_BY: Mapping[str, RuleSet] = {"crs": CRS, "icans": ICANS_ATTRIBUTABLE, "tian": TIAN}
_READ = ("assessment", *CRS.uses)

Days = Mapping[date, DayGrade]


def _graded_days(row: Row, context: Context) -> Days | None:
    """Return the graded days of the episode's toxicity after its infusion; None where there is nothing to compare."""
    rule_set = GRADED_BY.get(text_of(row, "toxicity") or "")
    found = days_after_infusions(context, rule_set).get(row.get("infusion")) if rule_set else None
    return {day.day: day for day in with_single_gaps_filled(found)} if found else None


def _possible_days(row: Row, item: str) -> list[date]:
    """Return every day that a date of the row can mean."""
    span = span_of(answer(row, item))
    if span is None or (span[1] - span[0]).days > LONGEST_SPAN_DAYS:
        return []
    return [span[0] + timedelta(days=number) for number in range((span[1] - span[0]).days + 1)]


def _unless_all_wrong(states: Iterator[bool | None]) -> bool | None:
    """Return False where every possible day is wrong, True where each is right; None else."""
    found = set(states)
    return found.pop() if len(found) == 1 else None


def _resolution_lasts(row: Row, context: Context) -> bool | None:
    """Tell whether the toxicity stayed away on the day of resolution and the next one."""
    days = _graded_days(row, context)
    resolved = _possible_days(row, "resolved_on")
    if days is None or not resolved:
        return None
    return _unless_all_wrong(_is_away(day, days) for day in resolved)


def _graded_after_resolution(row: Row, context: Context) -> str:
    """Return the first day on which it was there all the same, and the clinician's grade where the signs say another.

    A fever of an infection is CRS to the signs until their assessment tells of the other cause.
    """
    days = _graded_days(row, context) or {}
    nearby = (day + timedelta(days=number) for day in _possible_days(row, "resolved_on") for number in (0, 1))
    present = min(day for day in nearby if day in days and days[day].is_present)
    told = _grade_told(row, context, days[present])
    cause = ". A sign with another cause, such as a fever of an infection, is marked so on that assessment"
    return told + cause if "by the clinician" in told else told


def _grade_told(row: Row, context: Context, found: DayGrade) -> str:
    """Return the grade of a day in words, and the clinician's where the signs say another."""
    own = count_of(context.linked("assessment", found.record) or {}, _grade_item(row))
    if own is None or own == found.grade:
        return f"grade {found.grade} on {found.day}"
    return f"grade {found.grade} by its signs on {found.day}, grade {own} by the clinician"


def _is_away(day: date, days: Days) -> bool | None:
    found = [days.get(day + timedelta(days=number)) for number in (0, 1)]
    if any(one is not None and one.is_present for one in found):
        return False
    return True if all(one is not None and one.is_free for one in found) else None


def _grade_days_are_there(row: Row, context: Context) -> bool | None:
    """Tell whether at most one day between onset and resolution lacks a grade."""
    days = _graded_days(row, context)
    first, last = _possible_days(row, "onset_on"), _possible_days(row, "resolved_on")
    if days is None or not first or not last or min(len(first), len(last)) > 1:
        return None
    pairs = ((begun, ended) for begun in first for ended in last)
    return _unless_all_wrong(_missing(begun, ended, days) <= MISSING_DAYS_ALLOWED for begun, ended in pairs)


def _missing(begun: date, ended: date, days: Days) -> int:
    between = (begun + timedelta(days=number) for number in range((ended - begun).days))
    return sum(day not in days for day in between)


def _onset_is_the_first_graded_day(row: Row, context: Context) -> bool | None:
    """Tell whether a run of days at grade 1 or more begins within a day of the onset."""
    days, onsets = _graded_days(row, context), _possible_days(row, "onset_on")
    if days is None or not onsets:
        return None
    begins = _begins(days)
    if not begins:
        return None
    return _unless_all_wrong(any(abs((onset - begun).days) <= ONSET_APART_DAYS for begun in begins) for onset in onsets)


def _begins(days: Days) -> list[date]:
    """Return each day at grade 1 or more that follows none."""
    return [day for day, one in days.items() if one.is_present and not _was_present(day, days)]


def _graded_from(row: Row, context: Context) -> str:
    """Return the grade of the day nearest to the onset on which the grades begin."""
    days, onsets = _graded_days(row, context) or {}, _possible_days(row, "onset_on")
    nearest = min(_begins(days), key=lambda day: min(abs((day - onset).days) for onset in onsets))
    return _grade_told(row, context, days[nearest])


def _was_present(day: date, days: Days) -> bool:
    before = days.get(day - timedelta(days=1))
    return before is not None and (before.is_present or before.is_sedated)


def _peaks_apart(row: Row, context: Context) -> list[int | None]:
    """Return how far the highest grade lies from that of the days, for each onset and resolution the dates can mean."""
    days, peak = _graded_days(row, context), count_of(row, "peak_grade")
    first, last = _possible_days(row, "onset_on"), _possible_days(row, "resolved_on")
    if days is None or peak is None or peak == FATAL_GRADE or not first or not last or min(len(first), len(last)) > 1:
        return []
    return [_apart(peak, begun, ended, days) for begun in first for ended in last]


def _apart(peak: int, begun: date, ended: date, days: Days) -> int | None:
    """Return the grades between a peak and the highest of the days; None where a missing day can explain them."""
    within = [one for day, one in days.items() if begun <= day < ended]
    highest = max((one.grade for one in within if one.grade is not None), default=None)
    if highest is None:
        return None
    if peak > highest and (len(within) < (ended - begun).days or any(_may_be_higher(one) for one in within)):
        return None
    return abs(peak - highest)


def _may_be_higher(day: DayGrade) -> bool:
    return day.grade is None or day.is_lower_bound


def _peak_is_near(row: Row, context: Context) -> bool | None:
    found = _peaks_apart(row, context)
    return _unless_all_wrong(None if apart is None else apart != 1 for apart in found) if found else None


def _peak_is_not_far(row: Row, context: Context) -> bool | None:
    found = _peaks_apart(row, context)
    return _unless_all_wrong(None if apart is None else apart < FAR_APART for apart in found) if found else None


def _fatal_toxicity_is_the_cause(row: Row, context: Context) -> bool | None:
    """Tell whether a toxicity of grade 5 is among the causes of the recorded death."""
    end, toxicity = context.single("end_of_study"), text_of(row, "toxicity")
    cause, others = text_of(end, "cause_of_death"), codes_of(end, "contributing_causes")
    if count_of(row, "peak_grade") != FATAL_GRADE or toxicity not in ("crs", "icans", "carhlh") or cause is None:
        return None
    if toxicity == cause:
        return True
    return None if others is None else toxicity in others


def _assessments_of_days(row: Row, context: Context) -> tuple[Anchor, ...]:
    """Return the grades beside which the episode was laid, and the day of its infusion."""
    days = _graded_days(row, context) or {}
    keys = {one.record for one in days.values()}
    item = _grade_item(row)
    graded = [one for one in context.rows["assessment"] if one.get("key") in keys and answer(one, item) is not None]
    return (
        *anchors_of("assessment", graded, item),
        *anchors_of("infusion", [context.linked("infusion", answer(row, "infusion"))], "infused_on"),
    )


def _grade_item(row: Row) -> str:
    """Return the clinician's grade of the episode's toxicity on an assessment."""
    return GRADED_DAILY.get(text_of(row, "toxicity") or "", "crs_grade")


def _causes_of_death(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("end_of_study", context.rows["end_of_study"], "cause_of_death", "contributing_causes")


def _against_days(
    name: str,
    items: tuple[str, ...],
    message: str,
    holds: Callable[[Row, Context], bool | None],
    *,
    query: bool,
    explain: Callable[[Row, Context], str] | None = None,
) -> Check:
    return Check(
        id=f"toxicity_episode.{name}",
        group=33,
        severity=SOFT if query else WARNING,
        items=items,
        message=message,
        holds=holds,
        explain=explain,
        uses=_READ,
        also=_assessments_of_days,
    )


CHECKS: tuple[Check, ...] = (
    _against_days(
        "resolution_lasts",
        ("resolved_on",),
        "Resolved on {resolved_on}, but the toxicity is graded 1 or more on that day or the next: {why}. Correct the "
        "date, or say why.",
        _resolution_lasts,
        query=True,
        explain=_graded_after_resolution,
    ),
    _against_days(
        "grade_days_complete",
        ("onset_on", "resolved_on"),
        "Between {onset_on} and {resolved_on} more than one day has no grade. Enter the missing assessments, or say "
        "why they are missing.",
        _grade_days_are_there,
        query=True,
    ),
    _against_days(
        "onset_fits_grades",
        ("onset_on",),
        "The onset on {onset_on} is more than a day from any day on which the grades begin: {why}. Check the date and "
        "the assessments.",
        _onset_is_the_first_graded_day,
        query=False,
        explain=_graded_from,
    ),
    _against_days(
        "peak_far_from_grades",
        ("peak_grade",),
        "The highest grade {peak_grade} is two or more from that of the assessments. Correct one of them, or say why.",
        _peak_is_not_far,
        query=True,
    ),
    _against_days(
        "peak_near_grades",
        ("peak_grade",),
        "The highest grade {peak_grade} is one from that of the assessments. Check both.",
        _peak_is_near,
        query=False,
    ),
    Check(
        id="toxicity_episode.fatal_grade_fits_cause",
        group=34,
        severity=SOFT,
        items=("peak_grade", "toxicity"),
        message="{toxicity} is graded 5, but it is not among the recorded causes of death. Correct the grade or the "
        "causes, or say why.",
        holds=_fatal_toxicity_is_the_cause,
        uses=("end_of_study",),
        also=_causes_of_death,
    ),
)
