"""The checks of the adverse event form, and the values it derives."""

from __future__ import annotations

from forms.anchors import anchors_of, of_all
from forms.context import Context
from forms.derivations import first_anakinra
from forms.form import Anchor, Check
from forms.items import (
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import entered_in_time, not_after_death, not_before, not_before_infusion
from forms.rule_set import FATAL_GRADE
from forms.values import Answer, Row, answer, is_before

SKIN_EVENTS = ("injection_site_reaction", "injection_site_pain", "injection_site_bruise")

CAUSED = ("possible", "probable", "definite")

ANAPHYLAXIS_FROM_GRADE = 3
"""CTCAE grades anaphylaxis 3 and more."""


def _grade_five_is_fatal(row: Row, context: Context) -> bool | None:
    grade, outcome = answer(row, "ctcae_grade"), answer(row, "outcome")
    return None if grade is None or outcome is None else (grade == FATAL_GRADE) == (outcome == "fatal")


def _skin_event_fits_route(row: Row, context: Context) -> bool | None:
    routes = _routes(row, context)
    return None if not routes or answer(row, "event") not in SKIN_EVENTS else "sc" in routes


def _infusion_reaction_fits_route(row: Row, context: Context) -> bool | None:
    routes = _routes(row, context)
    return None if not routes or answer(row, "event") != "infusion_reaction" else routes != {"sc"}


def _routes(row: Row, context: Context) -> set[Answer | None]:
    """Return every route by which anakinra was given in the linked course: at its start and under each order."""
    course = context.linked("anakinra_course", answer(row, "course"))
    rows = (course, *_orders(row, context)) if course else ()
    return {answer(one, "route") for one in rows} - {None}


def _orders(row: Row, context: Context) -> list[Row]:
    course = answer(row, "course")
    return [order for order in context.rows["anakinra_regimen"] if course and answer(order, "course") == course]


def _route_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    course = context.linked("anakinra_course", answer(row, "course"))
    orders = anchors_of("anakinra_regimen", _orders(row, context), "route")
    return anchors_of("anakinra_course", [course], "route") + orders


def _was_not_given_again(row: Row, context: Context) -> bool | None:
    grade = answer(row, "ctcae_grade")
    if answer(row, "event") != "hypersensitivity" or not isinstance(grade, int) or grade < ANAPHYLAXIS_FROM_GRADE:
        return None
    return answer(row, "rechallenged") is not True and not _doses_after(row, context)


def _doses_after(row: Row, context: Context) -> list[Row]:
    """Return the courses whose first dose came after the event."""
    onset = answer(row, "onset_on")
    return [course for course in context.rows["anakinra_course"] if is_before(onset, answer(course, "started_at"))]


def _infection_followed_anakinra(row: Row, context: Context) -> bool | None:
    infection = context.linked("infection", answer(row, "infection"))
    if infection is None or answer(row, "causality_anakinra") not in CAUSED:
        return None
    wrong = is_before(answer(infection, "onset_on"), first_anakinra(context))
    return None if wrong is None else not wrong


def _infection_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    infection = context.linked("infection", answer(row, "infection"))
    return anchors_of("infection", [infection], "onset_on") + anchors_of(
        "anakinra_course", context.rows["anakinra_course"], "started_at"
    )


CHECKS: tuple[Check, ...] = (
    not_before_infusion("adverse_event", "onset_on", label="Onset"),
    not_after_death("adverse_event", "onset_on", label="Onset", severity=HARD),
    not_after_death("adverse_event", "ended_on", label="The end"),
    entered_in_time("adverse_event", "onset_on"),
    not_before(
        "adverse_event",
        "ended_on",
        "onset_on",
        message="The end on {ended_on} is before the onset on {onset_on}. Check both dates.",
    ),
    not_before(
        "adverse_event",
        "reported_on",
        "aware_on",
        message="The report of {reported_on} is before the site became aware on {aware_on}. Check both dates.",
    ),
    not_before(
        "adverse_event",
        "aware_on",
        "onset_on",
        message="The site cannot have been aware on {aware_on}, before the onset on {onset_on}. Check both dates.",
    ),
    Check(
        id="adverse_event.grade_five_is_fatal",
        group=43,
        severity=SOFT,
        items=("ctcae_grade", "outcome"),
        message="Grade {ctcae_grade} and outcome “{outcome}” do not go together. Correct one of them, or say why.",
        holds=_grade_five_is_fatal,
    ),
    Check(
        id="adverse_event.skin_event_fits_route",
        group=39,
        severity=WARNING,
        items=("event", "course"),
        message="“{event}” is recorded for a course given by vein only. Correct the event, or the routes of the "
        "course.",
        holds=_skin_event_fits_route,
        uses=("anakinra_regimen",),
        also=_route_anchors,
    ),
    Check(
        id="adverse_event.infusion_reaction_fits_route",
        group=39,
        severity=WARNING,
        items=("event", "course"),
        message="An infusion reaction is recorded for a course given under the skin only. Correct the event, or the "
        "routes of the course.",
        holds=_infusion_reaction_fits_route,
        uses=("anakinra_regimen",),
        also=_route_anchors,
    ),
    Check(
        id="adverse_event.given_again_after_anaphylaxis",
        group=39,
        severity=WARNING,
        items=("event", "ctcae_grade", "rechallenged", "onset_on"),
        message="Anakinra was given again after a severe hypersensitivity. Check the event, its grade and the dates "
        "against the source.",
        holds=_was_not_given_again,
        also=of_all("anakinra_course", "started_at"),
    ),
    Check(
        id="adverse_event.infection_followed_anakinra",
        group=36,
        severity=WARNING,
        items=("infection", "causality_anakinra"),
        message="The infection began before the first dose of anakinra, which cannot have caused it. Correct the cause "
        "or a date.",
        holds=_infection_followed_anakinra,
        uses=("infection",),
        also=_infection_anchors,
    ),
)
