"""A comparison of CR within centers and subgroups: the forest plot, and the Mantel-Haenszel table over centers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from analysis.chapters.response_tables import points
from analysis.endpoints.response_strata import Stratum
from analysis.estimators import RiskDifference, StratifiedComparison, risk_difference, stratified_proportions
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.responses import SMALL_CENTER_BELOW, ResponseComparison, ResponseOutcome
from analysis.printing.forest_figure import ForestRow, forest_figure
from analysis.printing.parts import Cell, FigureOnPage, Table
from analysis.wording import NOT_DEFINED, headed, p_value, ratio, ratio_limits

Strata = Sequence[Stratum]
CENTERS = "Centers"


def pooled_over_centers(centers: Strata) -> StratifiedComparison | None:
    """Return the comparison pooled over centers; None with a group under ten children, or none compared in a center."""
    smaller = min(sum(center.first.all for center in centers), sum(center.second.all for center in centers))
    if smaller < LEAST_FOR_A_SHARE or not any(center.weight for center in centers):
        return None
    return stratified_proportions(
        [center.first.responded for center in centers],
        [center.first.all for center in centers],
        [center.second.responded for center in centers],
        [center.second.all for center in centers],
    )


def forest_on_page(
    comparison: ResponseComparison,
    centers: Strata,
    subgroups: Mapping[str, Strata],
    pooled: StratifiedComparison,
    cut_line: str,
) -> FigureOnPage:
    """Return the forest plot of CR or CRi among all children, with its CSV twin."""
    blocks = {CENTERS: centers, **subgroups}
    largest = max(stratum.weight for strata in blocks.values() for stratum in strata)
    rows = []
    for title, strata in blocks.items():
        rows.append(ForestRow(name=title, is_heading=True))
        rows += [_row(title, stratum, largest) for stratum in strata]
        if title == CENTERS:
            rows.append(_pooled_row(centers, pooled))
    title = f"CR or CRi: {comparison.first_group} against {comparison.second_group}"
    first, second = (sum(getattr(center, side).all for center in centers) for side in ("first", "second"))
    whom = f"n = {first + second}: {first} {comparison.first_group}, {second} {comparison.second_group}"
    return FigureOnPage(
        id=f"{comparison.id}_forest",
        figure=forest_figure(
            rows,
            title=f"{title}\n{whom}",
            first_group=comparison.first_group,
            second_group=comparison.second_group,
            footnote=f"{cut_line} · {comparison.id}_forest",
        ),
        alt=f"Forest plot. {title}, difference in percentage points. " + _in_words(blocks, pooled),
        caption=(
            "CR or CRi among all children, n/N in each group and their difference. Squares: Newcombe limits, area by"
            " the Mantel-Haenszel weight. Diamond: Mantel-Haenszel over centers, Sato limits."
            f" {_homogeneity(pooled)} Centers of any size are drawn because they are pooled: one with few children says"
            f" little by itself, and those with fewer than {SMALL_CENTER_BELOW} compared children stand together."
            f" Subgroups are not adjusted for center; with fewer than {LEAST_FOR_A_SHARE} children in a group they show"
            " counts alone. No center or subgroup is tested by itself."
        ),
        numbers=_numbers(comparison, blocks, pooled),
    )


def by_center_table(
    comparison: ResponseComparison, found: Sequence[tuple[ResponseOutcome, Strata, StratifiedComparison | None]]
) -> Table:
    """Return each outcome among all children, compared within centers and pooled over them."""
    return Table(
        id=f"{comparison.id}_by_center",
        title=f"Within centers (Mantel-Haenszel): {comparison.first_group} against {comparison.second_group}",
        header=("Outcome", "Centers", "Difference,\npoints", "Ratio", "Odds ratio", "P", "P same odds ratio"),
        rows=tuple((outcome.title, *_pooled_words(strata, pooled)) for outcome, strata, pooled in found),
        csv_header=(
            *("outcome", "centers", "centers_compared"),
            *(f"{name}{part}" for name in ("risk_difference", "risk_ratio", "odds_ratio") for part in PARTS),
            *("p_value", "homogeneity_statistic", "homogeneity_df", "homogeneity_p_value"),
        ),
        csv_rows=tuple((outcome.id, *_pooled_values(strata, pooled)) for outcome, strata, pooled in found),
        notes=(
            "Among all children. Centers: those in which both groups have a child, of all; others tell nothing."
            " Difference: Sato's variance; ratio: Greenland and Robins; odds ratio: Robins, Breslow and Greenland;"
            " 95 % limits. P: exact conditional test within centers, two-sided, as Fisher's in one table; limits and P"
            " are computed apart and can disagree near 5 %. Last column: Breslow-Day test with Tarone's correction, by"
            " chi-squared.",
        ),
    )


PARTS = ("", "_lower", "_upper")


def _row(title: str, stratum: Stratum, largest: float) -> ForestRow:
    found = _difference(title, stratum)
    why_not = f"under {LEAST_FOR_A_SHARE}" if stratum.weight else "one group only"
    return ForestRow(
        name=headed(stratum.name),
        first=f"{stratum.first.responded}/{stratum.first.all}",
        second=f"{stratum.second.responded}/{stratum.second.all}",
        difference=None if found is None else (100 * found.estimate, 100 * found.lower, 100 * found.upper),
        weight=stratum.weight / largest,
        words=why_not if found is None else points(*_triple(found)).replace("\n", " "),
    )


def _pooled_row(centers: Strata, pooled: StratifiedComparison) -> ForestRow:
    limits = (pooled.risk_difference, pooled.risk_difference_lower, pooled.risk_difference_upper)
    is_known = not math.isnan(pooled.risk_difference_lower)
    return ForestRow(
        name="Within centers, pooled",
        first=f"{sum(one.first.responded for one in centers)}/{sum(one.first.all for one in centers)}",
        second=f"{sum(one.second.responded for one in centers)}/{sum(one.second.all for one in centers)}",
        difference=(100 * limits[0], 100 * limits[1], 100 * limits[2]) if is_known else None,
        words=points(*limits).replace("\n", " "),
        is_pooled=True,
    )


def _difference(title: str, stratum: Stratum) -> RiskDifference | None:
    """Return the difference of any center, since all are pooled, and of a subgroup with two groups large enough."""
    first, second = stratum.first, stratum.second
    least = 1 if title == CENTERS else LEAST_FOR_A_SHARE
    if min(first.all, second.all) < least:
        return None
    return risk_difference(first.responded, first.all, second.responded, second.all)


def _triple(found: RiskDifference | None) -> tuple[float, float, float] | tuple[None, None, None]:
    return (found.estimate, found.lower, found.upper) if found else (None, None, None)


def _homogeneity(pooled: StratifiedComparison) -> str:
    if not pooled.homogeneity_df:
        return "Whether the centers agree cannot be tested."
    return (
        f"Same odds ratio in all centers: P = {p_value(pooled.homogeneity_p_value)} (Breslow-Day test with Tarone's"
        f" correction, {pooled.homogeneity_df} df)."
    )


def _in_words(blocks: Mapping[str, Strata], pooled: StratifiedComparison) -> str:
    words = [
        f"{title}: {stratum.name} {stratum.first.responded}/{stratum.first.all} against"
        f" {stratum.second.responded}/{stratum.second.all}"
        + ("" if (found := _difference(title, stratum)) is None else f", {points(*_triple(found))}".replace("\n", " "))
        for title, strata in blocks.items()
        for stratum in strata
    ]
    over_centers = points(pooled.risk_difference, pooled.risk_difference_lower, pooled.risk_difference_upper)
    return "; ".join([*words, f"pooled over centers {over_centers}".replace("\n", " ")]) + "."


def _numbers(comparison: ResponseComparison, blocks: Mapping[str, Strata], pooled: StratifiedComparison) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            *(title, stratum.name, stratum.first.responded, stratum.first.all),
            *(stratum.second.responded, stratum.second.all, *_triple(_difference(title, stratum))),
            stratum.weight,
        )
        for title, strata in blocks.items()
        for stratum in strata
    ]
    limits = (pooled.risk_difference, pooled.risk_difference_lower, pooled.risk_difference_upper)
    rows.append(("pooled", "Mantel-Haenszel over centers", None, None, None, None, *limits, None))
    return Table(
        id=f"{comparison.id}_forest",
        title="Numbers of the figure",
        header=(),
        rows=(),
        csv_header=(
            *("block", "stratum", "x1", "n1", "x2", "n2"),
            *(f"risk_difference{part}" for part in PARTS),
            "weight",
        ),
        csv_rows=tuple(rows),
    )


def _pooled_words(strata: Strata, pooled: StratifiedComparison | None) -> tuple[str, ...]:
    compared = f"{sum(stratum.weight > 0 for stratum in strata)} of {len(strata)}"
    if pooled is None:
        return compared, f"under {LEAST_FOR_A_SHARE}", "", "", "", ""
    return (
        compared,
        points(pooled.risk_difference, pooled.risk_difference_lower, pooled.risk_difference_upper),
        f"{ratio(pooled.risk_ratio)}\n({ratio_limits(pooled.risk_ratio_lower, pooled.risk_ratio_upper)})",
        f"{ratio(pooled.odds_ratio)}\n({ratio_limits(pooled.odds_ratio_lower, pooled.odds_ratio_upper)})",
        p_value(pooled.exact_p_value),
        p_value(pooled.homogeneity_p_value) if pooled.homogeneity_df else NOT_DEFINED,
    )


def _pooled_values(strata: Strata, pooled: StratifiedComparison | None) -> tuple[Cell, ...]:
    centers = (len(strata), sum(stratum.weight > 0 for stratum in strata))
    if pooled is None:
        return (*centers, *(None,) * 13)
    return (
        *centers,
        *(pooled.risk_difference, pooled.risk_difference_lower, pooled.risk_difference_upper),
        *(pooled.risk_ratio, pooled.risk_ratio_lower, pooled.risk_ratio_upper),
        *(pooled.odds_ratio, pooled.odds_ratio_lower, pooled.odds_ratio_upper),
        *(pooled.exact_p_value, pooled.homogeneity_statistic, pooled.homogeneity_df, pooled.homogeneity_p_value),
    )
