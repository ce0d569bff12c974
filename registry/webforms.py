"""One web form per case report form, derived from its declaration: what is typed becomes a row, and back.

Each field parses through its item, so a page, a file and the API read the same words alike. Beside the input named
after the item stand ``<item>__missing`` (why there is no answer) and, for measurements, ``<item>__unit``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta
from wtforms.utils import unset_value

from forms.form import Form
from forms.items import Choice, Day, Item, Link, Measured, Moment, MultiChoice, Number, Numeric, Text, YesNo
from forms.misread import numbers_meant
from forms.values import Answer, Measurement, NullFlavour, ParseError, Row, Value
from registry.typed_text import UNREADABLE, readable

RADIOS_UP_TO = 6
"""Choices that stand as radio buttons; more are a list."""
LINE_OF_CHOICES = 60
"""Characters of choices, with their buttons, that fit on one line."""
LINE_UP_TO = 200
"""Characters of the longest text that is typed in one line."""
SHORT_FORM = 20
"""Items of a form that fits on one screen."""

Options = tuple[tuple[str, str], ...]
"""(value, words) of each answer that can be chosen."""


class ItemField(Field):
    """One item as typed: its texts, its unit, the reason why it is missing, and the value they give."""

    def __init__(self, item: Item, *, options: Options = (), **given: Any) -> None:
        super().__init__(label=item.label, description=item.help, **given)
        self.item = item
        self.options = _options(item) or options
        self.texts: list[str] = []
        self.unit = item.unit
        self.flavour = ""
        self.data: Value = None

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take what was posted; without a post, what is stored."""
        self.process_errors: list[str] = []
        stored: Value = None if data is unset_value else data
        self.data = stored
        if formdata is None:
            self._show(stored)
            return
        self.texts = [readable(text) for text in formdata.getlist(self.name)]
        self.unit = formdata.get(f"{self.name}__unit", "") or self.item.unit
        self.flavour = formdata.get(f"{self.name}__missing", "")
        try:
            self.data = _as_stored(self._parsed(), stored)
        except ParseError as error:
            self.data = None
            self.process_errors = [str(error)]

    @property
    def meant(self) -> list[str]:
        """Return the numbers that one typed with a comma can mean; none where the item would take none of them."""
        is_wrong = bool(self.errors) and isinstance(self.item, Numeric) and len(self.texts) == 1
        numbers = numbers_meant(self.texts[0]) if is_wrong else ()
        return list(numbers) if any(self._takes(number) for number in numbers) else []

    def _takes(self, text: str) -> bool:
        try:
            self.item.parse(text)
        except ParseError:
            return False
        return True

    def _parsed(self) -> Value:
        value = self._answer()
        if not self.flavour:
            return value
        if value is not None:
            raise ParseError("Give the answer or the reason why it is missing, not both.")
        if not self.item.missing or self.flavour not in set(NullFlavour):
            raise ParseError("Choose the reason from the list.")
        return NullFlavour(self.flavour)

    def _answer(self) -> Answer | None:
        typed = [text for text in self.texts if text.strip()]
        if isinstance(self.item, Link) and not set(typed) <= {value for value, _ in self.options}:
            raise ParseError("The record chosen is not one of this child's. Choose again.")
        if any(UNREADABLE in text for text in typed):
            raise ParseError(f"It contains a character that cannot be stored, shown as {UNREADABLE}. Type it again.")
        text = ";".join(typed)
        if typed and isinstance(self.item, Measured) and self.unit != self.item.unit:
            text = f"{text} {self.unit}"
        return self.item.parse(text)

    def _show(self, stored: Value) -> None:
        if isinstance(stored, NullFlavour):
            self.flavour = stored.value
        elif isinstance(stored, Measurement):
            self.unit = stored.unit_typed or self.item.unit
            self.texts = [stored.text_typed.removesuffix(self.unit).strip()]
        elif isinstance(stored, tuple):
            self.texts = list(stored)
        elif isinstance(self.item, (Moment, Number)):
            self.texts = [self.item.show(stored)]
        elif stored is not None:
            self.texts = [self.item.format(stored)]

    def as_typed(self, value: Answer) -> str:
        """Return what to type for an answer, such as ``1.1 g/L``, or the code to choose.

        A measurement that was typed with a blank in its number is written as it is kept, in the unit of the casebook.
        """
        if not isinstance(value, Measurement):
            return self.item.show(value) if isinstance(self.item, Moment) else self.item.format(value)
        unit = value.unit_typed or self.item.unit
        number = value.text_typed.removesuffix(unit).strip()
        return f"{number} {unit}" if " " not in number else f"{self.item.show(value)} {self.item.unit}"

    @property
    def text(self) -> str:
        """Return what stands in a single input."""
        return self.texts[0] if self.texts else ""

    @property
    def is_answered(self) -> bool:
        """Tell whether anything was typed or chosen, readable or not."""
        return bool(self.flavour) or any(text.strip() for text in self.texts)

    @property
    def is_to_choose(self) -> bool:
        """Tell whether it needs one of several records that nobody has chosen yet."""
        return isinstance(self.item, Link) and self.item.required and len(self.options) > 1 and not self.is_answered

    @property
    def control(self) -> str:
        """Return the kind of control the page shows for it."""
        item = self.item
        if isinstance(item, (MultiChoice, Link)) and getattr(item, "many", True):
            return "checkboxes"
        if isinstance(item, YesNo):
            return "radios"
        if isinstance(item, (Choice, Link)):
            return "radios" if len(self.options) <= RADIOS_UP_TO and isinstance(item, Choice) else "list"
        if isinstance(item, (Day, Moment)):
            return "partial" if item.partial else item.kind
        if isinstance(item, Measured):
            return "measured"
        if isinstance(item, Numeric):
            return "number"
        return "lines" if isinstance(item, Text) and item.max_length > LINE_UP_TO else "line"

    @property
    def keypad(self) -> str:
        """Return the keys a phone shows for it: digits alone, unless “<” or a minus may have to be typed."""
        item = self.item
        if isinstance(item, Measured) or not isinstance(item, Numeric):
            return ""
        return "decimal" if item.low is not None and item.low >= 0 else ""

    @property
    def is_short(self) -> bool:
        """Tell whether its choices fit on one line."""
        return sum(len(words) + 4 for _, words in self.options) <= LINE_OF_CHOICES

    @property
    def units(self) -> tuple[str, ...]:
        """Return the units a measurement may be typed in, the canonical one first."""
        return (self.item.unit, *self.item.units) if isinstance(self.item, Measured) else ()

    @property
    def spellings(self) -> frozenset[str]:
        """Return the units that only spell another one of this item differently: read when typed, never offered."""
        return self.item.spellings if isinstance(self.item, Measured) else frozenset()


class RecordForm(BaseForm):
    """The web form of one case report form for one child."""

    def __init__(self, form: Form, *, options: Mapping[str, Options] | None = None) -> None:
        self.form = form
        known = options or {}
        fields = {name: ItemField(item, options=known.get(name, ())) for name, item in form.typed_items.items()}
        super().__init__(cast(Any, fields), meta=cast(Any, DefaultMeta()))

    def read(self, typed: MultiDict[str, str], stored: Row | None = None) -> bool:
        """Take what was typed over what is stored; tell whether all of it can be read."""
        self.process(typed, data=dict(stored or {}))
        return self.validate()

    def show(self, stored: Row) -> None:
        """Take what is stored."""
        self.process(None, data=dict(stored))

    def row(self, key: str) -> Row:
        """Return the answers as a row under a record key; what could not be read counts as unanswered."""
        return {"key": key, **{name: field.data for name, field in self.fields.items()}}

    def as_posted(self, name: str, value: Value) -> list[tuple[str, str]]:
        """Return an answer as the fields that a page would post for it."""
        field = self.fields[name]
        unbound = cast("UnboundField[ItemField]", ItemField(field.item, options=field.options))
        shown = unbound.bind(self, name)
        shown.process(None, value)
        pairs = [(name, text) for text in shown.texts]
        pairs += [(f"{name}__missing", shown.flavour)] if shown.flavour else []
        return pairs + ([(f"{name}__unit", shown.unit)] if shown.units else [])

    @property
    def fields(self) -> dict[str, ItemField]:
        """Return the fields by item name, in declared order."""
        return cast("dict[str, ItemField]", self._fields)

    def hidden_answers(self) -> list[str]:
        """Return the items that the other answers hide although something is typed there: a save clears them."""
        asked = self.form.asked(self.row(""))
        return [name for name, field in self.fields.items() if name not in asked and field.is_answered]

    def place_of(self, items: Iterable[str]) -> str:
        """Return the item that a message about some items stands beside: the one answered No, else the first shown."""
        shown = [name for name in items if name in self.fields]
        return next(iter(said_no(self.form, shown, self.row("")) or shown), "")

    def note(self, items: Iterable[str], message: str) -> str:
        """Put a message beside one of some items; return that item's name, none if the page shows none of them."""
        name = self.place_of(items)
        if name:
            self.fields[name].errors = [*self.fields[name].errors, message]
        return name


def sections(form: Form) -> list[tuple[str, list[str], list[str]]]:
    """Return the headings of a form, each with its core and its extended items, in order.

    A short form has no extended items set apart: everything fits on one screen.
    """
    is_long = len(form.typed_items) > SHORT_FORM
    found: list[tuple[str, list[str], list[str]]] = []
    for name, item in form.items.items():
        if item.section or not found:
            found.append((item.section, [], []))
        _, core, extended = found[-1]
        (extended if item.extended and is_long else core).append(name)
    return [(title, core, extended) if core else (title, extended, []) for title, core, extended in found]


def said_no(form: Form, items: Sequence[str], row: Mapping[str, Any]) -> list[str]:
    """Return the items answered No, where a message is about questions of yes or no alone."""
    if not all(isinstance(form.items[name], YesNo) for name in items):
        return []
    return [name for name in items if row.get(name) is False]


def _options(item: Item) -> Options:
    if isinstance(item, (Choice, MultiChoice)):
        return tuple(item.codes.labels.items())
    return (("yes", "Yes"), ("no", "No")) if isinstance(item, YesNo) else ()


def _as_stored(value: Value, stored: Value) -> Value:
    """Return the stored measurement when only its spelling would differ, so that opening a page changes nothing."""
    if isinstance(value, Measurement) and isinstance(stored, Measurement):
        unit = stored.unit_typed or value.unit_typed
        if replace(value, text_typed="", unit_typed="") == replace(stored, text_typed="", unit_typed=""):
            return stored if unit == value.unit_typed else value
    return value
