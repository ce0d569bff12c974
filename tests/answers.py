"""Plainly synthetic answers to every item of a form, as a person types them, and the pages it takes to ask them all."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from forms.branching import When
from forms.form import Form
from forms.items import Choice, CodeList, Day, Item, Link, Measured, Moment, MultiChoice, Numeric, Text, YesNo

DAY, TIME = "2026-03-10", "2026-03-10 08:00"

Typed = dict[str, list[str]]
"""Field name -> texts, as a page posts them."""


def pages(form: Form, links: Mapping[str, str], fixed: Mapping[str, str]) -> Iterator[Typed]:
    """Yield pages that together answer every item of a form; ``links`` is form name -> record key."""
    missing = set(form.typed_items)
    while missing:
        target = next(name for name in form.typed_items if name in missing)
        wanted = {**_wanted(form, target), **fixed}
        page = _page(form, wanted, links)
        assert target in page, f"{form.name}.{target} is asked by no answers"
        missing -= set(page)
        yield page


def _page(form: Form, wanted: Mapping[str, str], links: Mapping[str, str]) -> Typed:
    typed: Typed = {}
    row = {}
    for name, item in form.typed_items.items():
        if item.ask_if is None or item.ask_if.holds(row):
            texts = [links[item.form]] if isinstance(item, Link) else _texts(item, wanted.get(name, ""))
            typed[name] = texts
            row[name] = item.parse(";".join(texts))
    return typed


def _wanted(form: Form, target: str) -> dict[str, str]:
    """Return answers that make a form ask an item."""
    condition = form.items[target].ask_if
    return _answers_for(form, condition, want=True) if condition else {}


def _answers_for(form: Form, condition: When, *, want: bool) -> dict[str, str]:
    want = want is not condition.negated
    if condition.every or condition.some:
        parts = condition.every + condition.some
        needed = parts if bool(condition.every) is want else parts[:1]
        found: dict[str, str] = {}
        for part in needed:
            found |= _answers_for(form, part, want=want)
        return found
    return {**_wanted(form, condition.item), condition.item: _answer(form.items[condition.item], condition, want)}


def _answer(item: Item, condition: When, want: bool) -> str:
    if condition.at_least is not None:
        return str(condition.at_least if want else condition.at_least - 1)
    if isinstance(item, YesNo):
        wanted = condition.is_in[0] if condition.is_in else "yes"
        return wanted if want else {"yes": "no", "no": "yes"}[wanted]
    codes = _codes(item).labels
    return condition.is_in[0] if want else next(code for code in codes if code not in condition.is_in)


def _codes(item: Item) -> CodeList:
    assert isinstance(item, (Choice, MultiChoice))
    return item.codes


def _texts(item: Item, wanted: str) -> list[str]:
    if wanted:
        return [wanted]
    if isinstance(item, MultiChoice):
        return [code for code in item.codes.labels if code != item.none][:2]
    if isinstance(item, Choice):
        return [list(item.codes.labels)[-1]]
    if isinstance(item, YesNo):
        return ["yes"]
    if isinstance(item, (Day, Moment)):
        return [DAY if isinstance(item, Day) else TIME]
    if isinstance(item, Numeric):
        return [_number(item)]
    assert isinstance(item, Text)
    return ["Zürich; “quoted”, two\nlines" if item.max_length > 200 else "é 1"[: item.max_length]]


def _number(item: Numeric) -> str:
    low, high = (Decimal(str(limit)) for limit in (item.soft_low or item.low, item.soft_high or item.high))
    middle = ((low + high) / 2).quantize(Decimal(1).scaleb(-item.decimals))
    return f"<{middle}" if isinstance(item, Measured) else str(middle)
