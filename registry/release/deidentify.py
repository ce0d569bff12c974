"""Rows of a data cut as they may leave the registry: codes, days from the infusion and ranges instead of identities."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms.form import Form
from forms.items import Choice, CodeList, Derived, Item, Link, Measured, MultiChoice, YesNo
from forms.values import NullFlavour
from registry.release.rules import Action, Bands, Top, Verb

Cells = Mapping[str, str]
Anchor = tuple[str, date]

CODE = re.compile(r"[CR]-[A-Z2-7]{13}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DAY = re.compile(r"-?\d+")
_PRECISION = re.compile(r"[DMY]")


class WeakKey(RuntimeError):
    """Codes cannot be made: there is no key, or it is too short to be secret."""


class Pseudonyms:
    """Random-looking codes of one project: the same child or record has the same code in each of its exports.

    HMAC-SHA256 over a random id that was never derived from the child; 65 bits are shown. Other projects get other
    codes, so that their files cannot be joined.
    """

    def __init__(self, key: str, project: str) -> None:
        if len(key) < 32:
            raise WeakKey("PSEUDONYM_KEY is not set or shorter than 32 characters, so nothing can be exported.")
        self._key = key.encode("utf-8")
        self._project = project.encode("utf-8")

    @property
    def key_id(self) -> str:
        """Return what tells this key from another one without giving it away."""
        return hmac.new(self._key, b"key id", hashlib.sha256).hexdigest()[:12]

    def child(self, enrolment_uuid: str) -> str:
        """Return the code of a child from its random enrolment id."""
        return f"C-{self._code(b'child', enrolment_uuid)}"

    def record(self, record_key: str) -> str:
        """Return the code of a record from its random key."""
        return f"R-{self._code(b'record', record_key)}"

    def _code(self, kind: bytes, random_id: str) -> str:
        message = b"\0".join((kind, self._project, random_id.encode("utf-8")))
        return base64.b32encode(hmac.new(self._key, message, hashlib.sha256).digest()).decode("ascii")[:13]


@dataclass(frozen=True, kw_only=True)
class OutColumn:
    """One column that leaves: the action behind it, what it means and which texts it can hold."""

    name: str
    action: Action | None
    meaning: str
    allowed: Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Infusions:
    """The days of infusion of the children of a cut: what days are counted from."""

    by_record: Mapping[str, Anchor]
    by_child: Mapping[str, tuple[Anchor, ...]]

    @classmethod
    def read(cls, rows: Iterable[Cells]) -> Infusions:
        """Return the infusions that rows of the infusion form hold, each child's in order of time."""
        found: dict[str, list[Anchor]] = {}
        for row in rows:
            if (day := whole_day(row["infused_on"])) is not None:
                found.setdefault(row["subject"], []).append((row["record"], day))
        by_child = {child: tuple(sorted(own, key=lambda anchor: anchor[1])) for child, own in found.items()}
        by_record = {anchor[0]: anchor for own in by_child.values() for anchor in own}
        return cls(by_record=by_record, by_child=by_child)

    def anchor(self, form: Form, row: Cells) -> Anchor | None:
        """Return the infusion a row's days count from: the linked one, else the last one on or before its own day,
        else the child's first; None before any infusion is recorded. An infusion counts from the first one."""
        own = self.by_child.get(row["subject"])
        if not own or form.name == "infusion":
            return own[0] if own else None
        for name, item in form.links.items():
            if item.form == "infusion" and row[name] in self.by_record:
                return self.by_record[row[name]]
        day = whole_day(row[form.day_item]) if form.day_item else None
        past = [anchor for anchor in own if day is not None and anchor[1] <= day]
        return past[-1] if past else own[0]


def whole_day(text: str) -> date | None:
    """Return the calendar day of a date as a cut writes it; None where it is missing or not known to the day."""
    return date.fromisoformat(text[:10]) if len(text) >= 10 else None


def out_columns(form: Form, actions: Iterable[Action]) -> tuple[OutColumn, ...]:
    """Return the columns of a form that leave, in order: child, record, infusion counted from, then the items."""
    columns = [
        OutColumn(name="child", action=None, meaning="Code of the child", allowed=_is_code),
        OutColumn(name="record", action=None, meaning="Code of the record", allowed=_is_code),
        OutColumn(
            name="day_0",
            action=None,
            meaning="Code of the infusion that days count from (infusions themselves: the child's first one)",
            allowed=_is_code,
        ),
        OutColumn(name="completed", action=None, meaning="Marked complete", allowed=("true", "false").__contains__),
    ]
    for action in actions:
        columns += _columns_of(form.items[action.item], action)
    return tuple(columns)


def _columns_of(item: Item, action: Action) -> list[OutColumn]:
    name, label = action.item, action.label

    def column(suffix: str, meaning: str, allowed: Callable[[str], bool]) -> OutColumn:
        return OutColumn(name=f"{name}{suffix}", action=action, meaning=meaning, allowed=allowed)

    if action.verb is Verb.DROP:
        return []
    columns = []
    if action.verb is Verb.RELDAY:
        since = "this infusion" if _counts_from_itself(action) else "day_0"
        columns.append(column("_day", f"{label}: days from {since}", _matches(_DAY)))
        if getattr(item, "partial", False):
            columns.append(column("_prec", f"{label}: known to the day, month or year", _matches(_PRECISION)))
    elif action.coarser:
        columns.append(column("", label, action.coarser.labels.__contains__))
    elif action.verb is Verb.RECODE:
        columns.append(column("", label, _each(_is_code)))
    else:
        columns.append(column("", label, _allowed_answer(item)))
    if isinstance(item, Measured):
        columns.append(column("_sign", f"{label}: below (<) or above (>) the limit", ("<", ">").__contains__))
    if item.missing:
        columns.append(column("_nf", f"{label}: why there is no answer", set(NullFlavour).__contains__))
    return columns


def _allowed_answer(item: Item) -> Callable[[str], bool]:
    shape = item.result if isinstance(item, Derived) else item
    if isinstance(shape, Choice):
        return shape.codes.__contains__
    if isinstance(shape, MultiChoice):
        return _each(shape.codes.__contains__)
    return ("true", "false").__contains__ if isinstance(shape, YesNo) else _matches(_NUMBER)


def _each(allowed: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: all(allowed(part) for part in text.split(";"))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_is_code = _matches(CODE)


def deidentify(
    form: Form,
    actions: tuple[Action, ...],
    rows: Iterable[Cells],
    *,
    children: Mapping[str, str],
    infusions: Infusions,
    pseudonyms: Pseudonyms,
) -> list[list[str]]:
    """Return the rows of the given children as they may leave, sorted by code, so that no order tells a time.

    ``children`` maps the key of each child that goes out to its random enrolment id; other rows are left out.
    """
    codes = {key: pseudonyms.child(enrolment_uuid) for key, enrolment_uuid in children.items()}
    out = []
    for row in rows:
        if row["subject"] in codes:
            anchor = infusions.anchor(form, row)
            cells = [codes[row["subject"]], pseudonyms.record(row["record"])]
            cells += [pseudonyms.record(anchor[0]) if anchor else "", row["completed"]]
            for action in actions:
                cells += _cells_of(form.items[action.item], action, row, anchor, pseudonyms)
            out.append(cells)
    return sorted(out)


def _cells_of(item: Item, action: Action, row: Cells, anchor: Anchor | None, pseudonyms: Pseudonyms) -> list[str]:
    name, verb = action.item, action.verb
    if verb is Verb.DROP:
        return []
    text = row[name]
    if verb is Verb.RELDAY:
        cells = [_days(text, _own_infusion(row) if _counts_from_itself(action) else anchor)]
        if getattr(item, "partial", False):
            cells.append({0: "", 4: "Y", 7: "M"}.get(len(text), "D"))
    elif action.coarser:
        cells = [_range(action.coarser, text, row.get(f"{name}_sign", ""))]
    elif isinstance(item, Link):
        cells = [";".join(sorted(pseudonyms.record(key) for key in text.split(";") if key))]
    else:
        cells = [text]
    if isinstance(item, Measured):
        cells.append(row[f"{name}_sign"])
    if item.missing:
        cells.append(row[f"{name}_nf"])
    return cells


def _range(coarser: Bands | Top, text: str, sign: str) -> str:
    """Return the range of a number; what is below a limit belongs to the range that ends there."""
    if not text:
        return ""
    return coarser.label(Decimal(text) - (Decimal("0.001") if sign == "<" else 0))


def _counts_from_itself(action: Action) -> bool:
    """Tell whether an item is a date of an infusion other than its day: that counts from this very infusion."""
    return action.form == "infusion" and action.item != "infused_on"


def _own_infusion(row: Cells) -> Anchor | None:
    day = whole_day(row["infused_on"])
    return (row["record"], day) if day else None


def _days(text: str, anchor: Anchor | None) -> str:
    day = whole_day(text)
    return str((day - anchor[1]).days) if day and anchor else ""


def code_lists(form: Form) -> dict[str, CodeList]:
    """Return the code lists of a form's choices by item."""
    shapes = {name: item.result if isinstance(item, Derived) else item for name, item in form.items.items()}
    return {name: shape.codes for name, shape in shapes.items() if isinstance(shape, Choice | MultiChoice)}
