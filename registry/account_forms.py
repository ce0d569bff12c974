"""The forms of the accounts pages."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import Email, ValidationError

from registry.access import ROLES, SITE_ROLES
from registry.models import Site
from registry.plain_forms import choice_field, choices, text_field


class NewAccountForm(FlaskForm):  # type: ignore[misc]
    """A new person."""

    name = text_field("Name", length=120, required="Write the person's name.")
    email = text_field(
        "E-mail address",
        length=255,
        required="Write the person's e-mail address.",
        description="It is what the person signs in with. Nothing is sent to it.",
        rules=[Email("This is not an e-mail address. Write it like name@example.org.")],
        inputmode="email",
    )


class GrantForm(FlaskForm):  # type: ignore[misc]
    """A role for a person, at a site or study-wide."""

    role = choice_field("Role", ROLES, blank="Choose", required="Choose a role.")
    site = choice_field("Center", {}, blank="Whole study")
    reason = text_field("Why?", length=300, required="Say in a few words why; the history keeps it.")

    def __init__(self, sites: list[Site]) -> None:
        super().__init__()
        self.site.choices = choices({site.key: f"{site.code}, {site.name}" for site in sites}, blank="Whole study")

    def validate_site(self, field: Any) -> None:
        """Refuse a site role without a site, and a study-wide role at one."""
        if self.role.data in SITE_ROLES and not field.data:
            raise ValidationError(f"Choose the center: {ROLES[self.role.data].lower()} is a role at one center.")
        if self.role.data in ROLES and self.role.data not in SITE_ROLES and field.data:
            raise ValidationError(f"Choose the whole study: {ROLES[self.role.data].lower()} is not a role of a center.")


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A step that only asks why."""

    reason = text_field("Why?", length=300, required="Say in a few words why; the history keeps it.")
