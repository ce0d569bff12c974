"""The entries of the menu: what a viewer may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request

from registry.access import SIGNED_IN, viewer


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A menu entry: its label, the page it opens and the action that page is for."""

    label: str
    endpoint: str
    action: str

    @property
    def is_current(self) -> bool:
        """Tell whether the page shown belongs to this entry."""
        return bool(request.blueprint) and request.blueprint == self.endpoint.partition(".")[0]


MENU = (
    Entry(label="Home", endpoint="home.index", action=SIGNED_IN),
    Entry(label="Patients", endpoint="subjects.index", action="subject.list"),
    Entry(label="Data queries", endpoint="data_queries.index", action="subject.list"),
    Entry(label="Sites", endpoint="sites.index", action="site.view"),
    Entry(label="Data cuts", endpoint="cuts.index", action="cut.take"),
    Entry(label="Analysis", endpoint="analysis.index", action="analysis.view"),
    Entry(label="Exports", endpoint="exports.index", action="export.make"),
    Entry(label="Dictionary", endpoint="casebook.dictionary", action="dictionary.view"),
    Entry(label="Accounts", endpoint="admin.index", action="account.manage"),
)


def navigation() -> list[Entry]:
    """Return the menu entries of the viewer's rights."""
    present = (entry for entry in MENU if entry.endpoint in current_app.view_functions)
    return [entry for entry in present if entry.action == SIGNED_IN or viewer().may(entry.action)]
