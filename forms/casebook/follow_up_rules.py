"""The checks of the follow-up form."""

from __future__ import annotations

from functools import partial

from forms.anchors import anchors_of, of_all
from forms.casebook.follow_up_recorded import BEGUN, since
from forms.context import Context
from forms.derivations import days_between
from forms.form import ANCHOR_FORMS, Anchor, Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
)
from forms.ordering import entered_in_time, not_after_death, not_before, not_before_infusion
from forms.values import Row, answer
from forms.visits import VISITS

_PLANNED = {visit.code: visit for visit in VISITS if visit.code_item == "visit"}
"""Answer to the visit -> the window in which it is expected."""


_WHAT_BEGAN = {
    "toxicities_since": "a toxicity",
    "anakinra_since": "anakinra",
    "infections_since": "a treated infection",
    "adverse_events_since": "an adverse event",
}
_ALSO_READ = {"toxicity_episode": ("toxicity",), "infection": ("treatment_route",)}
"""Form -> what decides beside its day whether one of its pages is one that a contact is asked about."""


def _toxicity_has_an_episode(row: Row, context: Context) -> bool | None:
    named = answer(row, "toxicities_since")
    if not isinstance(named, tuple):
        return None
    recorded = {answer(episode, "toxicity") for episode in context.rows["toxicity_episode"]}
    without = set(named) - {"none"} - recorded
    return None if without and None in recorded else not without


def _infection_has_a_page(row: Row, context: Context) -> bool | None:
    return bool(context.rows["infection"]) if answer(row, "infections_since") is True else None


def _anakinra_has_a_course(row: Row, context: Context) -> bool | None:
    if answer(row, "anakinra_since") is not True:
        return None
    return any(answer(course, "given") is True for course in context.rows["anakinra_course"])


def _event_has_a_page(row: Row, context: Context) -> bool | None:
    return bool(context.rows["adverse_event"]) if answer(row, "adverse_events_since") is True else None


def _tells_what_began(name: str, row: Row, context: Context) -> bool | None:
    """Tell whether an answer names what pages of the child say of the time since the last contact."""
    told, known = answer(row, name), since(name, row, context)
    if told is None or known is None:
        return None
    if isinstance(known.value, tuple):
        return isinstance(told, tuple) and set(known.value) <= set(told)
    return told is True


def _which_began(name: str, row: Row, context: Context) -> str:
    known = since(name, row, context)
    return known.when if known else ""


def _compared_since(name: str, row: Row, context: Context) -> tuple[Anchor, ...]:
    """Return the days that a contact is asked about, and what the pages that tell it say."""
    form, dated_by = BEGUN[name]
    told = anchors_of(form, context.rows[form], dated_by, *_ALSO_READ.get(form, ()))
    days = anchors_of("infusion", context.rows["infusion"], "infused_on")
    return told + days + anchors_of("follow_up", context.others("follow_up", row), "seen_on")


def _days_after_infusions(row: Row, context: Context) -> list[int] | None:
    """Return the days from each infusion before a contact to it; None where a date is not known."""
    seen = answer(row, "seen_on")
    days = [days_between(answer(infusion, "infused_on"), seen) for infusion in context.rows["infusion"]]
    known = [day for day in days if day is not None]
    return [day for day in known if day >= 0] if len(known) == len(days) else None


def _planned_visit_is_in_window(row: Row, context: Context) -> bool | None:
    planned, days = _PLANNED.get(str(answer(row, "visit"))), _days_after_infusions(row, context)
    if planned is None or not days:
        return None
    return any(planned.from_day <= day <= planned.to_day for day in days)


def _day_and_window(row: Row, context: Context) -> str:
    planned, days = _PLANNED[str(answer(row, "visit"))], _days_after_infusions(row, context) or []
    return f"day {min(days)} after the infusion (expected: days {planned.from_day} to {planned.to_day})"


CHECKS: tuple[Check, ...] = (
    not_before_infusion("follow_up", "seen_on", label="The contact"),
    not_after_death("follow_up", "seen_on", label="The contact", severity=CONFIRM),
    entered_in_time("follow_up", "seen_on"),
    Check(
        id="follow_up.planned_visit_window",
        severity=CONFIRM,
        items=("visit", "seen_on"),
        message="The visit is called “{visit}”, yet {seen_on} is {why}. Correct the visit or the date, or say why.",
        holds=_planned_visit_is_in_window,
        explain=_day_and_window,
        also=of_all("infusion", "infused_on"),
    ),
    not_before(
        "follow_up",
        "seen_on",
        "transplant_on",
        severity=HARD,
        message="The transplant on {transplant_on} is after this contact on {seen_on}. Check both dates.",
    ),
    Check(
        id="follow_up.toxicity_has_episode",
        severity=SOFT,
        items=("toxicities_since",),
        message="Not each of {toxicities_since} has an episode page. Add the missing page, or say why.",
        holds=_toxicity_has_an_episode,
        uses=("toxicity_episode",),
        also=of_all("toxicity_episode", "toxicity"),
    ),
    Check(
        id="follow_up.infection_has_page",
        severity=SOFT,
        items=("infections_since",),
        message="An infection is mentioned, but there is no infection page. Add it, or say why.",
        holds=_infection_has_a_page,
        uses=("infection",),
    ),
    Check(
        id="follow_up.anakinra_has_course",
        severity=SOFT,
        items=("anakinra_since",),
        message="Anakinra is mentioned, but there is no anakinra course. Add it, or say why.",
        holds=_anakinra_has_a_course,
    ),
    Check(
        id="follow_up.event_has_page",
        severity=SOFT,
        items=("adverse_events_since",),
        message="An adverse event is mentioned, but there is no page for it. Add it, or say why.",
        holds=_event_has_a_page,
        uses=("adverse_event",),
    ),
    *(
        Check(
            id=f"follow_up.{name}_leaves_nothing_out",
            severity=SOFT,
            items=(name,),
            message=f"A page tells of {what} since the infusion or the last follow-up ({{why}}). Correct the answer or "
            "that page, or say why.",
            holds=partial(_tells_what_began, name),
            explain=partial(_which_began, name),
            uses=tuple(form for form in (BEGUN[name][0], "follow_up") if form not in ANCHOR_FORMS),
            also=partial(_compared_since, name),
        )
        for name, what in _WHAT_BEGAN.items()
    ),
)
