"""A coordinator at work on case report forms in a browser."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select

from children import enrol, record_links
from factories import make_site, make_user
from registry.database import db
from registry.models import Draft, User
from registry.stored_records import Record, read_records


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A coordinator at work in a browser, with one infused child."""

    server: Any
    user: User
    subject_id: int
    child: str
    links: dict[str, str]

    def address(self, form: str, record: str = "new") -> str:
        """Return the address of a page of one of the child's forms."""
        return f"{self.server.address}/subjects/{self.child}/{form}/{record}"

    def stored(self, form: str) -> list[Record]:
        """Return the stored records of a form."""
        with self.server.app.app_context():
            return read_records(db.session(), [form], [self.subject_id])[form]

    def drafts(self) -> list[dict[str, list[str]]]:
        """Return what is kept as drafts."""
        with self.server.app.app_context():
            return [draft.typed for draft in db.session.scalars(select(Draft))]


def open_desk(server: Any, page: Page) -> Desk:
    """Return a coordinator, signed in on the page."""
    with server.app.app_context():
        site = make_site(db.session())
        user = make_user(db.session(), role="coordinator", site=site)
        db.session.commit()
        subject = enrol(site.id, user.id)
        links = record_links(subject, db.session.get_one(User, user.id))
        found = Desk(server=server, user=user, subject_id=subject.id, child=subject.key, links=links)
        server.sign_in(page, user)
    return found


def field(page: Page, label: str) -> Any:
    """Return a field by its label."""
    return page.get_by_label(label, exact=True)
