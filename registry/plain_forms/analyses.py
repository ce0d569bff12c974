"""The form that limits an interim analysis to some children."""

from __future__ import annotations

from flask_wtf import FlaskForm

from forms.selection import CHOICES, OLDEST_YEARS, RANGES, SITE, Selection, SelectionError, read_selection
from registry.plain_forms.fields import choice_field, choices, count_field, day_field

ANY = "Any"


class SelectionForm(FlaskForm):  # type: ignore[misc]
    """The filters of an analysis, each on one answer; left alone they choose everybody."""

    site = choice_field("Site", {}, blank=ANY)
    indication = choice_field(CHOICES["indication"][0], CHOICES["indication"][1].labels, blank=ANY)
    product = choice_field(CHOICES["product"][0], CHOICES["product"][1].labels, blank=ANY)
    dose_tier = choice_field(CHOICES["dose_tier"][0], CHOICES["dose_tier"][1].labels, blank=ANY)
    route = choice_field(CHOICES["route"][0], CHOICES["route"][1].labels, blank=ANY)
    line = choice_field(CHOICES["line"][0], CHOICES["line"][1].labels, blank=ANY)
    agents = choice_field(CHOICES["agents"][0], CHOICES["agents"][1].labels, blank=ANY)
    age_from = count_field("Youngest at infusion", high=OLDEST_YEARS)
    age_to = count_field("Oldest at infusion", high=OLDEST_YEARS)
    infused_from = day_field("Infused on or after")
    infused_to = day_field("Infused on or before")

    selection: Selection

    def offer_sites(self, codes: list[str]) -> None:
        """Set the sites one can choose."""
        self.site.choices = choices({code: code for code in codes}, ANY)

    def validate(self, extra_validators: object = None) -> bool:
        """Check the fields alone and together; the selection is then there."""
        if not super().validate(extra_validators):
            return False
        given = {name: self[name].data for name in (SITE, *CHOICES, *RANGES)}
        try:
            self.selection = read_selection({name: [str(v)] for name, v in given.items() if v not in (None, "")})
        except SelectionError as refused:
            self.form_errors.append(str(refused))
            return False
        return True
