"""Whose day 28 outcome counts, whether it was reached, and what each child had been exposed to before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from analysis.cut import Cut, Record
from analysis.endpoints.capture import CAPTURE_WANTED, well_captured_sites
from analysis.endpoints.children import Child
from analysis.endpoints.cohort import FlowStep, first_steps
from analysis.endpoints.day_28 import Judgement, Page, day_28_pages, first_infusion, is_over, judge
from analysis.endpoints.groupings import TIERS, dose_tier
from analysis.endpoints.three_valued import any_of
from analysis.endpoints.time_to_event import Source
from analysis.plan.responses import CR_BY_CARHLH, DAY_28_WINDOW, DoseComparison, ResponseComparison, ResponseOutcome
from forms.grading.carhlh_facts import is_carhlh
from forms.values import Value, answer, earliest, latest


@dataclass(frozen=True, kw_only=True)
class Responder:
    """One child of the population of an outcome. Exposures count when they began by the day it was judged.

    None: the date of the exposure is missing or too vague to say; a dose tier is None without a known first order
    by then as well.
    """

    subject: str
    site: str
    responded: bool
    evaluable: bool
    reason: str
    source: Source
    had_carhlh: bool | None
    had_anakinra: bool | None
    dose_tier: str | None


@dataclass(frozen=True, kw_only=True)
class Recent:
    """The children whose window of the day 28 assessment is not over: assessed, dead, and not counted yet."""

    assessed: int
    died: int
    waiting: int


@dataclass(frozen=True, kw_only=True)
class ResponsePopulation:
    """The children whose outcome counts, and how many each step kept.

    `not_recorded` counts the children who left because the answer a step asks for is missing, `recent` those of whom
    whether they count hangs on what happened so far.
    """

    outcome: ResponseOutcome
    flow: tuple[FlowStep, ...]
    not_recorded: tuple[FlowStep, ...]
    left_out_sites: tuple[str, ...]
    recent: Recent
    children: tuple[Responder, ...]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Children of a group: those who reached the outcome, all, and those in whom it could be evaluated."""

    responded: int
    all: int
    evaluable: int


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What the records of a child say, read once for all outcomes."""

    child: Child
    disease: Value
    disease_present: Value
    antigens: Value
    pages: tuple[Page, ...]
    carhlh_onsets: tuple[Value, ...]
    dose_tier: str | None


def select_response_populations(
    cut: Cut, children: Sequence[Child], outcomes: Sequence[ResponseOutcome]
) -> tuple[ResponsePopulation, ...]:
    """Return, for each outcome, the children with B-ALL and disease before lymphodepletion, judged at day 28."""
    facts = [_read(cut, child) for child in children]
    captured = well_captured_sites(cut)
    return tuple(_population(cut, facts, captured, outcome) for outcome in outcomes)


def _read(cut: Cut, child: Child) -> _Facts:
    infusion = first_infusion(cut, child.subject)
    episodes = cut.rows("toxicity_episode", child.subject)
    return _Facts(
        child=child,
        disease=next((answer(row, "disease") for row in cut.rows("baseline", child.subject)), None),
        disease_present=answer(infusion, "disease_at_lymphodepletion"),
        antigens=answer(infusion, "antigens"),
        pages=tuple(day_28_pages(cut, child)),
        carhlh_onsets=tuple(day for episode in episodes if is_carhlh(episode) for day in _begun_by(episode)),
        dose_tier=dose_tier(cut, child, child.first_dose) if child.first_dose else None,
    )


def _population(
    cut: Cut, infused: Sequence[_Facts], captured: frozenset[str], outcome: ResponseOutcome
) -> ResponsePopulation:
    leukemia = [facts for facts in infused if facts.disease == "b_all"]
    diseased = [facts for facts in leukemia if facts.disease_present is True]
    targeted = [facts for facts in diseased if _is_targeted(facts.antigens, outcome)]
    kept = [facts for facts in targeted if facts.child.site in captured]
    judged = [(facts, judgement) for facts in kept if (judgement := judge(cut, facts.child, outcome, facts.pages))]
    construct = " or ".join(antigen.upper() for antigen in outcome.antigens)
    return ResponsePopulation(
        outcome=outcome,
        flow=(
            *first_steps(cut, [facts.child for facts in infused]),
            FlowStep(name="B-ALL", children=len(leukemia)),
            FlowStep(name="Disease before lymphodepletion", children=len(diseased)),
            *([FlowStep(name=f"Construct against {construct}", children=len(targeted))] if construct else ()),
            FlowStep(name=f"At centers that enrolled at least {CAPTURE_WANTED} of the infused", children=len(kept)),
            FlowStep(name=f"Assessed at day 28, died before, or day {DAY_28_WINDOW[1]} over", children=len(judged)),
        ),
        not_recorded=(
            FlowStep(name="disease", children=sum(facts.disease is None for facts in infused)),
            FlowStep(
                name="disease at lymphodepletion", children=sum(facts.disease_present is None for facts in leukemia)
            ),
        ),
        left_out_sites=tuple(sorted({facts.child.site for facts in targeted} - captured)),
        recent=_recent(cut, kept, judged),
        children=tuple(_responder(facts, judgement) for facts, judgement in judged),
    )


def _recent(cut: Cut, kept: Sequence[_Facts], judged: Sequence[tuple[_Facts, Judgement]]) -> Recent:
    open_window = [facts for facts in kept if not is_over(cut, facts.child)]
    evaluable = [judgement.evaluable for facts, judgement in judged if not is_over(cut, facts.child)]
    assessed = sum(evaluable)
    return Recent(assessed=assessed, died=len(evaluable) - assessed, waiting=len(open_window) - len(evaluable))


def exposure_of(comparison: ResponseComparison) -> Callable[[Responder], bool | None]:
    """Return what tells a comparison's first group (True) from its second; None: in neither, or not known."""
    if comparison is CR_BY_CARHLH:
        return lambda child: child.had_carhlh
    return lambda child: child.had_anakinra if child.had_carhlh else None


def split_for(comparison: ResponseComparison, population: ResponsePopulation) -> tuple[Counts, Counts]:
    """Return the counts of a comparison's two groups; a child whose exposure is unknown is in neither."""
    exposed = exposure_of(comparison)
    first, second = (
        counts_of([child for child in population.children if exposed(child) is wanted]) for wanted in (True, False)
    )
    return first, second


def tiers_for(comparison: DoseComparison, population: ResponsePopulation) -> dict[str, Counts]:
    """Return the counts of each tier of the first order, in the order of the tiers."""
    treated = [child for child in population.children if child.had_anakinra]
    among = [child for child in treated if child.had_carhlh or not comparison.only_carhlh]
    return {tier: counts_of([child for child in among if child.dose_tier == tier]) for tier in TIERS}


def flow_for(comparison: ResponseComparison, population: ResponsePopulation) -> tuple[FlowStep, ...]:
    """Return the steps that lead to a comparison's two groups."""
    compared = sum(counts.all for counts in split_for(comparison, population))
    if comparison is CR_BY_CARHLH:
        return *population.flow, FlowStep(name="carHLH by that day known or ruled out: compared", children=compared)
    return (
        *population.flow,
        FlowStep(name="carHLH by the day the response was judged", children=_with_carhlh(population)),
        FlowStep(name="Anakinra by that day known or ruled out: compared", children=compared),
    )


def dose_flow(comparison: DoseComparison, population: ResponsePopulation) -> tuple[FlowStep, ...]:
    """Return the steps that lead to the tiers of a comparison by dose."""
    carhlh = FlowStep(name="carHLH by the day the response was judged", children=_with_carhlh(population))
    treated = sum(
        child.had_anakinra is True and (child.had_carhlh is True or not comparison.only_carhlh)
        for child in population.children
    )
    return (
        *population.flow,
        *([carhlh] if comparison.only_carhlh else ()),
        FlowStep(name="First anakinra dose by that day", children=treated),
        FlowStep(
            name="Tier of the first order known: compared",
            children=sum(counts.all for counts in tiers_for(comparison, population).values()),
        ),
    )


def counts_of(children: Sequence[Responder]) -> Counts:
    """Return the counts of some children."""
    return Counts(
        responded=sum(child.responded for child in children),
        all=len(children),
        evaluable=sum(child.evaluable for child in children),
    )


def _with_carhlh(population: ResponsePopulation) -> int:
    return sum(child.had_carhlh is True for child in population.children)


def _responder(facts: _Facts, judgement: Judgement) -> Responder:
    child = facts.child
    had_anakinra = _had_anakinra(child, judgement.on)
    return Responder(
        subject=child.subject,
        site=child.site,
        responded=judgement.responded,
        evaluable=judgement.evaluable,
        reason=judgement.reason,
        source=judgement.source,
        had_carhlh=any_of([_between(child.infusions[0].day, onset, judgement.on) for onset in facts.carhlh_onsets]),
        had_anakinra=had_anakinra,
        dose_tier=facts.dose_tier if had_anakinra else None,
    )


def _had_anakinra(child: Child, judged_on: date) -> bool | None:
    if any(dose.day <= judged_on for dose in child.doses):
        return True
    is_open = child.may_be_given or (child.given_anakinra and child.first_dose is None)
    return None if is_open else False


def _begun_by(episode: Record) -> tuple[Value, ...]:
    """Return the onset of an episode, and the recorded days of its criteria and its peak: it had begun by them."""
    later = (answer(episode, item) for item in ("criteria_met_on", "peak_on"))
    return (answer(episode, "onset_on"), *(day for day in later if day is not None))


def _between(opens: date, onset: Value, closes: date) -> bool | None:
    """Return whether an onset lies within two days, both counted; None where a partial date leaves it open."""
    first, last = earliest(onset), latest(onset)
    if first is None or last is None:
        return None
    if last.date() < opens or first.date() > closes:
        return False
    return True if opens <= first.date() and last.date() <= closes else None


def _is_targeted(antigens: Value, outcome: ResponseOutcome) -> bool:
    return not outcome.antigens or (isinstance(antigens, tuple) and not set(outcome.antigens).isdisjoint(antigens))
