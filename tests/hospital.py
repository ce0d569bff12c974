"""A center with its people and one child, and a browser that looks at each state of its pages as every reader does."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from accessibility import wrong_at_each_width
from children import enrol, record_links
from entries import assessment, save
from factories import make_site, make_user
from registry.access import SITE_ROLES
from registry.database import db
from registry.models import Subject, User

ROLES = ("coordinator", "investigator", "monitor", "data_manager", "privacy_officer", "administrator")


@dataclass(frozen=True, kw_only=True)
class Hospital:
    """People by role and one infused child at a center, and a browser in front of it.

    ``links`` is form name -> record key; ``found`` is state -> what is wrong with it.
    """

    server: Any
    page: Page
    people: dict[str, int]
    subject_id: int
    child: str
    links: dict[str, str]
    found: dict[str, list[str]] = field(default_factory=dict)

    def sign_in(self, role: str) -> None:
        """Let somebody with a role look on."""
        with self.server.app.app_context():
            self.server.sign_in(self.page, db.session.get_one(User, self.people[role]))

    def open(self, address: str) -> None:
        """Open an address, with the keys of the child and of its records filled in."""
        self.page.goto(self.server.address + address.format(child=self.child, **self.links))

    def press(self, button: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=button, exact=True).click()

    def look(self, state: str, shown: str) -> None:
        """Make sure that a state is shown, by words that only it has; keep what is wrong with it at each width."""
        expect(self.page.locator("main")).to_contain_text(shown)
        for width, wrong in wrong_at_each_width(self.page).items():
            self.found[f"{state}, {width} pixels"] = wrong

    def enrol_another(self) -> None:
        """Let the coordinator enrol one more child elsewhere."""
        with self.server.app.app_context():
            enrol(db.session.get_one(Subject, self.subject_id).site_id, self.people["coordinator"])

    def assess(self, **answers: Any) -> None:
        """Let the coordinator save an assessment of the child elsewhere."""
        with self.server.app.app_context():
            by = db.session.get_one(User, self.people["coordinator"])
            subject = db.session.get_one(Subject, self.subject_id)
            save(subject, by, "assessment", assessment(self.links["infusion"], **answers))


def make_hospital(server: Any, page: Page) -> Hospital:
    """Store a center, its people and a child with a record of each form that others link to."""
    with server.app.app_context():
        session = db.session()
        site = make_site(session)
        people = {role: make_user(session, role=role, site=site if role in SITE_ROLES else None).id for role in ROLES}
        session.commit()
        subject = enrol(site.id, people["coordinator"])
        links = record_links(subject, session.get_one(User, people["coordinator"]))
        return Hospital(
            server=server,
            page=page,
            people=people,
            subject_id=subject.id,
            child=subject.key,
            links=links,
        )
