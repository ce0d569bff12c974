"""A site that central monitoring looks at, filled child by child."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

import entries
from factories import make_site, make_user
from forms.values import Row
from registry.database import db
from registry.models import Site, Subject, User
from registry.monitoring import site_figures
from registry.monitoring.site_figures import SiteFigures

NOW = datetime(2026, 6, 1, 12, 0)
INFUSED = date(2026, 3, 5)


class Ward:
    """A site with its coordinator, filled child by child."""

    def __init__(self, session: Session) -> None:
        self.site = make_site(session)
        self.by = make_user(session, role="coordinator", site=self.site)
        session.commit()

    @property
    def coordinator(self) -> User:
        return db.session.get_one(User, self.by.id)

    def child(self, **enrolment: Any) -> tuple[Subject, str]:
        """Enrol a child and infuse it; return it and the key of its infusion."""
        row = entries.enrolment(**enrolment)
        subject = entries.enrol_child(
            db.session(), db.session.get_one(Site, self.site.id), row, by=self.coordinator, at=NOW
        )
        db.session.commit()
        return subject, self.save(subject, "infusion", entries.infusion(infused_on=INFUSED))

    def save(self, subject: Subject, form: str, row: Row, *, at: datetime = NOW, **more: Any) -> str:
        return entries.save(subject, self.coordinator, form, row, at=at, **more).key

    def figures(self) -> SiteFigures:
        (found,) = site_figures.figures(db.session(), [db.session.get_one(Site, self.site.id)], NOW)
        return found
