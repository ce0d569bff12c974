"""What is judged at day 28 of the first infusion, and what it is compared between (CLINICAL.md D11, D16, D23, D24)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.plan.estimand import Estimand
from forms import visits
from forms.infusion_log import CAPTURE_WANTED_PERCENT


@dataclass(frozen=True, kw_only=True)
class ResponseOutcome:
    """One outcome of the day 28 pages; with `antigens` only infusions of a construct against one of them count."""

    id: str
    title: str
    item: str
    variable: str
    antigens: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResponseComparison:
    """Day 28 outcomes compared between two groups that were fixed before the outcome was judged."""

    id: str
    title: str
    first_group: str
    second_group: str
    estimand: Estimand
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DoseComparison:
    """Day 28 outcomes by the tier of the first order, among treated children or those of them with carHLH."""

    id: str
    title: str
    only_carhlh: bool
    estimand: Estimand


@dataclass(frozen=True, kw_only=True)
class UniformTreatment:
    """What counts as uniformly treated: one product against one antigen, one lymphodepletion, one level of cells.

    `cell_dose_factor`: the cells per kg lie between the median of the product divided and multiplied by it.
    """

    id: str
    title: str
    estimand: Estimand
    antigen: str
    lymphodepletion: str
    cell_dose_factor: float


RESPONDING_CODES = ("cr", "cri")
DAY_28_WINDOW = visits.DAY_28_WINDOW
"""Days after the infusion between which an assessment is that of day 28 (CLINICAL.md 3.1)."""
LEAST_CAPTURE = CAPTURE_WANTED_PERCENT / 100
"""Centers that enrolled a smaller share of their infused children stay out of contrasts (CLINICAL.md D16)."""
SMALL_CENTER_BELOW = 5
"""Centers with fewer compared children stand together as one stratum; no center has a P of its own."""
SUBGROUP_AGE_YEARS = 10
"""Children under this age, and those at it or older, are subgroups of the forest plot."""
REFERENCE_TIER, CAPPED_TIER = 2, 3
"""Positions of the tiers: the one others are compared with (the letter's 2 mg/kg every 6 hours), and the capped one."""

CR = ResponseOutcome(
    id="cr",
    title="CR or CRi",
    item="response",
    variable="CR or CRi with any counts",
)
MRD_NEGATIVE_CR = ResponseOutcome(
    id="mrd_negative_cr",
    title="CR, MRD negative",
    item="mrd_class",
    variable="CR or CRi with MRD not detected at a limit of detection of 0.01 % or better",
)
CAR_DETECTED = ResponseOutcome(
    id="car_detected",
    title="CAR T detectable",
    item="car_detectable",
    variable="CAR T cells detectable in blood by the site's assay",
)
B_CELL_APLASIA = ResponseOutcome(
    id="b_cell_aplasia",
    title="B-cell aplasia",
    item="b_cell_aplasia",
    variable="B-cell aplasia by the site's threshold, constructs against CD19 or CD22 only",
    antigens=("cd19", "cd22"),
)
OUTCOMES = (CR, MRD_NEGATIVE_CR, CAR_DETECTED, B_CELL_APLASIA)
"""The first is primary; the others are secondary, and no P is corrected for their number."""

NO_RESPONSE = (("death before the assessment", "no response (composite)"),)
CONTRAST = (
    "n/N, Clopper-Pearson limits; difference (Newcombe; in the file Miettinen and Nurminen's limits too), ratio (Katz),"
    " conditional odds ratio, two-sided Fisher P"
)
WITHIN_CENTERS = (
    "; the same within centers: Mantel-Haenszel difference (Sato), ratio (Greenland and Robins) and odds ratio (Robins,"
    " Breslow and Greenland), exact conditional P, Breslow-Day test with Tarone's correction"
)
RESPONSE_POPULATION = (
    "B-ALL with disease before lymphodepletion, first infusion, centers that enrolled at least"
    f" {100 * LEAST_CAPTURE:g} % of the infused, assessed at day 28, died by day {DAY_28_WINDOW[1]}, or day"
    f" {DAY_28_WINDOW[1]} over"
)
DAY_28_ASSESSMENT = (
    f"at the day 28 assessment (days {DAY_28_WINDOW[0]} to {DAY_28_WINDOW[1]}, of several the first that answers); died"
    " or not assessed counts as no response among all and is left out among evaluable"
)
RESPONSE_VARIABLE = (
    f"primary: {CR.variable}; secondary: {'; '.join(outcome.variable for outcome in OUTCOMES[1:])}; {DAY_28_ASSESSMENT}"
)
# A child that is given anakinra on the day of its death was given it.
BY_THEN = (
    "on or before the day on which the response was judged (of the assessment, else of the death, else day"
    f" {DAY_28_WINDOW[1]})"
)

CR_BY_CARHLH = ResponseComparison(
    id="cr_by_carhlh",
    title="CR rate with and without carHLH",
    first_group="carHLH",
    second_group="no carHLH",
    estimand=Estimand(
        population=RESPONSE_POPULATION,
        time_zero=f"infusion (day 0); carHLH counts when it began {BY_THEN}",
        variable=RESPONSE_VARIABLE,
        intercurrent_events=NO_RESPONSE,
        summary=CONTRAST + WITHIN_CENTERS,
    ),
    notes=(
        "carHLH is defined by each site; it began on or before the day on which the response was judged. A child must"
        " live long enough to get it: the earliest deaths fall into the other group.",
    ),
)
CR_BY_ANAKINRA = ResponseComparison(
    id="cr_by_anakinra",
    title="CR rate with and without anakinra among children with carHLH",
    first_group="anakinra",
    second_group="no anakinra",
    estimand=Estimand(
        population=f"{RESPONSE_POPULATION}; carHLH {BY_THEN}",
        time_zero="infusion (day 0); exposure counts when the first dose came on or before that day",
        variable=RESPONSE_VARIABLE,
        intercurrent_events=NO_RESPONSE,
        summary=CONTRAST + WITHIN_CENTERS,
    ),
    notes=("A child must live long enough to be given anakinra: the earliest deaths fall into the other group.",),
)
CR_COMPARISONS = (CR_BY_CARHLH, CR_BY_ANAKINRA)


def response_in_words(outcome: ResponseOutcome) -> str:
    """Return who is judged in an outcome and what is reached, a sentence each."""
    return f"Population: {RESPONSE_POPULATION}. Variable: {outcome.variable}; {DAY_28_ASSESSMENT}."


def _by_dose(*, only_carhlh: bool) -> DoseComparison:
    among = "; carHLH and the first anakinra dose" if only_carhlh else "; the first anakinra dose"
    children = "treated children with carHLH" if only_carhlh else "all treated children"
    return DoseComparison(
        id="cr_by_dose_carhlh" if only_carhlh else "cr_by_dose",
        title=f"CR rate by the dose ordered first, {children}",
        only_carhlh=only_carhlh,
        estimand=Estimand(
            population=f"{RESPONSE_POPULATION}{among} {BY_THEN}",
            time_zero="first anakinra dose; the tier is that of the first order",
            variable=RESPONSE_VARIABLE,
            intercurrent_events=(*NO_RESPONSE, ("a later change of dose", "ignored (treatment policy)")),
            summary=CONTRAST,
        ),
    )


CR_BY_DOSE = (_by_dose(only_carhlh=True), _by_dose(only_carhlh=False))
UNIFORM_CD22 = UniformTreatment(
    id="cr_uniform",
    title="CR rate with and without carHLH in uniformly treated children",
    antigen="cd22",
    lymphodepletion="flu_cy",
    cell_dose_factor=2.0,
    estimand=replace(
        CR_BY_CARHLH.estimand,
        population=(
            f"{RESPONSE_POPULATION}; one product against CD22 alone, the one most of them were given; fludarabine and"
            " cyclophosphamide; cells per kg between half and twice the median"
        ),
        variable=f"{CR.variable} at the day 28 assessment; died or not assessed counts as no response",
        summary="n/N, Clopper-Pearson limits; difference (Newcombe), two-sided Fisher P",
    ),
)
