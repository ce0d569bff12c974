"""The daily grid as a browser without scripts uses it: open it, read its fields, type, send."""

import html
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entries import NOW, stored
from registry.database import db
from registry.stored_records import Record
from registry.views import grid, grid_drafts
from study import Study

D2, D3 = "2026-03-07", "2026-03-08"


@pytest.fixture
def the_day_of_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the grid's clock stand still on the day on which the entries are made."""
    for module in (grid, grid_drafts):
        monkeypatch.setattr(module, "utc_now", lambda: NOW)


def address(study: Study, more: str = "") -> str:
    return f"/subjects/{study.subject.key}/grid{more}"


def fields_of(page: str) -> dict[str, str]:
    """Return the fields of a page as a browser would send them back."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
        if name and name[1] != "_do":
            found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    return found


def open_fields(client: FlaskClient, study: Study) -> dict[str, str]:
    return fields_of(client.get(address(study), query_string={"start": 0}).text)


def post(client: FlaskClient, study: Study, fields: dict[str, str], **typed: str) -> TestResponse:
    return client.post(address(study), data={**fields, **typed})


def rows(study: Study, form: str) -> list[Record]:
    db.session.expire_all()
    return stored(study.subject, form)


def typed(day: str, **cells: str) -> dict[str, str]:
    forms = {"ferritin": "laboratory", "platelets": "laboratory", "sampled_at": "laboratory"}
    return {f"{day}.{forms.get(name, 'assessment')}.{name}": text for name, text in cells.items()}
