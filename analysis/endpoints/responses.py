"""Complete response at day 28: who is counted, who responded, and what each had been exposed to before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.cut import Cut
from analysis.endpoints.children import Child, children_of
from analysis.endpoints.cohort import FlowStep
from analysis.endpoints.time_to_event import Source
from analysis.plan import CR_BY_CARHLH, DAY_28_WINDOW, RESPONDING_CODES, ResponseComparison
from forms.grading.carhlh_facts import is_carhlh
from forms.values import Value, answer, day_of, earliest, latest


@dataclass(frozen=True, kw_only=True)
class Responder:
    """One child of the response population. Exposures count when they began by the day the response was judged.

    None: the date of the exposure is missing or too vague to say.
    """

    subject: str
    site: str
    responded: bool
    reason: str
    source: Source
    had_carhlh: bool | None
    had_anakinra: bool | None


@dataclass(frozen=True, kw_only=True)
class ResponsePopulation:
    """The children whose response counts, and how many each step kept."""

    flow: tuple[FlowStep, ...]
    children: tuple[Responder, ...]


@dataclass(frozen=True, kw_only=True)
class ResponseGroups:
    """Responders and children of the two groups of a comparison."""

    first: tuple[int, int]
    second: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The day on which a child's response was decided, how, and from which record."""

    on: date
    responded: bool
    reason: str
    source: Source


def select_response_population(cut: Cut) -> ResponsePopulation:
    """Return the children with B-ALL and disease before lymphodepletion, judged at day 28 of the first infusion."""
    infused = children_of(cut)
    leukemia = [child for child in infused if _has_b_all(cut, child.subject)]
    diseased = [child for child in leukemia if _had_disease(cut, child)]
    judged = [(child, judgement) for child in diseased if (judgement := _judge(cut, child))]
    return ResponsePopulation(
        flow=(
            FlowStep(name="In the data cut", children=len(cut.subjects)),
            FlowStep(name="Infused", children=len(infused)),
            FlowStep(name="B-ALL", children=len(leukemia)),
            FlowStep(name="Disease before lymphodepletion", children=len(diseased)),
            FlowStep(name="Assessed at day 28, died before, or day 28 passed", children=len(judged)),
        ),
        children=tuple(_responder(cut, child, judgement) for child, judgement in judged),
    )


def split_for(comparison: ResponseComparison, population: ResponsePopulation) -> ResponseGroups:
    """Return the counts of a comparison: carHLH or not, or anakinra or not among children with carHLH.

    A child whose exposure is unknown is in neither group.
    """
    if comparison is CR_BY_CARHLH:
        return _split(population.children, lambda child: child.had_carhlh)
    with_carhlh = tuple(child for child in population.children if child.had_carhlh)
    return _split(with_carhlh, lambda child: child.had_anakinra)


def flow_for(comparison: ResponseComparison, population: ResponsePopulation) -> tuple[FlowStep, ...]:
    """Return the steps that lead to a comparison's two groups."""
    groups = split_for(comparison, population)
    compared = groups.first[1] + groups.second[1]
    if comparison is CR_BY_CARHLH:
        return *population.flow, FlowStep(name="carHLH before that day known or ruled out: compared", children=compared)
    with_carhlh = sum(child.had_carhlh is True for child in population.children)
    return (
        *population.flow,
        FlowStep(name="carHLH before the response was judged", children=with_carhlh),
        FlowStep(name="Anakinra before that day known or ruled out: compared", children=compared),
    )


def _split(children: tuple[Responder, ...], exposed: Callable[[Responder], bool | None]) -> ResponseGroups:
    counts = []
    for wanted in (True, False):
        group = [child.responded for child in children if exposed(child) is wanted]
        counts.append((sum(group), len(group)))
    return ResponseGroups(first=counts[0], second=counts[1])


def _judge(cut: Cut, child: Child) -> Judgement | None:
    """Return the judgement of the first infusion's response, or None while day 28 is still to come.

    Not assessed by the end of the window and death before an assessment are no response.
    """
    infusion = child.infusions[0]
    opens, closes = (infusion.day + timedelta(days=day) for day in DAY_28_WINDOW)
    for row in sorted(cut.rows("response", child.subject), key=lambda row: str(row["assessed_on"])):
        on, found = day_of(answer(row, "assessed_on")), answer(row, "response")
        linked = answer(row, "infusion") in (None, infusion.source.record)
        if on is None or not linked or found in (None, "not_assessed"):
            continue
        if answer(row, "timepoint") == "day_28" or opens <= on <= closes:
            source = Source(form="response", item="response", record=str(row["record"]))
            return Judgement(on=on, responded=found in RESPONDING_CODES, reason=str(found), source=source)
    if child.death and child.death.day <= closes:
        return Judgement(on=child.death.day, responded=False, reason="died before", source=child.death.source)
    if cut.data_date > closes:
        return Judgement(on=closes, responded=False, reason="not assessed", source=infusion.source)
    return None


def _responder(cut: Cut, child: Child, judgement: Judgement) -> Responder:
    episodes = cut.rows("toxicity_episode", child.subject)
    onsets = [answer(episode, "onset_on") for episode in episodes if is_carhlh(episode)]
    return Responder(
        subject=child.subject,
        site=child.site,
        responded=judgement.responded,
        reason=judgement.reason,
        source=judgement.source,
        had_carhlh=_any_of([_between(child.infusions[0].day, onset, judgement.on) for onset in onsets]),
        had_anakinra=_had_anakinra(child, judgement.on),
    )


def _had_anakinra(child: Child, judged_on: date) -> bool | None:
    if child.first_dose is None:
        return None if child.given_anakinra else False
    return child.first_dose.day <= judged_on


def _any_of(verdicts: Sequence[bool | None]) -> bool | None:
    return True if True in verdicts else (None if None in verdicts else False)


def _between(opens: date, onset: Value, closes: date) -> bool | None:
    """Return whether an onset lies within two days, both counted; None where a partial date leaves it open."""
    first, last = earliest(onset), latest(onset)
    if first is None or last is None:
        return None
    if last.date() < opens or first.date() > closes:
        return False
    return True if opens <= first.date() and last.date() <= closes else None


def _has_b_all(cut: Cut, subject: str) -> bool:
    return any(answer(row, "disease") == "b_all" for row in cut.rows("baseline", subject))


def _had_disease(cut: Cut, child: Child) -> bool:
    first = child.infusions[0].source.record
    return any(
        row["record"] == first and answer(row, "disease_at_lymphodepletion") is True
        for row in cut.rows("infusion", child.subject)
    )
