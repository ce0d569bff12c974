"""The data dictionary: one row per item of the casebook, as data, as CSV and as Markdown.

``python -m forms.dictionary > docs/data-dictionary.md`` writes the page that a test compares with the casebook.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from decimal import Decimal

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import YES_NO, Choice, Day, Derived, Item, Link, Measured, Moment, MultiChoice, Numeric, Text, YesNo
from forms.rule_set import RuleSet, newest
from forms.rule_sets import RULE_SETS
from forms.values import plain


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One item of a form as the dictionary shows it: every field is text."""

    form: str
    item: str
    kind: str
    label: str
    unit: str
    codes: str
    limits: str
    usual: str
    asked_if: str
    required: str
    part: str
    privacy: str
    derives_from: str
    since: str
    until: str
    help: str


def entries(forms: Iterable[Form] = tuple(CASEBOOK.values())) -> Iterator[Entry]:
    """Yield the dictionary's rows in casebook order."""
    for form in forms:
        for name, item in form.items.items():
            yield entry(form, name, item)


def entry(form: Form, name: str, item: Item) -> Entry:
    """Return the dictionary's row of one item."""
    shown = item.result if isinstance(item, Derived) else item
    return Entry(
        form=form.name,
        item=name,
        kind=_kind(item),
        label=item.label,
        unit=item.unit,
        codes="; ".join(f"{code} = {label}" for code, label in _codes(shown).items()),
        limits=_limits(shown),
        usual=_usual(shown),
        asked_if=form.asked_if(name),
        required="yes" if item.required else "",
        part="extended" if item.extended else "core",
        privacy=item.privacy.value + (", known to outsiders" if item.known_to_outsiders else ""),
        derives_from=", ".join(item.derives_from),
        since=str(item.since),
        until="" if item.until is None else str(item.until),
        help=item.help,
    )


class _Text(list[str]):
    """What a CSV writer writes to when nothing shall touch a file."""

    def write(self, part: str) -> None:
        self.append(part)


def as_csv() -> str:
    """Return the dictionary as CSV with LF line ends, the form in which a released dictionary is kept."""
    text = _Text()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Entry))
    writer.writerows(astuple(row) for row in entries())
    return "".join(text)


def as_markdown() -> str:
    """Return the dictionary as a page: a chapter per form, a table of its items, then its checks."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from `forms/casebook/` by `python -m forms.dictionary`; do not edit it by hand.",
        "Core items are asked of every infused child; extended ones only beyond the light path.",
        "",
        "| form | items | core | required | checks |",
        "|---|--:|--:|--:|--:|",
        *map(_summary, CASEBOOK.values()),
        "",
    ]
    for form in CASEBOOK.values():
        lines += _chapter(form)
    lines += _rule_sets(RULE_SETS)
    return "\n".join(lines)


def _summary(form: Form) -> str:
    typed = form.typed_items.values()
    core = sum(not item.extended for item in typed)
    required = sum(item.required for item in typed)
    return f"| {form.number} {form.title} | {len(form.items)} | {core} | {required} | {len(form.checks)} |"


def _chapter(form: Form) -> Iterator[str]:
    repeats = "one page for each" if form.repeats else "one page per child"
    yield from (f"## {form.number}. {form.title} (`{form.name}`)", "")
    yield from (f"Version {form.version}, {repeats}. {form.intro}", "")
    yield "| item | label and help | kind, unit, codes | limits | asked if | privacy | part |"
    yield "|---|---|---|---|---|---|---|"
    for name, item in form.items.items():
        if item.section:
            yield f"| | **{_cell(item.section)}** | | | | | |"
        yield _line(entry(form, name, item))
    yield ""
    if form.checks:
        yield from ("| check | severity | message |", "|---|---|---|")
        for check in form.checks:
            yield f"| `{check.id}` | {check.severity.value} | {_cell(_named(check.message))} |"
        yield ""


def _rule_sets(rule_sets: Iterable[RuleSet]) -> Iterator[str]:
    """Yield the chapter of the rule sets: what each derives, from where, and what was decided where that is silent."""
    yield from ("## Rule sets", "")
    yield "Computed by the server from the answers, never typed. A changed rule is a new version: it adds results and"
    yield "overwrites none. A grade of which signs are missing is a lower bound; what cannot be graded says why."
    yield "N stands for any number."
    yield "Of a rule set with several versions pages show and analyses read the newest. The ones before it are worked"
    yield "out too and stand beside it in every cut, so that an earlier result can be followed."
    yield "Not verified means written from memory or known second-hand, to be confirmed against the printed source."
    yield "The NCI definition of carHLH and that of Hines 2021 are not coded: the clinician's yes or no stands."
    yield from ("", "| rule set | version | on form | values | source | verified |", "|---|---|---|---|---|---|")
    known = tuple(rule_sets)
    stands = newest(known)
    for one in known:
        verified = "yes" if one.verified else "**not verified**"
        title = one.title if one in stands else f"{one.title}; **earlier version**"
        cells = (f"`{one.id}` {title}", one.version, f"`{one.form}`", ", ".join(one.values), one.source, verified)
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"
    yield from ("", "| rule set | decided by the registry |", "|---|---|")
    yield from (f"| `{one.id}` {one.version} | {_cell(' '.join(one.decisions))} |" for one in known if one.decisions)
    yield from ("", "| rule set | what this version says otherwise than the one before |", "|---|---|")
    yield from (f"| `{one.id}` {one.version} | {_cell(one.changed)} |" for one in known if one.changed)
    yield ""


def _line(row: Entry) -> str:
    kind = row.kind + (f", {row.unit}" if row.unit else "") + (f": {row.codes}" if row.codes else "")
    limits = row.limits + (f"; usual {row.usual}" if row.usual else "")
    privacy = row.privacy + (f"; gives away {row.derives_from}" if row.derives_from else "")
    part = row.part + (", required" if row.required else "")
    cells = (f"`{row.item}`", f"**{row.label}** {row.help}", kind, limits, row.asked_if, privacy, part)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _named(message: str) -> str:
    """Return a message with its answers in braces, without how each is written on the page."""
    return message.replace(":small}", "}")


def _kind(item: Item) -> str:
    if isinstance(item, Derived):
        return f"derived {item.result.kind}"
    if isinstance(item, (Day, Moment)) and item.partial:
        return f"partial {item.kind}"
    if isinstance(item, Link):
        return f"{'links' if item.many else 'link'} to {item.form}"
    return item.kind


def _codes(item: Item) -> dict[str, str]:
    if isinstance(item, (Choice, MultiChoice)):
        return dict(item.codes.labels)
    return dict(YES_NO.labels) if isinstance(item, YesNo) else {}


def _limits(item: Item) -> str:
    if isinstance(item, Text):
        return f"at most {item.max_length} characters"
    if not isinstance(item, Numeric):
        return ""
    units = ", ".join(f"{unit} x {plain(factor.normalize())}" for unit, factor in _units(item).items())
    text = f"{_number(item.low)} to {_number(item.high)} ({item.beyond.value}), {item.decimals} decimals"
    return text + (f"; also {units}" if units else "")


def _units(item: Numeric) -> dict[str, Decimal]:
    return dict(item.units) if isinstance(item, Measured) else {}


def _usual(item: Item) -> str:
    if not isinstance(item, Numeric) or (item.soft_low is None and item.soft_high is None):
        return ""
    if item.soft_low is None:
        return f"up to {_number(item.soft_high)}"
    if item.soft_high is None:
        return f"from {_number(item.soft_low)}"
    return f"{_number(item.soft_low)} to {_number(item.soft_high)}"


def _number(limit: Decimal | int | None) -> str:
    return plain(limit) if isinstance(limit, Decimal) else str(limit)


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
