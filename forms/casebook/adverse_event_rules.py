"""The checks of the adverse event form, and the values it derives."""

from __future__ import annotations

from forms.context import Context
from forms.form import Check
from forms.items import (
    SOFT,
)
from forms.ordering import not_after_death, not_before, not_before_infusion
from forms.values import Row, answer

SKIN_EVENTS = ("injection_site_reaction", "injection_site_pain", "injection_site_bruise")


def _grade_five_is_fatal(row: Row, context: Context) -> bool | None:
    grade, outcome = answer(row, "ctcae_grade"), answer(row, "outcome")
    return None if grade is None or outcome is None else (grade == 5) == (outcome == "fatal")


def _skin_event_fits_route(row: Row, context: Context) -> bool | None:
    course = context.linked("anakinra_course", answer(row, "course"))
    if course is None or answer(row, "event") not in SKIN_EVENTS or answer(course, "route") is None:
        return None
    return answer(course, "route") == "sc"


def _infusion_reaction_fits_route(row: Row, context: Context) -> bool | None:
    course = context.linked("anakinra_course", answer(row, "course"))
    if course is None or answer(row, "event") != "infusion_reaction" or answer(course, "route") is None:
        return None
    return answer(course, "route") != "sc"


CHECKS: tuple[Check, ...] = (
    not_before_infusion("adverse_event", "onset_on", label="Onset"),
    not_after_death("adverse_event", "onset_on", label="Onset"),
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
        severity=SOFT,
        items=("ctcae_grade", "outcome"),
        message="Grade {ctcae_grade} and outcome “{outcome}” do not go together. Correct one of them, or say why.",
        holds=_grade_five_is_fatal,
    ),
    Check(
        id="adverse_event.skin_event_fits_route",
        severity=SOFT,
        items=("event", "course"),
        message="“{event}” is recorded for a course that began by vein. Correct one of them, or say why.",
        holds=_skin_event_fits_route,
    ),
    Check(
        id="adverse_event.infusion_reaction_fits_route",
        severity=SOFT,
        items=("event", "course"),
        message="An infusion reaction is recorded for a course under the skin. Correct one of them, or say why.",
        holds=_infusion_reaction_fits_route,
    ),
)
