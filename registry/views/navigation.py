"""The entries of the menu: what a viewer may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g, request
from flask_login import current_user

from registry.access import SIGNED_IN, Viewer, viewer


@dataclass(frozen=True, kw_only=True)
class MenuEntry:
    """A menu entry: its label, the page it opens and the action that page is for."""

    label: str
    endpoint: str
    action: str

    @property
    def is_current(self) -> bool:
        """Tell whether the page shown belongs to this entry."""
        blueprint = request.blueprint or ""
        return PART_OF.get(blueprint, blueprint) == self.endpoint.partition(".")[0]


MENU = (
    MenuEntry(label="Home", endpoint="home.index", action=SIGNED_IN),
    MenuEntry(label="Patients", endpoint="subjects.index", action="subject.list"),
    MenuEntry(label="Data queries", endpoint="data_queries.index", action="subject.list"),
    MenuEntry(label="Adjudication", endpoint="adjudication.index", action="adjudication.view"),
    MenuEntry(label="Monitoring", endpoint="monitoring.index", action="monitoring.view"),
    MenuEntry(label="Sites", endpoint="sites.index", action="site.view"),
    MenuEntry(label="Data cuts", endpoint="cuts.index", action="cut.take"),
    MenuEntry(label="Analysis", endpoint="analysis.index", action="analysis.view"),
    MenuEntry(label="Exports", endpoint="exports.index", action="export.public"),
    MenuEntry(label="Dictionary", endpoint="casebook.dictionary", action="dictionary.view"),
    MenuEntry(label="Accounts", endpoint="admin.index", action="account.manage"),
)

PART_OF = {
    "records": "subjects",
    "voiding": "subjects",
    "grid": "subjects",
    "timeline": "subjects",
    "agreements": "exports",
    "new_export": "exports",
}
"""Pages of one patient -> the pages whose entry stays marked."""


def init_app(app: Flask) -> None:
    """Give every template the viewer and the menu."""
    app.context_processor(lambda: {"the_viewer": the_viewer, "navigation": navigation})


def the_viewer() -> Viewer | None:
    """Return who is signed in; None for nobody and on pages that must not ask the database."""
    return viewer() if not g.get("plain") and current_user.is_authenticated else None


def navigation() -> list[MenuEntry]:
    """Return the menu entries of the viewer's rights, none for nobody."""
    person = the_viewer()
    if person is None:
        return []
    return [entry for entry in MENU if entry.action == SIGNED_IN or person.may(entry.action)]
