"""The forms of a site's own records: set-up, protocol version, reference range, infusion log."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from forms.casebook import CASEBOOK
from forms.code_lists import DEFINITIONS
from forms.edit_checks import EARLIEST_YEAR
from forms.items import Measured
from forms.values import ParseError
from registry.plain_forms import choice_field, choices, count_field, day_field, normal, text_field

HLH_DEFINITIONS = {
    code: DEFINITIONS.labels[code]
    for code in ("hlh_2004", "cartox_2018", "nci_carhlh", "hines_2021", "iec_hs_2023", "local")
}
QUARTER = re.compile(r"20\d\d-Q[1-4]", re.ASCII)
ANNOUNCED_AHEAD = timedelta(days=366)
"""How long before its first day a laboratory may announce a range."""


def reason_field() -> Any:
    """Return the field that asks why stored values change."""
    return text_field(
        "Why does this change?",
        length=300,
        required="Say in a few words why this changes; the history keeps it.",
        description="Such as: approval renewed on 2026-02-01.",
    )


def long_text(label: str, *, description: str, required: str = "", length: int = 20_000) -> TextAreaField:
    """Return a field for text of several lines."""
    rules: list[Any] = [InputRequired(required)] if required else []
    rules.append(Length(max=length, message=f"Shorten this to {length} characters."))
    return TextAreaField(label, description=description, validators=rules, filters=[normal], render_kw={"rows": 6})


class SiteForm(FlaskForm):  # type: ignore[misc]
    """The set-up of a center."""

    name = text_field("Name of the center", length=120, required="Write the name of the center.")
    time_zone = text_field(
        "Time zone",
        length=60,
        required="Write the time zone, such as America/New_York.",
        description="Its name in the IANA list, such as America/New_York. It is fixed once a child is enrolled.",
        list="time-zones",
    )
    ethics_reference = text_field("Ethics approval, reference", length=120, description="As on the letter.")
    ethics_expires_on = day_field(
        "Ethics approval, last day", description="After this day nobody can be enrolled until it is renewed."
    )
    agreement_signed_on = day_field("Data agreement signed on")
    carhlh_definition = choice_field(
        "Local definition of carHLH", HLH_DEFINITIONS, blank="Not stated yet", description="The one used in daily care."
    )
    carhlh_definition_text = long_text(
        "Its wording", description="The criteria word for word, as the site applies them.", length=5_000
    )

    def validate_time_zone(self, field: Any) -> None:
        """Refuse a zone that does not exist."""
        if field.data not in available_timezones():
            raise ValidationError(f"There is no time zone named {field.data}. Pick one such as Europe/Berlin.")


class NewSiteForm(SiteForm):
    """A new center: its set-up and the code that its children's codes begin with."""

    code = text_field(
        "Code",
        length=10,
        required="Write a code of two to six capital letters.",
        description="Two to six capital letters. The code of each of its children begins with it; it never changes.",
        rules=[Regexp(r"^[A-Z]{2,6}$", message="Two to six capital letters, such as DCA.")],
    )


class ChangeSiteForm(SiteForm):
    """A change of a center's set-up."""

    reason = reason_field()


class ReferenceRangeForm(FlaskForm):  # type: ignore[misc]
    """The normal range of one analyte at the center's laboratory."""

    analyte = choice_field("Analyte", {}, blank="Choose", required="Choose the analyte.")
    sex = choice_field("Sex", {"female": "Female", "male": "Male"}, blank="Both")
    age_from_years = count_field("Age from", required="Write the first year of age, such as 0.", high=120)
    age_to_years = count_field("Age to, with that year", required="Write the last year of age, such as 17.", high=120)
    low = text_field("Lower limit", length=20, inputmode="decimal", description="Leave empty when there is none.")
    high = text_field("Upper limit", length=20, inputmode="decimal", description="Leave empty when there is none.")
    valid_from = day_field("Valid from", required="Write the first day on which this range holds.")

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today
        offered = {name: f"{item.label} ({item.unit})" for name, item in analytes().items()}
        self.analyte.choices = choices(offered, blank="Choose")

    def validate_age_to_years(self, field: Any) -> None:
        """Refuse ages in the wrong order."""
        if field.data is not None and self.age_from_years.data is not None and field.data < self.age_from_years.data:
            raise ValidationError("The last year of age is before the first.")

    def validate_valid_from(self, field: Any) -> None:
        """Refuse a day so far off that the year must be a slip."""
        if field.data is None:
            return
        if field.data > self.today + ANNOUNCED_AHEAD:
            raise ValidationError(f"{field.data} is more than a year from today. Check the year.")
        if field.data.year < EARLIEST_YEAR:
            raise ValidationError(f"{field.data}: the year is before {EARLIEST_YEAR}. Check the year.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each field, then the limits, which the analyte's own numbers must allow."""
        if not super().validate(extra_validators):
            return False
        item = analytes()[self.analyte.data]
        low, high = _limit(self.low, item), _limit(self.high, item)
        if not self.low.data and not self.high.data:
            self.high.errors = ["Write at least one of the two limits."]
        elif low is not None and high is not None and high <= low:
            self.high.errors = [f"It is not above the lower limit, {self.low.data}. Correct one of them."]
        return not (self.low.errors or self.high.errors)


class InfusionLogForm(FlaskForm):  # type: ignore[misc]
    """The counts of one quarter; those that do not fit together are saved once they were checked, with a reason."""

    infused = count_field("Infused with CAR T cells", required="Write how many, 0 for none.")
    approached = count_field("Asked to take part", required="Write how many, 0 for none.")
    consented = count_field("Agreed", required="Write how many, 0 for none.")
    refused = count_field("Declined", required="Write how many, 0 for none.")
    enrolled = count_field("Enrolled in the registry", required="Write how many, 0 for none.")
    checked = SelectMultipleField(
        "Checked against the site's own lists:",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    reason = text_field(
        "Why is it so?", length=300, description="Such as: two were infused in the quarter before and enrolled now."
    )

    def contradictions(self) -> dict[str, str]:
        """Return what does not fit together, by the field beside which it is said; a count not read fits everything."""
        infused, approached, consented, enrolled = (
            self[name].data for name in ("infused", "approached", "consented", "enrolled")
        )
        answered = None if consented is None or self.refused.data is None else consented + self.refused.data
        compared = {
            "infused": (enrolled, "enrolled", infused, "infused"),
            "approached": (approached, "asked", infused, "infused"),
            "refused": (answered, "agreed or declined", approached, "asked"),
            "enrolled": (enrolled, "enrolled", consented, "agreed"),
        }
        return {
            name: f"{part} {told}, but only {whole} {of}."
            for name, (part, told, whole, of) in compared.items()
            if part is not None and whole is not None and part > whole
        }

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each count, then ask back about those that do not fit together."""
        is_read = super().validate(extra_validators)
        found = self.contradictions()
        self.checked.choices = choices({said: said for said in found.values()})  # a tick holds for these counts only
        unchecked = {name: said for name, said in found.items() if said not in (self.checked.data or ())}
        for name, said in unchecked.items():
            told = f"{said} Correct the counts, or tick below that they were checked."
            self[name].errors = [*self[name].errors, told]
        if found and not self.reason.errors and not (self.reason.data or "").strip():
            self.reason.errors = ["Say in a few words why the counts do not fit together; the history keeps it."]
        return bool(is_read and not unchecked and not self.reason.errors)


class ChangeInfusionLogForm(InfusionLogForm):
    """A change of the counts of a quarter."""

    reason = reason_field()


def analytes() -> dict[str, Measured]:
    """Return the measured laboratory values, by item name."""
    return {name: item for name, item in CASEBOOK["laboratory"].items.items() if isinstance(item, Measured)}


def _limit(field: Any, item: Measured) -> Decimal | None:
    """Return the limit typed, None for none; what is not a possible value is said beside the field."""
    if not field.data:
        return None
    assert item.low is not None and item.high is not None
    field.data = field.data.strip()
    try:
        number = item.measure(field.data, item.unit).value
    except ParseError as error:
        field.errors = [str(error)]
        return None
    if not item.low <= number <= item.high:
        field.errors = [f"Write a number from {item.low} to {item.high}, or leave this empty when there is no limit."]
        return None
    return number
