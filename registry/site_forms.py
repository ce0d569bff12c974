"""The forms of a site's own records: set-up, protocol version, reference range, infusion log."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from forms.casebook import CASEBOOK
from forms.code_lists import DEFINITIONS
from forms.items import Measured
from registry.plain_forms import choice_field, choices, count_field, day_field, normal, text_field

HLH_DEFINITIONS = {
    code: DEFINITIONS.labels[code]
    for code in ("hlh_2004", "cartox_2018", "nci_carhlh", "hines_2021", "iec_hs_2023", "local")
}
QUARTER = re.compile(r"20\d\d-Q[1-4]")


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

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        offered = {name: f"{item.label} ({item.unit})" for name, item in analytes().items()}
        self.analyte.choices = choices(offered, blank="Choose")

    def validate_age_to_years(self, field: Any) -> None:
        """Refuse ages in the wrong order."""
        if field.data is not None and self.age_from_years.data is not None and field.data < self.age_from_years.data:
            raise ValidationError("The last year of age is before the first.")

    def validate_low(self, field: Any) -> None:
        """Refuse what is not a number."""
        _number(field.data)

    def validate_high(self, field: Any) -> None:
        """Refuse what is not a number."""
        _number(field.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each field, then the two limits together."""
        if not super().validate(extra_validators):
            return False
        low, high = _number(self.low.data), _number(self.high.data)
        if low is None and high is None:
            self.high.errors = ["Write at least one of the two limits."]
        elif low is not None and high is not None and high < low:
            self.high.errors = ["The upper limit is below the lower one."]
        return not self.high.errors


class InfusionLogForm(FlaskForm):  # type: ignore[misc]
    """The counts of one quarter."""

    infused = count_field("Infused with CAR T cells", required="Write how many, 0 for none.")
    approached = count_field("Asked to take part", required="Write how many, 0 for none.")
    consented = count_field("Agreed", required="Write how many, 0 for none.")
    refused = count_field("Declined", required="Write how many, 0 for none.")
    enrolled = count_field("Enrolled in the registry", required="Write how many, 0 for none.")


class ChangeInfusionLogForm(InfusionLogForm):
    """A change of the counts of a quarter."""

    reason = reason_field()


def analytes() -> dict[str, Measured]:
    """Return the measured laboratory values, by item name."""
    return {name: item for name, item in CASEBOOK["laboratory"].items.items() if isinstance(item, Measured)}


def _number(text: str | None) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValidationError(f"{text} is not a number. Write it with a point, such as 0.7.") from None
    if not number.is_finite():
        raise ValidationError(f"{text} is not a number. Write it with a point, such as 0.7.")
    return number
