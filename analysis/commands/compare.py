"""Compare two proportions, each given as events/people, for example 17/19 22/32."""

from __future__ import annotations

import argparse
import math
import re

from analysis.errors import AnalysisError
from analysis.estimators.proportions import Proportion, ProportionComparison, compare_proportions
from analysis.wording import decimal, p_value, percent, percent_limits, ratio, ratio_limits

MOST_DIGITS = 6
"""Digits of a number of people: the exact limits hold a number for each possible table in memory."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two proportions and the confidence level to the parser."""
    parser.add_argument("first", metavar="X1/N1", help="events and people of the first group, such as 17/19")
    parser.add_argument("second", metavar="X2/N2", help="events and people of the second group, such as 22/32")
    parser.add_argument(
        "--level", default="0.95", metavar="SHARE", help="confidence level between 0 and 1 (default 0.95)"
    )


def run(options: argparse.Namespace) -> None:
    """Print the comparison; AnalysisError says in one line what cannot be compared."""
    x1, n1 = read_fraction(options.first)
    x2, n2 = read_fraction(options.second)
    print(describe(compare_proportions(x1, n1, x2, n2, level=_read_level(options.level))))


def read_fraction(text: str) -> tuple[int, int]:
    """Return events and people from text such as `17/19`, or raise AnalysisError."""
    found = re.fullmatch(r"([0-9]+)\s*/\s*([0-9]+)", text.strip())
    if not found:
        raise AnalysisError(f"{text.strip()!r} is not events/people: write two whole numbers such as 17/19.")
    if max(len(found[1]), len(found[2])) > MOST_DIGITS:
        raise AnalysisError(f"{text.strip()!r} is too large: a number of people has at most {MOST_DIGITS} digits.")
    events, people = int(found[1]), int(found[2])
    if events > people:
        raise AnalysisError(f"{events}/{people} has more events than people: write events/people, such as 17/19.")
    return events, people


def describe(found: ProportionComparison) -> str:
    """Return the comparison as aligned text: rounded for reading first, exact values below."""
    difference = f"{decimal(100 * found.risk_difference_lower, 1)} to {decimal(100 * found.risk_difference_upper, 1)}"
    measures = [
        ("Risk difference", f"{decimal(100 * found.risk_difference, 1)} points", difference, "Newcombe hybrid score"),
        (
            "Risk ratio",
            ratio(found.risk_ratio),
            ratio_limits(found.risk_ratio_lower, found.risk_ratio_upper),
            "log-normal (Katz)",
        ),
        (
            "Odds ratio",
            ratio(found.odds_ratio),
            ratio_limits(found.odds_ratio_lower, found.odds_ratio_upper),
            "conditional maximum likelihood, exact limits",
        ),
    ]
    lines = [
        f"Two proportions compared, {100 * found.level:.12g} % confidence limits",
        "",
        *(_proportion_line(name, group) for name, group in (("First", found.first), ("Second", found.second))),
        "",
        *(f"  {name:<17}{value:<14}({limits})".ljust(55) + f"  {method}" for name, value, limits, method in measures),
        f"  {'P value':<17}{p_value(found.p_value)}".ljust(55) + "  Fisher exact test, two-sided",
        *_disagreement(found),
        "",
        "Exact values",
        *(f"  {name:<23}{_exact(value)}" for name, value in _exact_values(found)),
    ]
    return "\n".join(lines)


def _disagreement(found: ProportionComparison) -> tuple[str, ...]:
    """Return why P and the exact limits of the odds ratio decide differently, where they do."""
    is_inside = found.odds_ratio_lower <= 1 <= found.odds_ratio_upper
    if is_inside is (found.p_value > 1 - found.level):
        return ()
    return (
        "",
        "  P and the limits of the odds ratio disagree: the P value counts every table that is no more likely than the",
        f"  observed one, the limits leave out at most {50 * (1 - found.level):.12g} % on either side.",
    )


def _proportion_line(name: str, group: Proportion) -> str:
    counts = f"{group.x}/{group.n}"
    line = f"  {name:<7}{counts:<9} {percent(group.estimate):<14}({percent_limits(group.lower, group.upper)})"
    return line.ljust(55) + "  Clopper-Pearson"


def _exact_values(found: ProportionComparison) -> list[tuple[str, tuple[float, ...]]]:
    return [
        ("first proportion", (found.first.estimate, found.first.lower, found.first.upper)),
        ("second proportion", (found.second.estimate, found.second.lower, found.second.upper)),
        ("risk difference", (found.risk_difference, found.risk_difference_lower, found.risk_difference_upper)),
        ("  Miettinen-Nurminen", found.miettinen_nurminen),
        ("risk ratio", (found.risk_ratio, found.risk_ratio_lower, found.risk_ratio_upper)),
        ("odds ratio", (found.odds_ratio, found.odds_ratio_lower, found.odds_ratio_upper)),
        ("P value", (found.p_value,)),
    ]


def _exact(values: tuple[float, ...]) -> str:
    return "  ".join(f"{value:>13.8g}" if math.isfinite(value) else f"{decimal(value, 0):>13}" for value in values)


def _read_level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        raise AnalysisError(f"{text!r} is not a confidence level: write a share such as 0.95.") from None
    if not 0 < level < 1:
        raise AnalysisError(f"{text!r} is not a confidence level: write a share between 0 and 1, such as 0.95.")
    return level
