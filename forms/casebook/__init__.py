"""The casebook: the fifteen case report forms in order."""

from __future__ import annotations

from forms.form import Form

CASEBOOK: dict[str, Form] = {}
