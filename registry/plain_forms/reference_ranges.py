"""The form of a laboratory's normal range: its own unit, ages in years or months, the site's laboratory or another."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from forms.casebook.laboratory import LABORATORY_NAME
from forms.edit_checks import EARLIEST_YEAR
from forms.items import Measured
from forms.laboratory_ranges import ANALYTES
from forms.typesetting import typeset
from forms.values import ParseError, trimmed
from registry.plain_forms.fields import choice_field, choices, count_field, day_field, reason_field, text_field

ANNOUNCED_AHEAD = timedelta(days=366)
"""How long before its first day a laboratory may announce a range."""
OLDEST_YEARS = 120
YEARS, MONTHS = "years", "months"
LIMITS = ("unit", "low", "high")
STANDS_ALREADY = (
    "A range of this analyte for the same laboratory, sex, ages and first day is recorded already. Correct that one on "
    "the center's page."
)


def _unit_field() -> Any:
    return text_field(
        "Unit of the limits",
        length=30,
        description="As the laboratory states them, such as µmol/L. Leave empty for the unit beside the analyte.",
    )


def _limit_field(label: str, without: str = "Leave empty when there is none.") -> Any:
    return text_field(label, length=20, inputmode="decimal", description=without)


class ReferenceRangeForm(FlaskForm):  # type: ignore[misc]
    """The normal range of one analyte at a laboratory of the center."""

    analyte = choice_field("Analyte", {}, blank="Choose", required="Choose the analyte.")
    laboratory = text_field(
        "Laboratory",
        length=LABORATORY_NAME,
        description="Leave empty for the center's own. Another one is named as on the laboratory page, such as "
        "Referring hospital.",
    )
    sex = choice_field("Sex", {"female": "Female", "male": "Male"}, blank="Both")
    counted_in = choice_field("Ages in", {YEARS: "Years", MONTHS: "Months"}, description="Months for infants.")
    age_from = count_field("Age from", required="Write the first year or month of age, such as 0.", high=1500)
    age_to = count_field(
        "Age to, with that year or month",
        required="Write the last year or month of age, such as 17.",
        description="17 years last until the day before the 18th birthday.",
        high=1500,
    )
    unit = _unit_field()
    low = _limit_field("Lower limit")
    high = _limit_field("Upper limit")
    valid_from = day_field("Valid from", required="Write the first day on which this range holds.")

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today
        offered = {name: typeset(f"{item.label} ({item.unit})") for name, item in ANALYTES.items()}
        self.analyte.choices = choices(offered, blank="Choose")

    def validate_age_to(self, field: Any) -> None:
        """Refuse ages in the wrong order, and such as nobody reaches."""
        first, last = self.age_from.data, field.data
        if last is None or first is None:
            return
        if last < first:
            raise ValidationError("The last age is before the first.")
        if self.counted_in.data != MONTHS and last > OLDEST_YEARS:
            raise ValidationError(f"Write a whole number from 0 to {OLDEST_YEARS}, or count the ages in months.")

    def validate_valid_from(self, field: Any) -> None:
        """Refuse a day so far off that the year must be a slip."""
        if field.data is None:
            return
        if field.data > self.today + ANNOUNCED_AHEAD:
            raise ValidationError(f"{field.data} is more than a year from today. Check the year.")
        if field.data.year < EARLIEST_YEAR:
            raise ValidationError(f"{field.data}: the year is before {EARLIEST_YEAR}. Check the year.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each field, then the unit and the limits, which the analyte's own numbers must allow."""
        if not super().validate(extra_validators) or not _limits_fit(self, ANALYTES[self.analyte.data]):
            return False
        if not self.low.data and not self.high.data:
            self.high.errors = ["Write at least one of the two limits."]
        return not self.high.errors

    def stated(self) -> dict[str, Any]:
        """Return the range as it is stored: limits and unit as typed, ages in years and, where counted so, months."""
        first, last = self.age_from.data, self.age_to.data
        in_months = self.counted_in.data == MONTHS
        return {
            "analyte": self.analyte.data,
            "laboratory": (self.laboratory.data or "").strip() or None,
            "sex": self.sex.data,
            "age_from_years": first // 12 if in_months else first,
            "age_to_years": last // 12 if in_months else last,
            "age_from_months": first % 12 if in_months else None,
            "age_to_months": last % 12 if in_months else None,
            "unit": (self.unit.data or "").strip() or ANALYTES[self.analyte.data].unit,
            "low": self.low.data,
            "high": self.high.data,
            "valid_from": self.valid_from.data,
        }


class RangeCorrectionForm(FlaskForm):  # type: ignore[misc]
    """Other limits in the place of those that were entered wrongly, or none to take the range back."""

    unit = _unit_field()
    low = _limit_field("Lower limit")
    high = _limit_field("Upper limit", "To take the range back altogether, leave both limits empty.")
    reason = reason_field("typed 450 instead of 45")

    def __init__(self, item: Measured, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item = item

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each field, then the unit and the limits."""
        return super().validate(extra_validators) and _limits_fit(self, self.item)

    def limits(self) -> dict[str, Any]:
        """Return unit and limits as they are stored."""
        unit = (self.unit.data or "").strip() or self.item.unit
        return {"unit": unit, "low": self.low.data, "high": self.high.data}


def place_columns(known: Any) -> dict[str, Any]:
    """Return the columns that say what a stored range is a range of."""
    ages = ("age_from_years", "age_to_years", "age_from_months", "age_to_months")
    return {name: getattr(known, name) for name in ("analyte", "laboratory", "sex", *ages, "valid_from")}


def shared_answers(known: Any) -> dict[str, Any]:
    """Return what the next range of the same list has in common with a stored one: laboratory, sex, ages, first day."""
    in_months = known.age_from_months is not None
    return {
        "laboratory": known.laboratory,
        "sex": known.sex,
        "counted_in": MONTHS if in_months else YEARS,
        "age_from": 12 * known.age_from_years + known.age_from_months if in_months else known.age_from_years,
        "age_to": 12 * known.age_to_years + known.age_to_months if in_months else known.age_to_years,
        "valid_from": known.valid_from,
    }


def ages_in_words(known: Any) -> str:
    """Return the ages for which a stored range holds, such as `6 to 23 months`."""
    if known.age_from_months is None or known.age_to_months is None:
        return f"{known.age_from_years} to {known.age_to_years} years"
    first = 12 * known.age_from_years + known.age_from_months
    return f"{first} to {12 * known.age_to_years + known.age_to_months} months"


def limits_in_words(known: Any) -> str:
    """Return the limits of a stored range, such as `10 to 45 U/L`; `no limits` of one that was taken back."""
    if not (known.low or known.high):
        return "no limits"
    words = f"{known.low} to {known.high}" if known.low and known.high else ""
    return f"{words or (f'from {known.low}' if known.low else f'up to {known.high}')} {known.unit}"


def _limits_fit(form: Any, item: Measured) -> bool:
    """Tell whether unit and limits are possible for an analyte; say beside the field what is not."""
    unit = (form.unit.data or "").strip() or item.unit
    try:
        item.measure("1", unit)
    except ParseError as error:
        form.unit.errors = [str(error)]
        return False
    low, high = _limit(form.low, item, unit), _limit(form.high, item, unit)
    if low is not None and high is not None and high <= low:
        form.high.errors = [f"It is not above the lower limit, {form.low.data}. Correct one of them."]
    return not (form.low.errors or form.high.errors)


def _limit(field: Any, item: Measured, unit: str) -> Decimal | None:
    """Return the limit typed, None for none; what is not a possible value is said beside the field."""
    field.data = (field.data or "").strip() or None
    if not field.data:
        return None
    assert item.low is not None and item.high is not None
    try:
        number = item.measure(field.data, unit).value
    except ParseError as error:
        field.errors = [str(error)]
        return None
    if not item.low <= number <= item.high:
        meant = "" if unit == item.unit else f" {item.unit}: {field.data} {unit} is {trimmed(str(number))} {item.unit}"
        said = f"Write a number from {item.low} to {item.high}{meant}"
        field.errors = [f"{said}, or leave this empty when there is no limit."]
        return None
    return number
