"""How numbers are written for people: percentages, limits and P values, the same in every output."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from forms.typesetting import typeset

NOT_DEFINED = "not defined"
HALF_HEADER = "Half by day\n(95 % limits)"
HALF_CSV = ("half_by_day", "half_by_day_lower", "half_by_day_upper")
HALF_NOTE = (
    "Half by day: where exactly half had resolved for some days, the midpoint of that flat stretch, which ends with the"
    " next resolution, else with the last day of the curve. Its limits: the days on which the limits of the curve reach"
    " one half (Brookmeyer and Crowley 1982), also after the last day shown, since children are followed beyond it."
    " NR: not reached."
)
NO_LIMITS = (
    "Not defined: once somebody has left observation, a share of 0 or 100 % has no limits, and after the last day on"
    " which anybody was followed there is no share."
)

_MINUS = re.compile(r"(?<![\w.)-])-(?=\d)")


def printed(text: str) -> str:
    """Return text as paper shows it: units such as cells/µL and × 10⁹/L, a true minus before a negative number.

    For what people read alone; files for machines keep the letters of the forms.
    """
    return _MINUS.sub("−", typeset(text))


def decimal(value: float, places: int) -> str:
    """Return a number with fixed decimals, such as 1,229.6; infinity and undefined in words; no minus before zero."""
    if math.isnan(value):
        return NOT_DEFINED
    if math.isinf(value):
        return "infinity" if value > 0 else "minus infinity"
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if round(value, places) == 0 else text


def if_defined(value: float) -> float | None:
    """Return a number as files for machines hold it: None where it is not defined."""
    return None if math.isnan(value) else value


def headed(name: str) -> str:
    """Return a name as it begins a line, with a capital letter; one with capitals of its own, as carHLH, stays."""
    has_own = any(letter.isupper() for letter in name.partition(" ")[0])
    return name if has_own else name[:1].upper() + name[1:]


def counted(number: int, one: str, several: str) -> str:
    """Return a number with its noun: 1 child, 0 children, 1,414 days."""
    return f"{number:,} {one if number == 1 else several}"


def lower_first(text: str) -> str:
    """Return a text for the middle of a sentence."""
    return text[:1].lower() + text[1:]


def percent(value: float, places: int = 1) -> str:
    """Return a share as a percentage with its sign, such as 89.5 %."""
    return NOT_DEFINED if math.isnan(value) else f"{decimal(100 * value, places)} %"


def percent_limits(lower: float, upper: float, places: int = 1) -> str:
    """Return two limits as percentages, such as `66.9 to 98.7 %`."""
    if math.isnan(lower) or math.isnan(upper):
        return NOT_DEFINED
    return f"{decimal(100 * lower, places)} to {decimal(100 * upper, places)} %"


def share_with_limits(share: float, lower: float, upper: float, places: int = 0) -> str:
    """Return a share and its limits in percent without the sign, such as `76 (64 to 85)`, for a column that has it.

    A share that is not defined has no limits either.
    """
    if math.isnan(share):
        return NOT_DEFINED
    if math.isnan(lower) or math.isnan(upper):
        return f"{decimal(100 * share, places)} ({NOT_DEFINED})"
    return f"{decimal(100 * share, places)} ({decimal(100 * lower, places)} to {decimal(100 * upper, places)})"


def note_on_limits(rows: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return why limits or shares are not defined, where a cell of a table says so."""
    return (NO_LIMITS,) if any(NOT_DEFINED in cell for row in rows for cell in row) else ()


def share_header(day: int) -> str:
    """Return the head of a column of shares with limits, such as `share_with_limits` writes them, on two lines."""
    return f"Day {day}, %\n(95 % limits)"


def ratio(value: float) -> str:
    """Return a ratio with two decimals; one above 0 that would be printed as 0.00 as `<0.01`."""
    return "<0.01" if 0 < value < 0.005 else decimal(value, 2)


def ratio_limits(lower: float, upper: float) -> str:
    """Return the two limits of a ratio as `ratio` writes them."""
    return NOT_DEFINED if math.isnan(lower) or math.isnan(upper) else f"{ratio(lower)} to {ratio(upper)}"


def p_value(value: float) -> str:
    """Return a P value with two significant digits and at most three decimals, or `<0.001`."""
    if math.isnan(value):
        return NOT_DEFINED
    if value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if value < 0.095 else f"{value:.2f}"


def days(value: float) -> str:
    """Return a number of days, or NR (not reached)."""
    return "NR" if math.isnan(value) else f"{value:g}"


def days_limits(half: float, lower: float, upper: float) -> str:
    """Return the limits of the day on which half was reached, such as `3 to 5`; nothing where neither has a limit.

    A limit that is not reached is NR. Half can be reached without a lower limit only where the curve has none.
    """
    if math.isnan(lower):
        return "" if math.isnan(half) else NOT_DEFINED
    return f"{days(lower)} to {days(upper)}"


def days_with_limits(half: float, lower: float, upper: float) -> str:
    """Return the day on which half was reached and its limits, such as `4 (3 to 5)`, for a column that names them."""
    limits = days_limits(half, lower, upper)
    return f"{days(half)} ({limits})" if limits else days(half)
