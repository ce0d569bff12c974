"""The forms of the accounts pages."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import Email

from registry.access import ROLES, SITE_ROLES
from registry.models import Site
from registry.plain_forms.fields import choice_field, choices, text_field

_SITE_ROLES_IN_WORDS = [ROLES[role].lower() for role in ROLES if role in SITE_ROLES]
_OF_ONE_CENTER = f"{', '.join(_SITE_ROLES_IN_WORDS[:-1])} or {_SITE_ROLES_IN_WORDS[-1]}"


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
    site = choice_field(
        "Center",
        {},
        blank="Whole study",
        description=f"A {_OF_ONE_CENTER} needs one, others not.",
    )
    reason = text_field("Why?", length=300, required="Say in a few words why; the history keeps it.")

    def __init__(self, sites: list[Site]) -> None:
        super().__init__()
        self.site.choices = choices({site.key: f"{site.code}, {site.name}" for site in sites}, blank="Whole study")

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each field, then refuse a site role without a site and a study-wide role at one."""
        if not super().validate(extra_validators):
            return False
        role, is_of_site = ROLES[self.role.data].lower(), self.role.data in SITE_ROLES
        if is_of_site and not self.site.data:
            self.site.errors = [f"Choose the center: {role} is a role at one center."]
        elif self.site.data and not is_of_site:
            self.site.errors = [f"Choose the whole study: {role} is not a role of a center."]
        return not self.site.errors


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A step that only asks why."""

    reason = text_field("Why?", length=300, required="Say in a few words why; the history keeps it.")
