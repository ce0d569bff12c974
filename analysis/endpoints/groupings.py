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
from analysis.plan import AGENTS_HOURS, DOSE_TIER_EDGES, DOSE_TOLERANCE, TIMING_EDGES, ResolutionEndpoint
from forms.dosing.agents import Span, agent_span, class_of
from forms.values import answer, day_of

GroupOf = Callable[[Cut, Child, FirstDose, ResolutionEndpoint], str | None]
LOW, HIGH = DOSE_TIER_EDGES
TIERS = (
    f"< {LOW:g} mg/kg per day",
    f"{LOW:g} to < {HIGH:g} mg/kg per day",
    f"≥ {HIGH:g} mg/kg per day",
    "limited by a cap",
)
ROUTES = {"sc": "under the skin"}
INTO_A_VEIN = "into a vein"
AT_ONCE, SOON = TIMING_EDGES
WAITED = (f"at most {AT_ONCE} day", f"{AT_ONCE + 1} to {SOON} days", f"> {SOON} days")
NEITHER, TOCILIZUMAB, STEROID, BOTH = "neither", "tocilizumab", "steroid", "tocilizumab and steroid"


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """One way to group children at the first anakinra dose; ``of`` returns None where the group is not known."""

    id: str
    title: str
    groups: tuple[str, ...]
    source: str
    of: GroupOf


def dose_tier(cut: Cut, child: Child, dose: FirstDose) -> str | None:
    """Return the tier of the order that the first dose belongs to; None where its amount is not known."""
    order = first_order(cut, child, dose)
    if order is None:
        return None
    if answer(order, "cap_applied") in ("single", "daily", "both"):
        return TIERS[3]
    per_day = answer(order, "mg_per_kg_day")
    if not isinstance(per_day, Decimal):
        return None
    reached = sum(float(per_day) >= edge * (1 - DOSE_TOLERANCE) for edge in DOSE_TIER_EDGES)
    return TIERS[reached]


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
    onsets = list(_onsets(cut, child, dose, endpoint))
    if not onsets:
        return None
    waited = min((dose.day - onset).days for onset in onsets)
    return WAITED[sum(waited > edge for edge in TIMING_EDGES)]


def _onsets(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> Iterator[date]:
    """Yield the days, known exactly, on which episodes of the endpoint's toxicity began by the first dose."""
    for episode in cut.rows("toxicity_episode", child.subject):
        began = day_of(answer(episode, "onset_on"))
        if answer(episode, "toxicity") == endpoint.toxicity.lower() and began is not None and began <= dose.day:
            yield began


def _agents(cut: Cut, child: Child, dose: FirstDose, _endpoint: ResolutionEndpoint) -> str | None:
    since = dose.at - timedelta(hours=AGENTS_HOURS)
    given: dict[str, list[bool | None]] = {TOCILIZUMAB: [], STEROID: []}
    for row in cut.rows("concomitant_agent", child.subject):
        name, span = class_of(row), agent_span(row)
        if name in given and span is not None:
            given[name].append(_was_given(span, since, dose.at))
    found = {name: True if True in told else (None if None in told else False) for name, told in given.items()}
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


GROUPINGS = (
    Grouping(
        id="dose",
        title="Dose ordered first",
        groups=TIERS,
        source=(
            f"mg/kg per day of the first order of the course; up to {100 * DOSE_TOLERANCE:g} % below an edge counts as"
            " reaching it; an order that a cap limited is a group of its own"
        ),
        of=_dose_tier,
    ),
    Grouping(
        id="route",
        title="Route at the start",
        groups=(ROUTES["sc"], INTO_A_VEIN),
        source="route of the course",
        of=_route,
    ),
    Grouping(
        id="timing",
        title="Onset of the toxicity to the first dose",
        groups=WAITED,
        source="calendar days from the onset on the episode page; onsets known to the month only are not known",
        of=_timing,
    ),
    Grouping(
        id="agents",
        title=f"Agents in the {AGENTS_HOURS} hours before the first dose",
        groups=(NEITHER, TOCILIZUMAB, STEROID, BOTH),
        source="tocilizumab and steroids on the pages of concomitant agents; other agents are not looked at",
        of=_agents,
    ),
)


def group_children(
    cut: Cut, endpoint: ResolutionEndpoint, grouping: Grouping, children: Mapping[str, Child]
) -> dict[str, str | None]:
    """Return subject -> group of each child that has a first dose; None where it is not known."""
    return {
        subject: grouping.of(cut, child, child.first_dose, endpoint)
        for subject, child in children.items()
        if child.first_dose is not None
    }
