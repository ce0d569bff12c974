"""The form of a protocol version: its text, its caps and its rules, row by row, as a person enters them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, FieldList, Form, FormField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from forms.code_lists import ANAKINRA_ROUTES, ANTIGENS, LINES, WEAN_ORDERS
from forms.dosing import CONTINUOUS, DOSE_BASES, FREQUENCIES
from forms.dosing.protocol_rules import PROTOCOL_ROUNDINGS, PROTOCOL_STEPS, DoseRule, IndicationRule, ProtocolRules
from forms.dosing.protocol_words import PER_DAY, TREATED_TOXICITIES
from forms.values import ParseError, parse_decimal, plain, trimmed
from registry.models import SiteProtocol
from registry.plain_forms.fields import choice_field, choices, count_field, day_field, long_text, text_field

ROWS = 6
"""How many doses and how many toxicities a page offers; the fullest published protocol needs four."""
AS_TYPED = (
    "rounding",
    "taper_highest_grade",
    "taper_shortest_days",
    "taper_longest_days",
    "stop_highest_grade",
    "shortest_days",
    "longest_days",
    "wean_order",
)
"""The rules that a field holds as they are kept."""
HIGHEST_VALUE = 2400
HIGHEST_GRADE, LONGEST_DAYS = 5, 366


class DoseRuleForm(Form):
    """One dose of a protocol; a row with nothing but its step is not a rule."""

    step = choice_field("When", PROTOCOL_STEPS.labels)
    value = text_field("Dose", length=12, inputmode="decimal")
    value_up_to = text_field("Up to", length=12, inputmode="decimal")
    basis = choice_field("Basis", DOSE_BASES.labels, blank="Choose")
    frequency = choice_field("Frequency", FREQUENCIES.labels, blank="Not stated")
    frequency_is_a_maximum = BooleanField("This often or less")
    routes = SelectMultipleField(
        "Routes",
        choices=choices(ANAKINRA_ROUTES.labels),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    raised_to = text_field("May be raised to", length=12, inputmode="decimal")
    toxicity = choice_field("Only for", TREATED_TOXICITIES, blank="All toxicities below")
    condition = text_field("Condition, in words", length=200)

    @property
    def is_used(self) -> bool:
        """Tell whether anything was entered."""
        return any(field.data for field in self if field.name != self.step.name)

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each answer of a row in use, then those that need each other."""
        if not super().validate(extra_validators):
            return False
        if not self.is_used:
            return True
        numbers = {field: _number(field) for field in (self.value, self.value_up_to, self.raised_to)}
        if not self.value.data:
            self.value.errors = ["Write the number of the dose, such as 2."]
        if self.basis.data is None:
            self.basis.errors = ["Choose the basis: 2 mg/kg per dose and 2 mg/kg per day differ fourfold."]
        start = numbers[self.value]
        for field in (self.value_up_to, self.raised_to):
            end = numbers[field]
            if start is not None and end is not None and end <= start:
                field.errors = [f"It is not above {trimmed(plain(start))}. Correct one of them, or leave this empty."]
        if self.frequency_is_a_maximum.data and self.frequency.data is None:
            self.frequency.errors = ["Choose the highest frequency, or take the mark for less often away."]
        if self.frequency.data == CONTINUOUS and self.basis.data is not None and self.basis.data not in PER_DAY:
            self.basis.errors = ["A continuous infusion is stated per day."]
        return not any(field.errors for field in self)

    def rule(self) -> DoseRule:
        """Return the rule that a judged row says."""
        value = _number(self.value)
        assert value is not None
        return DoseRule(
            step=self.step.data or "start",
            value=value,
            value_up_to=_number(self.value_up_to),
            raised_to=_number(self.raised_to),
            basis=self.basis.data,
            frequency=self.frequency.data,
            frequency_is_a_maximum=self.frequency_is_a_maximum.data,
            routes=tuple(code for code in ANAKINRA_ROUTES.labels if code in (self.routes.data or ())),
            toxicities=(self.toxicity.data,) if self.toxicity.data else (),
            condition=self.condition.data or "",
        )


class IndicationRuleForm(Form):
    """A toxicity that a protocol treats, and the line in which it does."""

    toxicity = choice_field("Toxicity", TREATED_TOXICITIES, blank="Choose")
    line = choice_field("Line", LINES.labels, blank="Not stated")
    from_grade = count_field("From grade", high=HIGHEST_GRADE)
    antigen = choice_field("Antigen", ANTIGENS.labels, blank="Not stated")
    condition = text_field("Condition, in words", length=200)

    @property
    def is_used(self) -> bool:
        """Tell whether anything was entered."""
        return any(field.data not in (None, "") for field in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each answer, and that a row in use names its toxicity."""
        if super().validate(extra_validators) and self.is_used and self.toxicity.data is None:
            self.toxicity.errors = ["Choose the toxicity that this row is about."]
        return not any(field.errors for field in self)

    def rule(self) -> IndicationRule:
        """Return the rule that a judged row says."""
        return IndicationRule(
            toxicity=self.toxicity.data,
            line=self.line.data,
            from_grade=self.from_grade.data,
            antigen=self.antigen.data,
            condition=self.condition.data or "",
        )


class Rows(FieldList):  # type: ignore[type-arg]
    """The rows that a page offers, and no others, whatever numbers are posted."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        # The inherited one fails on a digit such as ², and on a number of thousands of digits.
        return (number for number in range(ROWS) if any(key.startswith(f"{prefix}-{number}-") for key in formdata))


class ProtocolForm(FlaskForm):  # type: ignore[misc]
    """A version of a center's anakinra protocol."""

    version = text_field(
        "Version", length=40, required="Write the version, such as 2.1.", description="As on the document, such as 2.1."
    )
    effective_from = day_field("In force from", required="Write the first day on which it is followed.")
    text = long_text(
        "Protocol text",
        required="Paste what the protocol says on anakinra.",
        description="When it is started, dose, route, taper and stop; word for word.",
    )
    line = text_field("Line of treatment", length=60, description="Such as: after tocilizumab and a steroid.")
    max_single_mg = count_field(
        "Highest single dose", high=1_000, description="Leave empty when the protocol states none."
    )
    max_day_mg = count_field("Highest daily dose", high=4_000, description="Leave empty when the protocol states none.")
    rounding = choice_field("Rounding", PROTOCOL_ROUNDINGS.labels, blank="Not stated")
    doses = Rows(FormField(DoseRuleForm), max_entries=ROWS)
    indications = Rows(FormField(IndicationRuleForm), max_entries=ROWS)
    taper_trigger = text_field("What begins the taper", length=200, description="In words, such as: stable for a day.")
    taper_highest_grade = count_field("CRS or ICANS grade at which it may begin", high=HIGHEST_GRADE)
    taper_shortest_days = count_field("Taper, shortest", high=LONGEST_DAYS)
    taper_longest_days = count_field("Taper, longest", high=LONGEST_DAYS)
    stop_rule = text_field("What ends the course", length=200, description="In words, such as: toxicity resolved.")
    stop_highest_grade = count_field("CRS or ICANS grade at which it may end", high=HIGHEST_GRADE)
    shortest_days = count_field("Course, shortest", high=LONGEST_DAYS)
    longest_days = count_field("Course, longest", high=LONGEST_DAYS)
    duration = text_field("How long, in words", length=120, description="Such as: days to weeks.")
    wean_order = choice_field("Ended in which order", WEAN_ORDERS.labels, blank="Not stated")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for rows in (self.doses, self.indications):
            # Not min_entries: that would read rows twice where numbers between them are missing.
            while len(rows.entries) < ROWS:
                rows.append_entry()

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each answer, then the pairs that have an order."""
        super().validate(extra_validators)
        pairs = (
            (self.max_single_mg, self.max_day_mg, "The highest daily dose is below the highest single dose."),
            (self.taper_shortest_days, self.taper_longest_days, "The longest taper is below the shortest."),
            (self.shortest_days, self.longest_days, "The longest course is below the shortest."),
        )
        for low, high, said in pairs:
            if low.data is not None and high.data is not None and high.data < low.data:
                high.errors = [*high.errors, said]
        return not self.errors

    def rules(self) -> ProtocolRules:
        """Return the rules that a judged page says."""
        return ProtocolRules(
            doses=tuple(entry.form.rule() for entry in self.doses if entry.form.is_used),
            indications=tuple(entry.form.rule() for entry in self.indications if entry.form.is_used),
            taper_trigger=self.taper_trigger.data or "",
            stop_rule=self.stop_rule.data or "",
            duration=self.duration.data or "",
            **{name: self[name].data for name in AS_TYPED},
        )

    def wrong_fields(self) -> Iterator[tuple[str, Any]]:
        """Yield each field that has an error, with the words that tell it from the others."""
        for field in self:
            if not isinstance(field, FieldList):
                if field.errors:
                    yield field.label.text, field
                continue
            name = "Dose" if field.name == "doses" else "Toxicity"
            for number, entry in enumerate(field, start=1):
                yield from ((f"{name} {number}, {leaf.label.text}", leaf) for leaf in entry.form if leaf.errors)


def answers_of(protocol: SiteProtocol | None) -> dict[str, Any]:
    """Return what a new version begins with: the newest one's caps and rules, without its name, day and text."""
    if protocol is None:
        return {}
    rules = ProtocolRules.from_plain(protocol.rules)
    stated = {name: value for name, value in vars(rules).items() if name not in ("doses", "indications")}
    own = {"line": protocol.line, "max_single_mg": protocol.max_single_mg, "max_day_mg": protocol.max_day_mg}
    return {
        **stated,
        **own,
        "doses": [_typed(rule) for rule in rules.doses],
        "indications": [vars(rule) for rule in rules.indications],
    }


def _typed(rule: DoseRule) -> dict[str, Any]:
    answers = {name: plain(value) if isinstance(value, Decimal) else value for name, value in vars(rule).items()}
    return {**answers, "toxicity": next(iter(rule.toxicities), None)}


def _number(field: Any) -> Decimal | None:
    """Return the number typed, None for none; what is not a possible dose is said beside the field."""
    if not field.data:
        return None
    try:
        number = parse_decimal(field.data, decimals=3, digits=5)
    except ParseError as error:
        field.errors = [str(error)]
        return None
    if not 0 < number <= HIGHEST_VALUE:
        field.errors = [f"Write a dose above 0 and up to {HIGHEST_VALUE}."]
    return number.normalize() + 0
