"""What the registry's ordinary forms share: fields with kind messages, choices, unchanged text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from forms.misread import day_instead
from forms.values import ParseError, parse_decimal

COUNT_DIGITS = 12
"""More than any count has, so that a number too large for its field is told the limit of the field."""


def choices(codes: Mapping[str, str], blank: str = "") -> list[SelectChoice]:
    """Return the choices of a list field, after an empty one when it has a label."""
    first = [SelectChoice("", blank)] if blank else []
    return first + [SelectChoice(code, label) for code, label in codes.items()]


UNREADABLE = "\ufffd"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # all but tab, line feed and carriage return


def readable(text: str) -> str:
    """Return the text as a page can show it and a database can keep it: PostgreSQL refuses what is no character."""
    return CONTROL.sub(UNREADABLE, text)


def normal(text: str | None) -> str | None:
    """Return readable text in composed form; None for nothing typed."""
    return unicodedata.normalize("NFC", readable(text)) if text else None


def in_a_few_words(text: str | None) -> str:
    """Return a reason or a name that no form reads, such as every database can keep it, without blanks around it."""
    return (normal(text) or "").strip()


def text_field(
    label: str, *, length: int, required: str = "", description: str = "", rules: Sequence[Any] = (), **looks: Any
) -> Any:
    """Return a field for one line of text; ``required`` is what to say when it is empty."""
    length_rule = Length(max=length, message=f"Shorten this to {length} characters.")
    rules = [DataRequired(required) if required else Optional(), length_rule, *rules]
    return StringField(label, description=description, validators=rules, filters=[normal], render_kw=looks)


def day_field(label: str, *, required: str = "", description: str = "") -> Any:
    """Return a field for a day, typed as 2026-03-05 whatever the browser's language, or picked."""
    rules = [InputRequired(required) if required else Optional()]
    return DayField(
        label,
        description=description,
        validators=rules,
        widget=TextInput(),
        render_kw={"placeholder": "2026-03-05", "autocomplete": "off", "spellcheck": "false"},
    )


class DayField(DateField):
    """A calendar day; what is none is told as it is to be written."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(list(valuelist))
        except ValueError:
            raise ValueError(day_instead(valuelist[0]) or "Write the day as 2026-03-05.") from None


class CountField(IntegerField):
    """A whole number, read as the casebook reads one: plain digits, without exponent or separators."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed; what is no whole number is said in the casebook's words."""
        if not valuelist:
            return
        self.data = None
        try:
            self.data = int(parse_decimal(readable(valuelist[0]), decimals=0, digits=COUNT_DIGITS))
        except ParseError as error:
            raise ValueError(str(error)) from None


class _ReadAndWithin(NumberRange):
    """Limits of a number; one that could not be read is not called out of range as well."""

    def __call__(self, form: Any, field: Any) -> None:
        if not field.process_errors:
            super().__call__(form, field)


def count_field(label: str, *, required: str = "", description: str = "", high: int = 100_000) -> Any:
    """Return a field for a whole number from 0 on."""
    rules: list[Any] = [InputRequired(required) if required else Optional()]
    rules.append(_ReadAndWithin(min=0, max=high, message=f"Write a whole number from 0 to {high}."))
    return CountField(label, description=description, validators=rules)


def choice_field(
    label: str, codes: Mapping[str, str], *, blank: str = "", required: str = "", description: str = ""
) -> Any:
    """Return a list field; the blank choice is data None."""
    rules = [InputRequired(required) if required else Optional()]
    offered = choices(codes, blank)
    return SelectField(label, description=description, choices=offered, validators=rules, filters=[normal])
