"""The check that lays the laboratory values of the state at the first dose beside the laboratory page of that day."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from forms.anchors import anchors_of
from forms.casebook.anakinra_course_start import AT_START
from forms.context import Context
from forms.form import Anchor, Check
from forms.items import SOFT
from forms.values import Measurement, Row, answer

TIMES_APART = 2
_LABORATORY = ("ferritin", "fibrinogen", "anc", "platelets", "crp", "ldh", "egfr")
"""What the state at the first dose and the laboratory page both ask for."""

LOW = {"anc": Decimal("0.5"), "platelets": Decimal(20)}
"""Counts, in 10^9/L, under which twice as many are no more than the counter's noise."""


def _same_day(row: Row, context: Context) -> list[Row]:
    """Return the laboratory pages of the day of the first dose, up to that dose."""
    start = answer(row, "started_at")
    sampled = ((answer(page, "sampled_at"), page) for page in context.rows["laboratory"])
    return [
        page
        for at, page in sampled
        if isinstance(start, datetime) and isinstance(at, datetime) and at.date() == start.date() and at <= start
    ]


def _compared(row: Row, context: Context) -> dict[str, list[tuple[Row, Measurement]]]:
    """Return analyte -> the pages of that day with an exact value of it, for the exact values of the state."""
    pages = _same_day(row, context)
    found = {}
    for name in _LABORATORY:
        if _exact(row, f"at_start_{name}") is not None:
            values = ((page, _exact(page, name)) for page in pages)
            found[name] = [(page, value) for page, value in values if value is not None]
    return {name: values for name, values in found.items() if values}


def _exact(row: Row, item: str) -> Measurement | None:
    value = answer(row, item)
    return value if isinstance(value, Measurement) and not value.sign else None


def _apart(row: Row, context: Context) -> dict[str, list[tuple[Row, Measurement]]]:
    """Return what was compared where every page of that day is more than twice or less than half the state."""
    return {
        name: values
        for name, values in _compared(row, context).items()
        if (own := _exact(row, f"at_start_{name}")) and all(_is_far(name, own, value) for _, value in values)
    }


def _is_far(name: str, one: Measurement, other: Measurement) -> bool:
    less, more = sorted((one.value, other.value))
    return more > less * TIMES_APART and more >= LOW.get(name, 0)


def _state_fits_the_laboratory(row: Row, context: Context) -> bool | None:
    return not _apart(row, context) if _compared(row, context) else None


def _which_are_apart(row: Row, context: Context) -> str:
    said = []
    for name, values in _apart(row, context).items():
        item = AT_START[f"at_start_{name}"]
        others = " and ".join(dict.fromkeys(item.show(value) for _, value in values))
        said.append(f"{item.label} {item.show(answer(row, f'at_start_{name}'))} here and {others} there")
    return "; ".join(said)


def _pages_apart(row: Row, context: Context) -> tuple[Anchor, ...]:
    apart = _apart(row, context)
    return tuple(
        anchor
        for name, values in apart.items()
        for page, _ in values
        for anchor in anchors_of("laboratory", [page], name)
    )


START_CHECKS: tuple[Check, ...] = (
    Check(
        id="anakinra_course.state_fits_laboratory",
        group=35,
        severity=SOFT,
        items=tuple(f"at_start_{name}" for name in _LABORATORY),
        message="More than twofold apart from the laboratory page of the same day: {why}. Which is right? Correct one "
        "of them, or say why.",
        holds=_state_fits_the_laboratory,
        explain=_which_are_apart,
        uses=("laboratory",),
        also=_pages_apart,
    ),
)
