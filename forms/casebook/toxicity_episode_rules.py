"""The checks of the toxicity episode form, and the values it derives."""

from __future__ import annotations

from forms.context import Context
from forms.derivations import days_between
from forms.form import Check
from forms.items import (
    HARD,
    SOFT,
)
from forms.ordering import infusion_day, not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, day_of

CRS_IS_LATE_AFTER_DAYS, ICANS_IS_LATE_AFTER_DAYS = 42, 30


def duration(row: Row, context: Context) -> Answer | None:
    return days_between(answer(row, "onset_on"), answer(row, "resolved_on"))


def _onset_is_timely(row: Row, context: Context) -> bool | None:
    days = days_between(infusion_day(row, context), answer(row, "onset_on"))
    latest = {"crs": CRS_IS_LATE_AFTER_DAYS, "icans": ICANS_IS_LATE_AFTER_DAYS}.get(str(answer(row, "toxicity")))
    return None if days is None or latest is None else days <= latest


def _recurs_another_episode(row: Row, context: Context) -> bool | None:
    earlier = answer(row, "recurrence_of")
    return None if earlier is None else earlier != row.get("key")


def _fatal_grade_has_a_death(row: Row, context: Context) -> bool | None:
    if answer(row, "peak_grade") != 5:
        return None
    return answer(context.single("end_of_study"), "died_on") is not None


def _resolves_before_death(row: Row, context: Context) -> bool | None:
    died, resolved = (day_of(answer(context.single("end_of_study"), "died_on")), day_of(answer(row, "resolved_on")))
    return None if died is None or resolved is None else resolved <= died


CHECKS: tuple[Check, ...] = (
    not_before_infusion("toxicity_episode", "onset_on", label="Onset"),
    not_after_death("toxicity_episode", "onset_on", label="Onset", severity=HARD),
    not_before(
        "toxicity_episode",
        "resolved_on",
        "onset_on",
        message="Resolution on {resolved_on} is before the onset on {onset_on}. Check both dates.",
    ),
    not_before(
        "toxicity_episode",
        "peak_on",
        "onset_on",
        message="The highest grade on {peak_on} is before the onset on {onset_on}. Check both dates.",
    ),
    not_before(
        "toxicity_episode",
        "criteria_met_on",
        "onset_on",
        severity=SOFT,
        message="Criteria were met on {criteria_met_on}, before the onset on {onset_on}. Correct one of them, or "
        "say why.",
    ),
    not_before(
        "toxicity_episode",
        "first_improved_on",
        "onset_on",
        message="Improvement on {first_improved_on} is before the onset on {onset_on}. Check both dates.",
    ),
    Check(
        id="toxicity_episode.onset_is_timely",
        severity=SOFT,
        items=("onset_on", "toxicity"),
        message="An onset on {onset_on} is later than 42 days (CRS) or 30 days (ICANS) after infusion. Correct it, "
        "or say why.",
        holds=_onset_is_timely,
    ),
    Check(
        id="toxicity_episode.recurs_another",
        severity=HARD,
        items=("recurrence_of",),
        message="An episode cannot be the return of itself. Choose the earlier episode.",
        holds=_recurs_another_episode,
    ),
    Check(
        id="toxicity_episode.fatal_grade_has_death",
        group=34,
        severity=SOFT,
        items=("peak_grade",),
        message="Grade 5 means death from this toxicity, but no day of death is recorded. Fill the end-of-study "
        "page, or correct the grade.",
        holds=_fatal_grade_has_a_death,
        uses=("end_of_study",),
    ),
    Check(
        id="toxicity_episode.resolves_before_death",
        severity=HARD,
        items=("resolved_on",),
        message="Resolution on {resolved_on} is after the recorded day of death. Check both dates.",
        holds=_resolves_before_death,
        uses=("end_of_study",),
    ),
)
