"""The forms of a center's set-up and of its infusion log."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.validators import Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from forms.code_lists import DEFINITIONS
from registry.plain_forms.fields import (
    choice_field,
    choices,
    count_field,
    day_field,
    long_text,
    reason_field,
    text_field,
)

HLH_DEFINITIONS = {
    code: DEFINITIONS.labels[code]
    for code in ("hlh_2004", "cartox_2018", "nci_carhlh", "hines_2021", "iec_hs_2023", "local")
}
QUARTER = re.compile(r"20\d\d-Q[1-4]", re.ASCII)


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

    reason = reason_field("approval renewed on 2026-02-01")


class InfusionLogForm(FlaskForm):  # type: ignore[misc]
    """The counts of one quarter; those that do not fit together are saved once they were checked, with a reason."""

    infused = count_field(
        "Infused with CAR T cells",
        required="Write how many, 0 for none.",
        description="All children and young adults infused here in these days, enrolled or not.",
    )
    approached = count_field(
        "Asked to take part", required="Write how many, 0 for none.", description="Of those infused."
    )
    consented = count_field("Agreed", required="Write how many, 0 for none.", description="Of those asked.")
    refused = count_field(
        "Declined",
        required="Write how many, 0 for none.",
        description="Of those asked. Who has not answered yet is neither here nor above.",
    )
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

    reason = reason_field("an infusion of 2026-03-30 had not been counted")
