"""Groups that are fixed when anakinra begins: by what was ordered first, how, how soon, and beside what.

Grouping by anything that happens later is not offered. A child must stay unresolved long enough to get a second agent
or a higher dose, so such groups differ by their definition (immortal time), whatever the drug does. CLINICAL.md D23 to
D25.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child, FirstDose
from analysis.endpoints.qualification import qualification_of
from analysis.endpoints.three_valued import any_of
from analysis.errors import AnalysisError
from analysis.plan.groups import AGENTS_HOURS, DOSE_TOLERANCE, TIMING_EDGES
from analysis.plan.resolution import ResolutionEndpoint
from analysis.plan.timing import REFUSED_GROUPINGS
from forms.dosing import tiers
from forms.dosing.agents import Span, agent_span, class_of
from forms.grading.precedence import toxicity_of
from forms.values import answer, day_of, latest

GroupOf = Callable[[Cut, Child, FirstDose, ResolutionEndpoint], str | None]
TIERS = tuple(tiers.DOSE_TIERS.labels.values())
ROUTES = {"sc": "SC"}
INTO_A_VEIN = "IV"
AT_ONCE, SOON = TIMING_EDGES
WAITED = (f"at most {AT_ONCE} day", f"{AT_ONCE + 1} to {SOON} days", f"> {SOON} days")
NEITHER, TOCILIZUMAB, STEROID, BOTH = "neither", "tocilizumab", "steroid", "tocilizumab and steroid"


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The groups of one way to group children, by name, and what tells a child's group."""

    id: str
    title: str
    groups: tuple[str, ...]
    source: str
    unknown: str = "group not known"
    """What is missing of a child whose group is not known."""


@dataclass(frozen=True, kw_only=True)
class Grouping(Groups):
    """One way to group children at the first anakinra dose; ``of`` returns None where the group is not known.

    ``told_by`` names the fact that told a child's group, where that differs between children.
    """

    of: GroupOf
    told_by: GroupOf | None = None


class ImmortalTimeError(AnalysisError):
    """A grouping by the future was asked for; the message says why it misleads and what to use instead."""


def grouping(name: str) -> Grouping:
    """Return the grouping of a name.

    Errors: ImmortalTimeError for one by what happens after time zero (CLINICAL.md D23); AnalysisError for a name that
    is not known.
    """
    for offered in GROUPINGS:
        if offered.id == name:
            return offered
    for refused in REFUSED_GROUPINGS:
        if refused.name == name:
            raise ImmortalTimeError(f"Grouping by {refused.title} is not offered. {refused.explanation}")
    raise AnalysisError(f"There is no grouping “{name}”: choose one of {', '.join(one.id for one in GROUPINGS)}.")


def dose_tier(cut: Cut, child: Child, dose: FirstDose) -> str | None:
    """Return the tier of the order that the first dose belongs to; None where its amount is not known."""
    order = first_order(cut, child, dose)
    if order is None:
        return None
    per_day = answer(order, "mg_per_kg_day")
    code = tiers.dose_tier(per_day if isinstance(per_day, Decimal) else None, answer(order, "cap_applied"))
    return tiers.DOSE_TIERS.labels[code] if code else None


def _dose_tier(cut: Cut, child: Child, dose: FirstDose, _endpoint: ResolutionEndpoint) -> str | None:
    return dose_tier(cut, child, dose)


def first_order(cut: Cut, child: Child, dose: FirstDose) -> Record | None:
    """Return the earliest order of the course that the first dose belongs to."""
    orders = [
        (began, str(row["record"]), row)
        for row in cut.rows("anakinra_regimen", child.subject)
        if answer(row, "course") == dose.source.record and isinstance(began := answer(row, "from_at"), datetime)
    ]
    return min(orders, key=lambda order: order[:2])[2] if orders else None


def _route(_cut: Cut, _child: Child, dose: FirstDose, _endpoint: ResolutionEndpoint) -> str | None:
    route = answer(dose.course, "route")
    return ROUTES.get(route, INTO_A_VEIN) if isinstance(route, str) else None


def _timing(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> str | None:
    origin = _origin(cut, child, dose, endpoint)
    return WAITED[sum((dose.day - origin[1]).days > edge for edge in TIMING_EDGES)] if origin else None


def _timing_origin(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> str | None:
    origin = _origin(cut, child, dose, endpoint)
    return origin[0] if origin else None


def _origin(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> tuple[str, date] | None:
    """Return the day timing counts from: qualification by the first dose, else the last onset by then.

    Both belong to the last infusion by the dose: what qualified after earlier cells is another toxicity.
    """
    infused_on = max((one.day for one in child.infusions if one.day <= dose.day), default=child.infusions[0].day)
    qualified = qualification_of(cut, child, endpoint, since=infused_on).zero
    if qualified is not None and qualified.day <= dose.day:
        return "qualification", qualified.day
    onsets = [day for day in _onsets(cut, child, dose, endpoint) if day >= infused_on]
    return ("onset", max(onsets)) if onsets else None


def _onsets(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> Iterator[date]:
    """Yield the days, known exactly, on which episodes of the endpoint's toxicity began by the first dose."""
    for episode in cut.rows("toxicity_episode", child.subject):
        began = day_of(answer(episode, "onset_on"))
        if toxicity_of(episode) == endpoint.toxicity.lower() and began is not None and began <= dose.day:
            yield began


def _agents(cut: Cut, child: Child, dose: FirstDose, _endpoint: ResolutionEndpoint) -> str | None:
    since = dose.at - timedelta(hours=AGENTS_HOURS)
    given: dict[str, list[bool | None]] = {TOCILIZUMAB: [], STEROID: []}
    for row in cut.rows("concomitant_agent", child.subject):
        name, span = class_of(row), agent_span(row)
        if name in given:
            given[name].append(_was_given(span, since, dose.at) if span else _may_have_been_given(row, since))
    found = {name: any_of(told) for name, told in given.items()}
    if None in found.values():
        return None
    return {(False, False): NEITHER, (True, False): TOCILIZUMAB, (False, True): STEROID, (True, True): BOTH}[
        bool(found[TOCILIZUMAB]), bool(found[STEROID])
    ]


def _was_given(span: Span, since: datetime, until: datetime) -> bool | None:
    """Tell whether an agent was given between two moments; None where its dates leave that open."""
    if span.certain_from <= until and (span.certain_to >= since or span.possible_from >= since):
        return True
    return None if span.possible_from <= until and span.possible_to >= since else False


def _may_have_been_given(row: Record, since: datetime) -> bool | None:
    """Tell of an agent without a first dose: False where its last was before a moment, else None."""
    ended = latest(answer(row, "stopped_at"))
    return False if ended is not None and ended < since else None


GROUPINGS = (
    Grouping(
        id="dose",
        title="Dose ordered first",
        groups=TIERS,
        source=(
            f"mg/kg per day of the first order of the course; up to {100 * DOSE_TOLERANCE:g} % below an edge counts as"
            " reaching it; an order that a cap limited is a group of its own"
        ),
        unknown="dose of the first order not known",
        of=_dose_tier,
    ),
    Grouping(
        id="route",
        title="Route at the start",
        groups=(ROUTES["sc"], INTO_A_VEIN),
        source="route of the course",
        unknown="route not known",
        of=_route,
    ),
    Grouping(
        id="timing",
        title="Days from qualification as refractory, or from onset, to the first dose",
        groups=WAITED,
        source="calendar days from qualification (first grade 2 or more, not below the grade before, at least 24 h"
        " after the first tocilizumab or steroid for it; for carHLH the day the criteria were met); from the onset on"
        " the episode page where a child did not qualify by that day; both after the same infusion as"
        " the dose; onsets known to the month only are not known",
        unknown="neither qualification nor an exact day of onset known",
        of=_timing,
        told_by=_timing_origin,
    ),
    Grouping(
        id="agents",
        title=f"Agents in the {AGENTS_HOURS} hours before the first dose",
        groups=(NEITHER, TOCILIZUMAB, STEROID, BOTH),
        source="tocilizumab and steroids on the pages of concomitant agents; other agents are not looked at",
        unknown="dates of these agents not known well enough",
        of=_agents,
    ),
)


def group_children(
    cut: Cut, endpoint: ResolutionEndpoint, grouping: Grouping, children: Mapping[str, Child]
) -> dict[str, str | None]:
    """Return subject -> group of each child that has a first dose; None where it is not known."""
    return _by_subject(grouping.of, cut, endpoint, children)


def what_told(
    cut: Cut, endpoint: ResolutionEndpoint, grouping: Grouping, children: Mapping[str, Child]
) -> dict[str, str | None]:
    """Return subject -> the fact that told its group; empty for a grouping that knows one fact only."""
    return _by_subject(grouping.told_by, cut, endpoint, children) if grouping.told_by else {}


def _by_subject(
    of: GroupOf, cut: Cut, endpoint: ResolutionEndpoint, children: Mapping[str, Child]
) -> dict[str, str | None]:
    return {
        subject: of(cut, child, child.first_dose, endpoint)
        for subject, child in children.items()
        if child.first_dose is not None
    }
