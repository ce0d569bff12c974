"""What tests of the pages of exports share: people at their browsers, what they ask for, exports in some state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g, request_started
from flask.testing import FlaskClient

from entries import NOW
from export_requests import Requesting, an_order
from registry.database import db
from registry.models import User
from registry.release import export_rows, requests, runs, writing
from registry.release.models import Export
from registry.release.order import Order
from registry.release.profiles import Profile
from signing_in import signed_in_client

LATER = NOW + timedelta(minutes=5)
OWN_SITE = an_order(profile=Profile.IDENTIFIED, site="TST", forms=("enrolment", "infusion"))


def said(html: str) -> str:
    """Return a page as it reads: each stretch of blanks and line ends is one blank."""
    return re.sub(r"\s+", " ", html)


class Asking:
    """People at their browsers, and what they ask for."""

    def __init__(self, app: Flask, requesting: Requesting) -> None:
        self.app, self.requesting = app, requesting

    def client(self, person: User) -> FlaskClient:
        return signed_in_client(self.app, person)

    def data(self, **given: Any) -> dict[str, Any]:
        usual = {
            "cut": self.requesting.cut.key,
            "profile": "identified",
            "project": "steroid-sparing",
            "purpose": "Asked by the committee",
            "forms": ["enrolment", "infusion"],
            "formats": ["csv"],
        }
        return {**usual, **given}

    def export(self, order: Order = OWN_SITE, by: User | None = None) -> Export:
        by = by or self.requesting.coordinator
        return requests.place(db.session(), order, self.requesting.cut, by=by, at=NOW)

    def written(self) -> Export:
        """Return an own-site export whose files were written in this process."""
        export = self.export()
        export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
        writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
        db.session.refresh(export)
        return export


@pytest.fixture
def asking(own_app: Flask, requesting: Requesting, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """Yield the people of a study; exports stay queued, since their process has tests of its own.

    The context that the study's fixture leaves open must not keep who was signed in last.
    """
    monkeypatch.setattr(runs, "look", lambda session, at: None)

    def forget(*_: object, **__: object) -> None:
        for name in ("viewer", "_login_user"):
            g.pop(name, None)

    with request_started.connected_to(forget, own_app):
        yield Asking(own_app, requesting)
