"""The table of a CR-rate comparison: the registry's rows, and the published ones below them."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.endpoints.responses import ResponseGroups
from analysis.estimators import Proportion, ProportionComparison, compare_proportions, proportion
from analysis.literature import PublishedComparison
from analysis.plan import ResponseComparison
from analysis.printing.parts import Cell, Table
from analysis.wording import decimal, p_value, percent, percent_limits

RESPONSE_HEADER = ("Source", "Group", "n/N", "CR rate", "95 % limits", "Difference (95 % limits)", "P")
RESPONSE_CSV_HEADER = (
    "source",
    "group",
    "x",
    "n",
    "estimate",
    "lower",
    "upper",
    "risk_difference",
    "risk_difference_lower",
    "risk_difference_upper",
    "odds_ratio",
    "odds_ratio_lower",
    "odds_ratio_upper",
    "p_value",
)


def response_table(
    comparison: ResponseComparison, groups: ResponseGroups, published: Sequence[PublishedComparison] = ()
) -> Table:
    """Return a CR-rate comparison of the registry, the published one below it where there is one."""
    rows, csv_rows = _comparison_rows(
        "This registry", (comparison.first_group, *groups.first), (comparison.second_group, *groups.second)
    )
    notes = [
        "Limits: Clopper-Pearson; difference in percentage points: Newcombe; P: Fisher exact test, two-sided.",
        "Groups were not assigned at random; a missing assessment and an early death count as no response.",
        *comparison.notes,
    ]
    for study in published:
        more, more_csv = _comparison_rows(
            study.study, (study.first_group, *study.first), (study.second_group, *study.second)
        )
        rows, csv_rows = rows + more, csv_rows + more_csv
        notes.append(
            f"{study.source}: counts and P ({study.p_printed}) as printed, limits computed here. {study.remark}"
            " Shown beside, never pooled."
        )
    return Table(
        id=comparison.id,
        title=comparison.title,
        header=RESPONSE_HEADER,
        rows=tuple(rows),
        csv_header=RESPONSE_CSV_HEADER,
        csv_rows=tuple(csv_rows),
        notes=tuple(notes),
    )


def _comparison_rows(
    source: str, first: tuple[str, int, int], second: tuple[str, int, int]
) -> tuple[list[tuple[str, ...]], list[tuple[Cell, ...]]]:
    """Return the two rows of a comparison; the contrast stands in the first, and is left out when a group is empty."""
    comparable = first[2] > 0 and second[2] > 0
    found = compare_proportions(first[1], first[2], second[1], second[2]) if comparable else None
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    for position, (name, x, n) in enumerate((first, second)):
        share = proportion(x, n)
        contrast = found if position == 0 else None
        rows.append((source if position == 0 else "", name, *_share_words(share), *_contrast_words(contrast, position)))
        csv_rows.append((source, name, x, n, share.estimate, share.lower, share.upper, *_contrast_values(contrast)))
    return rows, csv_rows


def _share_words(share: Proportion) -> tuple[str, str, str]:
    if share.n == 0:
        return "0/0", "no child yet", ""
    return f"{share.x}/{share.n}", percent(share.estimate), percent_limits(share.lower, share.upper)


def _contrast_words(found: ProportionComparison | None, position: int) -> tuple[str, str]:
    if found is None:
        return ("", "") if position else ("a group is empty", "")
    limits = f"{decimal(100 * found.risk_difference_lower, 1)} to {decimal(100 * found.risk_difference_upper, 1)}"
    return f"{decimal(100 * found.risk_difference, 1)} ({limits})", p_value(found.p_value)


def _contrast_values(found: ProportionComparison | None) -> tuple[Cell, ...]:
    if found is None:
        return (None,) * 7
    return (
        found.risk_difference,
        found.risk_difference_lower,
        found.risk_difference_upper,
        found.odds_ratio,
        found.odds_ratio_lower,
        found.odds_ratio_upper,
        found.p_value,
    )
