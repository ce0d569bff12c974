"""The tables of day 28 outcomes between groups: what a reader sees, and their CSV twins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache

from analysis.endpoints.capture import CAPTURE_WANTED
from analysis.endpoints.responses import Counts, ResponsePopulation
from analysis.estimators import ProportionComparison, compare_proportions, proportion
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.responses import DAY_28_WINDOW, ResponseOutcome
from analysis.printing.parts import Cell, Table
from analysis.wording import NOT_DEFINED, decimal, headed, p_value, percent, percent_limits, ratio, ratio_limits

HEADER = (
    *("Outcome", "Group", "Among all", "Among evaluable", "Difference,\npoints"),
    *("Ratio", "Odds ratio", "P"),
)
CSV_HEADER = (
    *("outcome", "counted", "group", "x", "n", "estimate", "lower", "upper", "compared_with"),
    *("risk_difference", "risk_difference_lower", "risk_difference_upper"),
    *("miettinen_nurminen_lower", "miettinen_nurminen_upper"),
    *("risk_ratio", "risk_ratio_lower", "risk_ratio_upper"),
    *("odds_ratio", "odds_ratio_lower", "odds_ratio_upper", "p_value"),
)
HOW = (
    "n/N, % (95 % limits: Clopper-Pearson). Difference in percentage points (Newcombe), ratio (Katz) and conditional"
    " odds ratio (exact) with 95 % limits, and P (Fisher exact test, two-sided), among all; among evaluable in the CSV."
)
APART = (
    "P and limits are computed apart and can disagree near 5 %: Fisher's P counts every table that is no more likely"
    " than the observed one, exact limits of the odds ratio leave out at most 2.5 % on either side."
)
SMALL = f"Groups under {LEAST_FOR_A_SHARE} are not compared: their children stand in tables/responses.csv."


def note_on_left_out(population: ResponsePopulation) -> tuple[str, ...]:
    """Return what a table with CR rates says of the sites that are in none of them; nothing where all are in."""
    sites = ", ".join(population.left_out_sites)
    return (f"CR rates leave out {sites}: under {CAPTURE_WANTED} enrolled, or no infusion log.",) if sites else ()


def note_on_recent(population: ResponsePopulation) -> tuple[str, ...]:
    """Return who counts already among those infused so recently that others of them may still be assessed."""
    recent = population.recent
    if not recent.waiting:
        return ()
    return (
        f"Day {DAY_28_WINDOW[1]} is not over for {sum(astuple(recent))} of the children who qualify:"
        f" {recent.assessed} assessed and {recent.died} dead count, {recent.waiting} do not yet. A death counts at once"
        " and a response only when assessed, so that rates can change, and be too low, until then.",
    )


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A group of a table, and the name of the group it is compared with; None where it is compared with none."""

    group: str
    against: str | None


def response_table(
    table_id: str,
    title: str,
    found: Sequence[tuple[ResponseOutcome, Mapping[str, Counts]]],
    contrasts: Sequence[Contrast],
    notes: Sequence[str] = (),
) -> Table:
    """Return outcomes by group; `found` holds each outcome with the counts of every group that `contrasts` names."""
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    for outcome, counts in found:
        for position, contrast in enumerate(contrasts):
            group = counts[contrast.group]
            against = counts[contrast.against] if contrast.against else None
            shares = (
                share_over_limits(group.responded, group.all),
                share_over_limits(group.responded, group.evaluable),
            )
            rows.append(
                (outcome.title if position == 0 else "", headed(contrast.group), *shares, *_words(group, against))
            )
            csv_rows.extend(_csv_rows(outcome, contrast, group, against))
    return Table(
        id=table_id,
        title=title,
        header=HEADER,
        rows=tuple(rows),
        csv_header=CSV_HEADER,
        csv_rows=tuple(csv_rows),
        notes=(HOW, APART, SMALL, *notes),
    )


def share_over_limits(x: int, n: int) -> str:
    """Return n/N with its percentage, and exact limits below; a small group without the percentage, nobody as 0/0."""
    if n == 0:
        return "0/0"
    share = proportion(x, n)
    limits = f"({percent_limits(share.lower, share.upper, 0)})"
    return f"{x}/{n}\n{limits}" if n < LEAST_FOR_A_SHARE else f"{x}/{n}, {percent(share.estimate, 0)}\n{limits}"


@cache
def compare(first: Counts, second: Counts | None, *, evaluable: bool = False) -> ProportionComparison | None:
    """Return two groups compared, or None where one of them is under ten children or there is no second."""
    if second is None:
        return None
    n1, n2 = (first.evaluable, second.evaluable) if evaluable else (first.all, second.all)
    if min(n1, n2) < LEAST_FOR_A_SHARE:
        return None
    return compare_proportions(first.responded, n1, second.responded, n2)


def points(value: float, lower: float, upper: float) -> str:
    """Return a difference in percentage points, its limits below."""
    limits = NOT_DEFINED if math.isnan(lower) else f"{decimal(100 * lower, 0)} to {decimal(100 * upper, 0)}"
    return f"{decimal(100 * value, 0)}\n({limits})"


def _words(group: Counts, against: Counts | None) -> tuple[str, str, str, str]:
    if against is None:
        return "", "", "", ""
    found = compare(group, against)
    if found is None:
        return f"under {LEAST_FOR_A_SHARE}", "", "", ""
    return (
        points(found.risk_difference, found.risk_difference_lower, found.risk_difference_upper),
        _ratio(found.risk_ratio, found.risk_ratio_lower, found.risk_ratio_upper),
        _ratio(found.odds_ratio, found.odds_ratio_lower, found.odds_ratio_upper),
        p_value(found.p_value),
    )


def _ratio(value: float, lower: float, upper: float) -> str:
    return f"{ratio(value)}\n({ratio_limits(lower, upper)})"


def _csv_rows(
    outcome: ResponseOutcome, contrast: Contrast, group: Counts, against: Counts | None
) -> list[tuple[Cell, ...]]:
    rows = []
    for counted, n, is_evaluable in (("all", group.all, False), ("evaluable", group.evaluable, True)):
        share = proportion(group.responded, n)
        found = compare(group, against, evaluable=is_evaluable)
        name = (outcome.id, counted, contrast.group, group.responded, n)
        rows.append(
            (*name, share.estimate, share.lower, share.upper, contrast.against if found else None, *_values(found))
        )
    return rows


def _values(found: ProportionComparison | None) -> tuple[Cell, ...]:
    if found is None:
        return (None,) * 12
    return (
        *(found.risk_difference, found.risk_difference_lower, found.risk_difference_upper),
        *found.miettinen_nurminen,
        *(found.risk_ratio, found.risk_ratio_lower, found.risk_ratio_upper),
        *(found.odds_ratio, found.odds_ratio_lower, found.odds_ratio_upper),
        found.p_value,
    )
