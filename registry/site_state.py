"""What a site's set-up comes to today: approval, protocol in force, share of infused children who were enrolled."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from forms.infusion_log import CAPTURE_WANTED_PERCENT
from registry.consent import ANSWERED_NO, MISTAKEN
from registry.models import InfusionLog, Site, SiteProtocol, Subject
from registry.site_clock import today_at
from registry.tables import TABLES

ENDING_SOON = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Approval:
    """The ethics approval of a site on a day."""

    allows_enrolment: bool
    tone: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Capture:
    """Enrolled of infused, in a quarter or in all."""

    enrolled: int
    infused: int

    @property
    def percent(self) -> int | None:
        """Return enrolled of infused in whole percent; None when nobody was infused."""
        return round(100 * self.enrolled / self.infused) if self.infused else None

    @property
    def is_above(self) -> bool:
        """Tell whether more are counted as enrolled than as infused: one of the two counts is wrong."""
        return self.enrolled > self.infused

    @property
    def is_low(self) -> bool:
        """Tell whether the share is below what comparisons between sites ask for."""
        return bool(self.infused) and 100 * self.enrolled < CAPTURE_WANTED_PERCENT * self.infused


@dataclass(frozen=True, kw_only=True)
class SiteRow:
    """A site in the list of sites."""

    site: Site
    approval: Approval
    protocol: SiteProtocol | None
    subjects: int
    capture: Capture


def approval_on(site: Site, day: date) -> Approval:
    """Return whether the ethics approval holds on a day, and how to say so."""
    ends = site.ethics_expires_on
    if ends is None:
        return Approval(allows_enrolment=False, tone="late", words="Approval not recorded")
    if ends < day:
        return Approval(allows_enrolment=False, tone="late", words=f"Approval lapsed on {ends}")
    if ends <= day + ENDING_SOON:
        return Approval(allows_enrolment=True, tone="wait", words=f"Approval ends on {ends}")
    return Approval(allows_enrolment=True, tone="good", words=f"Approved until {ends}")


def protocol_on(protocols: Iterable[SiteProtocol], day: date) -> SiteProtocol | None:
    """Return the protocol version in force on a day."""
    begun = [protocol for protocol in protocols if protocol.effective_from <= day]
    return max(begun, key=lambda protocol: (protocol.effective_from, protocol.id), default=None)


def capture_of(logs: Iterable[InfusionLog]) -> Capture:
    """Return enrolled of infused over several quarters."""
    rows = list(logs)
    return Capture(enrolled=sum(row.enrolled for row in rows), infused=sum(row.infused for row in rows))


def list_sites(session: Session, sites: Iterable[Site], now: datetime) -> list[SiteRow]:
    """Return the sites with what their set-up comes to; four statements whatever their number."""
    wanted = list(sites)
    ids = [site.id for site in wanted]
    subjects = children_by_site(session, ids)
    protocols = list(session.scalars(select(SiteProtocol).where(SiteProtocol.site_id.in_(ids))))
    logs = list(session.scalars(select(InfusionLog).where(InfusionLog.site_id.in_(ids))))
    rows = []
    for site in wanted:
        today = today_at(site, now)
        own = (protocol for protocol in protocols if protocol.site_id == site.id)
        rows.append(
            SiteRow(
                site=site,
                approval=approval_on(site, today),
                protocol=protocol_on(own, today),
                subjects=subjects[site.id],
                capture=capture_of(log for log in logs if log.site_id == site.id),
            )
        )
    return rows


def children_by_site(session: Session, site_ids: Collection[int]) -> dict[int, int]:
    """Return site id -> how many children count there: consent not answered No, not entered by mistake; 0 for none."""
    counted = select(Subject.site_id, func.count()).where(Subject.site_id.in_(site_ids), ~ANSWERED_NO, ~MISTAKEN)
    return dict.fromkeys(site_ids, 0) | dict(session.execute(counted.group_by(Subject.site_id)).all())


def children_infused(session: Session, site: Site, first: date, last: date) -> int:
    """Return how many of the children who count at a site have an infusion between two days."""
    infusion = TABLES["infusion"].c
    between = infusion.infused_on.between(first, last) & infusion.voided_at.is_(None)
    counted = select(func.count()).where(Subject.site_id == site.id, ~ANSWERED_NO, ~MISTAKEN)
    return session.scalar(counted.where(exists().where(infusion.subject_id == Subject.id, between))) or 0
