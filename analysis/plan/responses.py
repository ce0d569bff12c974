"""The comparisons of complete response."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.plan.estimand import Estimand


@dataclass(frozen=True, kw_only=True)
class ResponseComparison:
    """Complete response compared between two groups that were fixed before the response was assessed."""

    id: str
    title: str
    first_group: str
    second_group: str
    estimand: Estimand
    notes: tuple[str, ...] = ()


RESPONDING_CODES = ("cr", "cri")
DAY_28_WINDOW = (21, 42)
RESPONSE_POPULATION = "B-ALL with disease before lymphodepletion, first infusion, day 28 reached or the child has died"
RESPONSE_VARIABLE = "CR or CRi at the day 28 assessment (days 21 to 42); died or not assessed counts as no response"

CR_BY_CARHLH = ResponseComparison(
    id="cr_by_carhlh",
    title="CR rate with and without carHLH",
    first_group="carHLH",
    second_group="no carHLH",
    estimand=Estimand(
        population=RESPONSE_POPULATION,
        time_zero="infusion (day 0)",
        variable=RESPONSE_VARIABLE,
        intercurrent_events=(("death before the assessment", "no response (composite)"),),
        summary="n/N, Clopper-Pearson limits; risk difference (Newcombe), two-sided Fisher P",
    ),
    notes=("carHLH is defined by each site; its onset came before the response was judged.",),
)
CR_BY_ANAKINRA = ResponseComparison(
    id="cr_by_anakinra",
    title="CR rate with and without anakinra among children with carHLH",
    first_group="anakinra",
    second_group="no anakinra",
    estimand=Estimand(
        population=f"{RESPONSE_POPULATION}; carHLH before the assessment",
        time_zero="infusion (day 0); exposure counts when the first dose came before the assessment",
        variable=RESPONSE_VARIABLE,
        intercurrent_events=(("death before the assessment", "no response (composite)"),),
        summary="n/N, Clopper-Pearson limits; risk difference (Newcombe), two-sided Fisher P",
    ),
    notes=("A child must live long enough to be given anakinra: the earliest deaths fall into the other group.",),
)
CR_COMPARISONS = (CR_BY_CARHLH, CR_BY_ANAKINRA)
