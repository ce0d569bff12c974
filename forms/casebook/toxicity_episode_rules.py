"""The checks of the toxicity episode form, and the values it derives."""

from __future__ import annotations

from forms.anchors import of_all
from forms.context import Context
from forms.derivations import days_between, days_span
from forms.form import Check
from forms.items import (
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import (
    death_day,
    entered_in_time,
    infusion_anchors,
    infusion_day,
    not_after_death,
    not_before,
    not_before_infusion,
)
from forms.values import Answer, Row, answer, is_before

CRS_IS_LATE_AFTER_DAYS, ICANS_IS_LATE_AFTER_DAYS, CARHLH_IS_LATE_AFTER_DAYS = 42, 30, 90

OPEN_OUTCOMES = ("ongoing", "improved")
"""Outcomes that a death ends: the toxicity was there until then."""


def duration(row: Row, context: Context) -> Answer | None:
    return days_between(answer(row, "onset_on"), answer(row, "resolved_on"))


def _onset_is_timely(row: Row, context: Context) -> bool | None:
    latest = {"crs": CRS_IS_LATE_AFTER_DAYS, "icans": ICANS_IS_LATE_AFTER_DAYS}.get(str(answer(row, "toxicity")))
    return _begins_within(latest, row, context)


def _hlh_onset_is_timely(row: Row, context: Context) -> bool | None:
    return _begins_within(CARHLH_IS_LATE_AFTER_DAYS, row, context) if answer(row, "toxicity") == "carhlh" else None


def _begins_within(latest: int | None, row: Row, context: Context) -> bool | None:
    days = days_span(infusion_day(row, context), answer(row, "onset_on"))
    return None if days is None or latest is None else days[0] <= latest


def _recurs_another_episode(row: Row, context: Context) -> bool | None:
    earlier = answer(row, "recurrence_of")
    return None if earlier is None else earlier != row.get("key")


def _fatal_grade_has_a_death(row: Row, context: Context) -> bool | None:
    if answer(row, "peak_grade") != 5:
        return None
    return answer(context.single("end_of_study"), "died_on") is not None


def _resolves_before_death(row: Row, context: Context) -> bool | None:
    wrong = is_before(death_day(context), answer(row, "resolved_on"))
    return None if wrong is None else not wrong


def _death_closes_it(row: Row, context: Context) -> bool | None:
    if death_day(context) is None:
        return None
    return answer(row, "outcome") not in OPEN_OUTCOMES


CHECKS: tuple[Check, ...] = (
    not_before_infusion("toxicity_episode", "onset_on", label="Onset", group=8),
    not_after_death("toxicity_episode", "onset_on", label="Onset", severity=HARD),
    entered_in_time("toxicity_episode", "onset_on"),
    not_before(
        "toxicity_episode",
        "resolved_on",
        "onset_on",
        group=5,
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
        severity=WARNING,
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
        group=8,
        severity=SOFT,
        items=("onset_on", "toxicity"),
        message="An onset on {onset_on} is later than 42 days (CRS) or 30 days (ICANS) after infusion. Correct it, "
        "or say why.",
        holds=_onset_is_timely,
        also=infusion_anchors,
    ),
    Check(
        id="toxicity_episode.hlh_onset_is_timely",
        group=8,
        severity=WARNING,
        items=("onset_on", "toxicity"),
        message="An onset of carHLH on {onset_on} is more than 90 days after infusion. Fine if the chart says so.",
        holds=_hlh_onset_is_timely,
        also=infusion_anchors,
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
        group=6,
        severity=HARD,
        items=("resolved_on",),
        message="Resolution on {resolved_on} is after the recorded day of death. Check both dates.",
        holds=_resolves_before_death,
        uses=("end_of_study",),
        also=of_all("end_of_study", "died_on"),
    ),
    Check(
        id="toxicity_episode.death_closes_it",
        group=6,
        severity=SOFT,
        items=("outcome",),
        message="The child has died, yet the outcome is “{outcome}”. Set it to “Unresolved at death”, or to “Resolved” "
        "with its day.",
        holds=_death_closes_it,
        uses=("end_of_study",),
        also=of_all("end_of_study", "died_on"),
    ),
)
