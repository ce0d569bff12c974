"""The kinds of fields that the ordinary forms share, each with what it says when it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from forms.misread import day_instead
from forms.values import ParseError, parse_decimal
from registry.typed_text import before_invisible, in_one_line, normal, readable

COUNT_DIGITS = 12
"""More than any count has, so that a number too large for its field is told the limit of the field."""


def choices(codes: Mapping[str, str], blank: str = "") -> list[SelectChoice]:
    """Return the choices of a list field, after an empty one when it has a label."""
    first = [SelectChoice("", blank)] if blank else []
    return first + [SelectChoice(code, label) for code, label in codes.items()]


def text_field(
    label: str, *, length: int, required: str = "", description: str = "", rules: Sequence[Any] = (), **looks: Any
) -> Any:
    """Return a field for one line of text; ``required`` is what to say when it is empty."""
    length_rule = Length(max=length, message=f"Shorten this to {length} characters.")
    rules = [DataRequired(required) if required else Optional(), length_rule, _all_seen, *rules]
    return StringField(label, description=description, validators=rules, filters=[normal, in_one_line], render_kw=looks)


def _all_seen(_form: Any, field: Any) -> None:
    """Refuse a character that nobody sees, such as comes along when a name is copied from a document."""
    before = before_invisible(field.data)
    if before is not None:
        where = f"after “{before[-20:]}”" if before.strip() else "at its begin"
        raise ValidationError(f"It holds a character that cannot be seen, {where}. Delete it, or type the text again.")


def long_text(label: str, *, description: str, required: str = "", length: int = 20_000, rows: int = 6) -> Any:
    """Return a field for text of several lines, as high as ``rows``."""
    rules: list[Any] = [DataRequired(required)] if required else []
    rules.append(Length(max=length, message=f"Shorten this to {length} characters."))
    return TextAreaField(label, description=description, validators=rules, filters=[normal], render_kw={"rows": rows})


def reason_field(such_as: str) -> Any:
    """Return the field that asks why stored values change, with an example of an answer."""
    return text_field(
        "Why does this change?",
        length=300,
        required="Say in a few words why this changes; the history keeps it.",
        description=f"Such as: {such_as}.",
    )


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


def count_field(label: str, *, required: str = "", description: str = "", low: int = 0, high: int = 100_000) -> Any:
    """Return a field for a whole number within limits."""
    rules: list[Any] = [InputRequired(required) if required else Optional()]
    rules.append(_ReadAndWithin(min=low, max=high, message=f"Write a whole number from {low} to {high}."))
    return CountField(label, description=description, validators=rules)


def choice_field(
    label: str, codes: Mapping[str, str], *, blank: str = "", required: str = "", description: str = ""
) -> Any:
    """Return a list field; the blank choice is data None."""
    rules = [InputRequired(required) if required else Optional()]
    offered = choices(codes, blank)
    return SelectField(label, description=description, choices=offered, validators=rules, filters=[normal])
