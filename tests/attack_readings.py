"""How an attacker reads one released cell: can it be the cell of the child he knows?

Each reading takes what he knows and the texts of a cell (or of a column in all rows of a child), and says no only
where they contradict each other. A text that he cannot read is an error: the attack would be weaker than it looks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from attack_knowledge import Known, Span
from forms.dosing.tiers import dose_tier

Reading = Callable[[Known, frozenset[str]], bool]
"""From what is known and the texts a child has in a column to whether they fit; no text: the child has no row."""

MASKED = "MSK"
UNKNOWN = "not known"
FAR = 10**6
DAYS_OF_A_COURSE = re.compile(r"at most (\d+) days|(\d+) to (\d+) days|more than (\d+) days")
_WINDOW = re.compile(r"(before day 0)|day (\d+) to (\d+)|after day (\d+)")
_RANGE = re.compile(r"under (\d+)\D*|(\d+) to under (\d+)\D*|(\d+) to (\d+)\D*|(\d+)\D* or more")


class Unreadable(ValueError):
    """The release says something that the attacker has no reading for."""


def window_days(text: str) -> tuple[int, int]:
    """Return the first and the last day of a window of days."""
    found = _WINDOW.fullmatch(text)
    if not found:
        raise Unreadable(text)
    before, low, high, after = found.groups()
    if before:
        return -FAR, -1
    return (int(low), int(high)) if low else (int(after) + 1, FAR)


def range_of(text: str) -> tuple[float, float]:
    """Return the ends of a range of numbers; whole numbers where both ends belong to it."""
    found = _RANGE.fullmatch(text)
    if not found:
        raise Unreadable(text)
    under, low, below, first, last, least = found.groups()
    if under:
        return -math.inf, math.nextafter(float(under), 0)
    if low:
        return float(low), math.nextafter(float(below), 0)
    return (float(first), float(last)) if first else (float(least), math.inf)


def course_days(text: str) -> tuple[int, int]:
    """Return the fewest and the most days that a length of a course can mean."""
    found = DAYS_OF_A_COURSE.fullmatch(text)
    if not found:
        raise Unreadable(text)
    most, low, high, more = found.groups()
    if most:
        return 0, int(most)
    return (int(low), int(high)) if low else (int(more) + 1, FAR)


def meet(one: tuple[float, float] | None, other: tuple[float, float]) -> bool:
    """Tell whether two ranges share a number; None is no number at all."""
    return one is not None and one[0] <= other[1] and other[0] <= one[1]


def cell(read: Callable[[Known, str], bool]) -> Reading:
    """Return the reading of a column of the children: one text each, which may be masked."""

    def reads(known: Known, texts: frozenset[str]) -> bool:
        return all(text in ("", MASKED) or read(known, text) for text in texts)

    return reads


def happened(name: str, *, after: bool = False) -> Reading:
    """Return the reading of a window, or yes and no, of the first of some dates."""

    def read(known: Known, text: str) -> bool:
        spans: tuple[Span, ...] | None = getattr(known, name)
        if spans is None:
            return True
        days = known.days_of(spans, after=after) if known.infused else None
        is_told = bool(spans) if known.infused is None else days is not None
        if text in ("none", "no"):
            return not is_told
        if text in ("yes", "on a day not known"):
            return is_told
        window = window_days(text)
        return is_told and (days is None or meet(days, window))

    return cell(read)


def _code(name: str) -> Reading:
    def read(known: Known, text: str) -> bool:
        value = getattr(known, name)
        if text == UNKNOWN:
            return not value
        if value is None:
            return known.center is None or name not in known.center or _is_infused_there(known, name, text)
        return text == value or (text == "other" and not _is_shown_alone(name, value)) or _either(text, value)

    return cell(read)


SHOWN_ALONE = {"antigens": "cd19", "disease": "b_all"}
"""What a coarser column tells from all others."""


def _is_shown_alone(name: str, value: str) -> bool:
    return SHOWN_ALONE.get(name) == value


def _either(text: str, value: str) -> bool:
    return text == "yes" and value != "none"


def _is_infused_there(known: Known, name: str, text: str) -> bool:
    assert known.center is not None
    if text == "other":
        return any(not _is_shown_alone(name, code) for code in known.center[name])
    return text in known.center[name]


def _age(known: Known, text: str) -> bool:
    if known.age_years is None:
        return True
    return text != UNKNOWN and meet(known.age_years, range_of(text))


def _weight(known: Known, text: str) -> bool:
    if known.weight_kg is None or text == UNKNOWN:
        return True
    return meet((float(known.weight_kg),) * 2, range_of(text))


def _year(known: Known, text: str) -> bool:
    if text == UNKNOWN:
        return known.infused is None
    low, high = (int(text), int(text)) if text.isdigit() else range_of(text)
    if known.infused is not None:
        return meet((known.infused[0].year, known.infused[1].year), (low, high))
    return not known.died or low <= known.died[-1][1].year


def _infusions(known: Known, text: str) -> bool:
    if text not in ("at most 1", "2 or more"):
        raise Unreadable(text)
    return known.infusions is None or (text == "at most 1") == (known.infusions <= 1)


def _events(known: Known, text: str) -> bool:
    if known.events is None:
        return True
    if text in ("none", "no"):
        return not known.events
    shown = set(text.split(";"))
    if shown & {"yes", "any", "pooled"}:
        return bool(known.events)
    return shown == known.events


def _course_length(known: Known, text: str) -> bool:
    if known.doses is None or known.last_dose is None:
        return True
    if text == "none" or not known.doses or not known.last_dose:
        return text == "none" and not (known.doses and known.last_dose)
    fewest = (known.last_dose[-1][0] - known.doses[0][1]).days
    most = (known.last_dose[-1][1] - known.doses[0][0]).days
    return meet((fewest, most), course_days(text))


def _dose(known: Known, text: str) -> bool:
    if known.was_given is None:
        return True
    if text in ("none", "no"):
        return not known.was_given
    if text == "yes" or not known.was_given:
        return known.was_given
    tier = dose_tier(known.dose_mg_per_kg_day, known.capped)
    return (UNKNOWN if tier is None else tier) in text.split(" or ")


def _pages(known: Known, text: str) -> bool:
    return text == "none" or all(can_have_page(known, window) for window in text.split(";"))


def can_have_page(known: Known, window: str) -> bool:
    """Tell whether something can have been recorded in a window of days: the child was infused and alive by then."""
    if window == "no day" or known.infused is None:
        return True
    first = window_days(window)[0]
    if (known.data_date - known.infused[0]).days < first:
        return False
    death = known.days_of(known.died) if known.died else None
    return death is None or first <= death[1]


def seen_at_day_28(known: Known) -> bool:
    """Tell whether a response of day 28 can have been assessed, from day 21 on."""
    return can_have_page(known, "day 21 to 28")


def _at_day_28(known: Known, text: str) -> bool:
    return seen_at_day_28(known) or text != "yes"


CHILDREN: Mapping[str, Reading] = {
    "sex": cell(lambda known, text: known.sex is None or text == known.sex),
    "age": cell(_age),
    "infusion_year": cell(_year),
    "disease": _code("disease"),
    "product": _code("product"),
    "antigens": _code("antigens"),
    "prior_transplant": cell(lambda known, text: True),
    "infusions": cell(_infusions),
    "weight": cell(_weight),
    "discharge": happened("discharged", after=True),
    "intensive_care": happened("intensive_care", after=True),
    "transplant": happened("transplants", after=True),
    "death": happened("died"),
    "adverse_events": cell(_events),
    "anakinra_start": happened("doses"),
    "anakinra_days": cell(_course_length),
    "anakinra_dose": cell(_dose),
    "course": cell(_pages),
    "day_28": cell(_at_day_28),
}
"""Columns of `children.csv`; a column without a reading is an error. Nobody of the five knows a transplant before."""
