"""What is monitored in each infused child: severe toxicity, early death, anakinra stopped for harm, infection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from analysis.cut import Cut
from analysis.endpoints.adverse_events import last_known_day
from analysis.endpoints.children import Child
from analysis.endpoints.course_ends import has_unknown_end
from analysis.endpoints.follow_up import BY_DEATH, COMPLETE, follow_up_of
from analysis.endpoints.toxicities import was_severe
from analysis.plan import LAST_INFECTION_DAY, MONITORED_DAYS, SEVERE_GRADE, STOPPED_FOR_HARM
from forms.values import answer, day_of, earliest, latest


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """One measure. `found` holds site and True, False, or None where it is not known of a child that belongs to it."""

    id: str
    name: str
    found: tuple[tuple[str, bool | None], ...]
    is_death: bool = False


def monitored(cut: Cut, children: Sequence[Child]) -> tuple[Monitored, ...]:
    """Return every measure over the children it belongs to."""
    given = [child for child in children if child.given_anakinra]
    severe = tuple(
        Monitored(
            id=f"{code}_severe",
            name=f"{code.upper()} of grade {SEVERE_GRADE} or more",
            found=tuple((child.site, was_severe(cut, child.subject, code)) for child in children),
        )
        for code in ("crs", "icans")
    )
    deaths = tuple(
        Monitored(
            id=f"death_by_day_{day}",
            name=f"Died by day {day} after infusion",
            found=tuple((child.site, died_by(cut, child, day)) for child in children),
            is_death=True,
        )
        for day in MONITORED_DAYS
    )
    stopped = Monitored(
        id="stopped_for_harm",
        name="Anakinra stopped for harm, of those given it",
        found=tuple((child.site, _stopped_for_harm(cut, child)) for child in given),
    )
    infections = Monitored(
        id="infection",
        name=f"Infection that needed treatment by day {LAST_INFECTION_DAY} after infusion",
        found=tuple((child.site, _treated_infection(cut, child)) for child in children),
    )
    return (*severe, *deaths, stopped, infections)


def died_by(cut: Cut, child: Child, day: int) -> bool | None:
    """Return whether a child died by a day after the first infusion; None while it was not followed until then.

    A visit at which a child is seen alive tells of the days before, also after a transfer away.
    """
    infused = child.infusions[0].day
    if child.death and (child.death.day - infused).days <= day:
        return True
    visits = [answer(row, "seen_on") for row in cut.rows("follow_up", child.subject) if answer(row, "alive") is True]
    seen = [on for on in map(day_of, visits) if on is not None]
    return False if child.death or (max([last_known_day(cut, child), *seen]) - infused).days >= day else None


def _stopped_for_harm(cut: Cut, child: Child) -> bool | None:
    """Return whether any course was stopped for harm; None where an ended course has no reason."""
    courses = [course for course in cut.rows("anakinra_course", child.subject) if answer(course, "given") is True]
    reasons = [
        answer(course, "stop_reason")
        for course in courses
        if answer(course, "stopped_at") is not None or has_unknown_end(course)
    ]
    if any(reason in STOPPED_FOR_HARM for reason in reasons):
        return True
    return None if None in reasons else False


def _treated_infection(cut: Cut, child: Child) -> bool | None:
    """Return whether an infection on the days that are counted was treated.

    None where its day or treatment leaves that open, or the child was not followed to the last of those days.
    """
    follow_up = follow_up_of(cut, child, LAST_INFECTION_DAY)
    opens = child.infusions[0].day
    closes = opens + timedelta(days=follow_up.last_day)
    verdicts: set[bool | None] = {False if follow_up.ended_by in (COMPLETE, BY_DEATH) else None}
    for row in cut.rows("infection", child.subject):
        began, route = answer(row, "first_positive_on") or answer(row, "onset_on"), answer(row, "treatment_route")
        first, last, is_old = earliest(began), latest(began), answer(row, "presence") == "unchanged"
        if is_old or route == "none" or (last and last.date() < opens) or (first and first.date() > closes):
            continue
        is_inside = first is not None and last is not None and opens <= first.date() and last.date() <= closes
        verdicts.add(True if route is not None and is_inside else None)
    return True if True in verdicts else (None if None in verdicts else False)
