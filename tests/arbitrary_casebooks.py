"""Casebooks with any answer an item can have, or none, in any combination: drawn from a seed.

Hypothesis chooses the seed. Drawing each answer by itself would take a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from forms.casebook import CASEBOOK
from forms.items import Choice, Count, Day, Item, Link, Measured, Moment, MultiChoice, Number, Numeric, YesNo
from forms.values import Measurement, NullFlavour, PartialDate, Row

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
FIRST_DAY, DAYS = date(2026, 2, 25), 60
KEYS = {"infusion": ["i1", "i2"], "toxicity_episode": ["t1", "t2"], "anakinra_course": ["c1", "c2"]}
MOST_ROWS = 6


def casebook(seed: int, forms: Iterable[str] = tuple(CASEBOOK)) -> dict[str, tuple[Row, ...]]:
    """Return a child's rows of the given forms; most links point to records that are there."""
    random = Random(seed)
    return {name: _rows(random, name) for name in sorted(forms)}


def _rows(random: Random, name: str) -> tuple[Row, ...]:
    form, keys = CASEBOOK[name], KEYS.get(name, [])
    most = len(keys) or (MOST_ROWS if form.repeats else 1)
    given = random.choice((0.3, 0.9, 1.0))
    return tuple(
        {
            "key": keys[number] if keys else f"{name}-{number}",
            **{item: answer_to(random, asked) for item, asked in form.typed_items.items() if random.random() < given},
        }
        for number in range(random.randint(0, most))
    )


def answer_to(random: Random, item: Item) -> Any:
    """Return any answer to an item; one in twenty is missing for a reason."""
    if item.missing and random.random() < 0.05:
        return random.choice(list(NullFlavour))
    return _answer(random, item)


def _answer(random: Random, item: Item) -> Any:
    if isinstance(item, YesNo):
        return random.random() < 0.5
    if isinstance(item, Choice):
        return random.choice(list(item.codes.labels))
    if isinstance(item, MultiChoice):
        chosen = random.sample(list(item.codes.labels), random.randint(1, min(3, len(item.codes.labels))))
        return tuple(code for code in item.codes.labels if code in chosen)
    if isinstance(item, Measured):
        return Measurement(value=_number(random, item), sign=random.choice(("", "", "", "<", ">")))
    if isinstance(item, Count):
        return int(_number(random, item))
    if isinstance(item, Number):
        return _number(random, item)
    if isinstance(item, (Day, Moment)):
        return _date(random, item)
    if isinstance(item, Link):
        key = random.choice(KEYS.get(item.form, ["x1"]))
        return (key,) if item.many else key
    return "text"


def _number(random: Random, item: Numeric) -> Decimal:
    """Return a number within the limits, as often near the lower end as anywhere: there the grades lie."""
    assert item.low is not None and item.high is not None
    low, high = float(item.low), float(item.high)
    share = random.random() ** random.choice((1, 4))
    step = Decimal(1).scaleb(-item.decimals)
    return min(Decimal(str(low + share * (high - low))).quantize(step), Decimal(item.high))


def _date(random: Random, item: Day | Moment) -> Any:
    day = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    at = datetime.combine(day, time(random.randrange(24)))
    if not item.partial:
        return at if isinstance(item, Moment) else day
    texts = [str(day)[:7], str(day)] + ([at.isoformat(timespec="minutes")] if isinstance(item, Moment) else [])
    return PartialDate(random.choice(texts))
