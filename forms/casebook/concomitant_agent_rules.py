"""The checks of the concomitant agent form, and the values it derives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from forms.anchors import anchors_of
from forms.branching import When
from forms.casebook.concomitant_agent_steroids import STEROID_CHECKS
from forms.casebook.concomitant_agent_tocilizumab import TOCILIZUMAB_CHECKS
from forms.context import Context
from forms.derivations import has_undated_course
from forms.dosing.agents import TNF_BLOCKERS, agent_span, course_span, episodes_of
from forms.form import Anchor, Check
from forms.items import CONFIRM, HARD, SOFT, WARNING
from forms.ordering import entered_in_time, not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, earliest, latest

TNF_BLOCKER_DAYS_APART = 7


def _end_of(row: Row) -> datetime | None:
    """Return the latest end that is known: open while it goes on, the start itself for a single dose."""
    if answer(row, "ongoing") is True:
        return datetime.max
    stopped = latest(answer(row, "stopped_at"))
    if stopped is None and (answer(row, "frequency") == "once" or answer(row, "doses_given") == 1):
        return latest(answer(row, "started_at"))
    return stopped


def timing(row: Row, context: Context) -> Answer | None:
    """Return whether an agent was given before, with or after anakinra, or to a child never given it.

    None where a date leaves it open, or a course of which the first dose has no time.
    """
    courses = [course for course in context.rows["anakinra_course"] if answer(course, "started_at") is not None]
    start = earliest(answer(row, "started_at"))
    if start is None:
        return None
    found = _beside(courses, start, _end_of(row)) if courses else "no_anakinra"
    return found if found == "with" or not has_undated_course(context) else None


def _beside(courses: Sequence[Row], start: datetime, end: datetime | None) -> str | None:
    """Return how an agent given from a start to an end stands to courses of which the first dose is known."""
    began = [earliest(answer(course, "started_at")) or datetime.max for course in courses]
    ended = [latest(answer(course, "stopped_at")) or datetime.max for course in courses]
    if start > max(ended):
        return "after"
    if any(first <= start <= last for first, last in zip(began, ended, strict=True)):
        return "with"
    if end is None:
        return None
    if any(start <= last and first <= end for first, last in zip(began, ended, strict=True)):
        return "with"
    return "before" if end < min(began) else "after"


def _tnf_blocker_is_apart(row: Row, context: Context) -> bool | None:
    if answer(row, "agent") not in TNF_BLOCKERS or agent_span(row) is None:
        return None
    return not _courses_near(row, context)


def _courses_near(row: Row, context: Context) -> list[Row]:
    """Return the anakinra courses that a TNF blocker was certainly given with, or within 7 days of."""
    span, near = agent_span(row), []
    for course in context.rows["anakinra_course"]:
        other = course_span(course)
        if span is None or other is None:
            continue
        after = (span.certain_from.date() - other.certain_to.date()).days
        before = (other.certain_from.date() - span.certain_to.date()).days
        if max(after, before) <= TNF_BLOCKER_DAYS_APART:
            near.append(course)
    return near


def _courses_compared(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("anakinra_course", _courses_near(row, context), "started_at", "stopped_at")


def _treatment_names_an_episode(row: Row, context: Context) -> bool | None:
    return None if answer(row, "purpose") != "treatment" else bool(episodes_of(row))


CHECKS: tuple[Check, ...] = (
    not_before_infusion(
        "concomitant_agent",
        "started_at",
        label="The first dose",
        severity=CONFIRM,
        unless=When("purpose", is_in=("prevention", "premedication", "replacement", "gvhd", "other")),
    ),
    not_after_death("concomitant_agent", "started_at", label="The first dose", severity=HARD),
    not_after_death("concomitant_agent", "stopped_at", label="The last dose", severity=HARD),
    entered_in_time("concomitant_agent", "started_at"),
    not_before(
        "concomitant_agent",
        "stopped_at",
        "started_at",
        message="The last dose {stopped_at} is before the first {started_at}. Check both times.",
    ),
    *STEROID_CHECKS,
    *TOCILIZUMAB_CHECKS,
    Check(
        id="concomitant_agent.tnf_blocker",
        group=19,
        version=2,
        severity=WARNING,
        items=("agent",),
        message="A TNF blocker within 7 days of anakinra raises the risk of infection. Look for an infection page.",
        holds=_tnf_blocker_is_apart,
        also=_courses_compared,
    ),
    Check(
        id="concomitant_agent.treatment_names_episode",
        severity=SOFT,
        items=("episodes", "purpose"),
        message="It was given as treatment, but no episode is chosen. Choose the episodes it was given for.",
        holds=_treatment_names_an_episode,
    ),
)
