"""The checks of the end-of-study form."""

from __future__ import annotations

from forms.anchors import anchors_of
from forms.context import Context
from forms.derivations import days_between, days_span
from forms.form import Anchor, Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
)
from forms.ordering import entered_in_time, infusion_anchors, infusion_day, not_before, not_before_infusion
from forms.values import Row, Value, answer, is_before
from forms.visits import VISITS

EARLY_DEATH_DAYS = 28
_LAST_VISIT_FROM = max(visit.from_day for visit in VISITS if visit.form == "follow_up")
"""The first day after the infusion on which the last planned visit can be."""


def _death_is_complete(row: Row, context: Context) -> bool | None:
    if answer(row, "reason") != "died":
        return None
    names = ("died_on", "cause_of_death", "death_related_to_anakinra", "death_related_to_car_t")
    return all(row.get(name) is not None for name in names)


def _last_contact_is_not_after_death(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "died_on"), answer(row, "last_contact_on"))
    return None if wrong is None else not wrong


def _nobody_was_seen_alive_later(row: Row, context: Context) -> bool | None:
    died = answer(row, "died_on")
    return None if died is None else not _seen_alive_after(died, context)


def _last_contact_is_the_last(row: Row, context: Context) -> bool | None:
    contact = answer(row, "last_contact_on")
    return None if contact is None else not _seen_alive_after(contact, context)


def _seen_alive_after(day: Value, context: Context) -> list[Row]:
    """Return the follow-up pages that saw the child alive after a day, whatever day a partial date means."""
    alive = [visit for visit in context.rows["follow_up"] if answer(visit, "alive") is True]
    return [visit for visit in alive if is_before(day, answer(visit, "seen_on"))]


def _visit_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    visits = _seen_alive_after(answer(row, "died_on") or answer(row, "last_contact_on"), context)
    return anchors_of("follow_up", visits, "seen_on", "alive")


def _doses_ended_first(row: Row, context: Context) -> bool | None:
    if answer(row, "reason") != "lost" or answer(row, "ended_on") is None:
        return None
    return not _courses_going_on(row, context)


def _courses_going_on(row: Row, context: Context) -> list[Row]:
    """Return the courses without a last dose, or with one after observation ended."""
    begun = [course for course in context.rows["anakinra_course"] if answer(course, "started_at") is not None]
    ended = answer(row, "ended_on")
    return [course for course in begun if (stop := answer(course, "stopped_at")) is None or is_before(ended, stop)]


def _course_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("anakinra_course", _courses_going_on(row, context), "started_at", "stopped_at")


def _early_death_is_attributed(row: Row, context: Context) -> bool | None:
    days = days_span(infusion_day(row, context), answer(row, "died_on"))
    if days is None or days[0] < 0 or days[1] > EARLY_DEATH_DAYS:
        return None
    return answer(row, "cause_of_death") is not None


def _is_complete_once_the_last_visit_could_be(row: Row, context: Context) -> bool | None:
    days = days_between(infusion_day(row, context), answer(row, "ended_on"))
    return None if days is None or answer(row, "reason") != "completed" else days >= _LAST_VISIT_FROM


def _day_of_the_end(row: Row, context: Context) -> str:
    return f"day {days_between(infusion_day(row, context), answer(row, 'ended_on'))} after the infusion"


CHECKS: tuple[Check, ...] = (
    not_before_infusion("end_of_study", "died_on", label="Death"),
    entered_in_time("end_of_study", "ended_on"),
    not_before(
        "end_of_study",
        "ended_on",
        "died_on",
        group=43,
        message="Observation ends {ended_on}, before the death on {died_on}. Check both dates.",
    ),
    Check(
        id="end_of_study.death_is_complete",
        group=43,
        severity=SOFT,
        items=("died_on", "cause_of_death", "death_related_to_anakinra", "death_related_to_car_t"),
        message="For a death, give the day, the main cause and both judgements of cause, or say why one lacks.",
        holds=_death_is_complete,
    ),
    Check(
        id="end_of_study.contact_before_end",
        group=43,
        severity=HARD,
        items=("last_contact_on",),
        message="Last contact on {last_contact_on} is after the recorded death. Check both dates.",
        holds=_last_contact_is_not_after_death,
    ),
    Check(
        id="end_of_study.not_seen_later",
        group=6,
        severity=CONFIRM,
        items=("died_on",),
        message="A follow-up page says the child was alive after {died_on}. Check both dates against the source.",
        holds=_nobody_was_seen_alive_later,
        uses=("follow_up",),
        also=_visit_anchors,
    ),
    Check(
        id="end_of_study.last_contact_is_last",
        group=43,
        severity=SOFT,
        items=("last_contact_on",),
        message="A follow-up page says the child was alive after {last_contact_on}. Give the later day here, or "
        "correct that page.",
        holds=_last_contact_is_the_last,
        uses=("follow_up",),
        also=_visit_anchors,
    ),
    Check(
        id="end_of_study.doses_ended_first",
        group=43,
        severity=SOFT,
        items=("reason", "ended_on"),
        message="The child is called lost to follow-up on {ended_on}, yet anakinra goes on. Enter the last dose of the "
        "course, or correct this page.",
        holds=_doses_ended_first,
        also=_course_anchors,
    ),
    Check(
        id="end_of_study.complete_after_last_visit",
        severity=SOFT,
        items=("reason", "ended_on"),
        message="Observation is called complete on {ended_on}, {why}; the last planned visit begins on day "
        f"{_LAST_VISIT_FROM}. Correct the reason or the day, or say why.",
        holds=_is_complete_once_the_last_visit_could_be,
        explain=_day_of_the_end,
        also=infusion_anchors,
    ),
    Check(
        id="end_of_study.early_death_attributed",
        group=34,
        severity=SOFT,
        items=("died_on", "cause_of_death"),
        message="A death within 28 days of infusion needs its cause: toxicity, disease or infection. Give it, or "
        "say why it is unknown.",
        holds=_early_death_is_attributed,
        also=infusion_anchors,
    ),
)
