"""The machinery of the study: sites, people, children, data queries, drafts, verdicts and reviews."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from flask_security import UserMixin
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.database import Base, Json, utc_now

SecurityUser: Any = UserMixin  # Any: its plain annotations would hide that the columns below are mapped


def new_key() -> str:
    """Return a fresh random key: the only id that stands in addresses, logs and files."""
    return str(uuid.uuid4())


class Keyed:
    """Columns of every row that has an address of its own."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True, default=new_key)


class Site(Keyed, Base):
    """A center: its approval, its clock and how it treats."""

    __tablename__ = "site"

    code: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(60))
    ethics_reference: Mapped[str | None] = mapped_column(String(120))
    ethics_expires_on: Mapped[date | None]
    agreement_signed_on: Mapped[date | None]
    carhlh_definition: Mapped[str | None] = mapped_column(String(40))
    carhlh_definition_text: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class SiteProtocol(Keyed, Base):
    """A version of a site's anakinra protocol, in force from a day on; ``rules`` are what a machine can compare.

    They are the plain data of ``forms.dosing.protocol_rules.ProtocolRules``, None when only the text was recorded.
    """

    __tablename__ = "site_protocol"
    __table_args__ = (UniqueConstraint("site_id", "version"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    version: Mapped[str] = mapped_column(String(40))
    effective_from: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    line: Mapped[str | None] = mapped_column(String(60))
    max_single_mg: Mapped[int | None]
    max_day_mg: Mapped[int | None]
    rules: Mapped[dict[str, Any] | None] = mapped_column(Json)


class ReferenceRange(Keyed, Base):
    """The normal range of one analyte at a site's laboratory, for a sex and an age band, from a day on.

    ``laboratory`` names another one than the site's own. Without months the whole first and last year count.
    """

    __tablename__ = "reference_range"
    __table_args__ = (Index(None, "site_id", "analyte"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    analyte: Mapped[str] = mapped_column(String(40))
    sex: Mapped[str | None] = mapped_column(String(10))
    age_from_years: Mapped[int]
    age_to_years: Mapped[int]
    age_from_months: Mapped[int | None]
    age_to_months: Mapped[int | None]
    laboratory: Mapped[str | None] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(30))
    low: Mapped[str | None] = mapped_column(String(20))
    high: Mapped[str | None] = mapped_column(String(20))
    valid_from: Mapped[date]


class InfusionLog(Keyed, Base):
    """A site's counts of one quarter: who was infused, approached, consented, refused, enrolled."""

    __tablename__ = "infusion_log"
    __table_args__ = (UniqueConstraint("site_id", "quarter"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    quarter: Mapped[str] = mapped_column(String(7))
    infused: Mapped[int]
    approached: Mapped[int]
    consented: Mapped[int]
    refused: Mapped[int]
    enrolled: Mapped[int]


class Subject(Keyed, Base):
    """A child in the registry. The code is for people; the enrolment id is never shown and feeds pseudonyms."""

    __tablename__ = "subject"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    enrolment_uuid: Mapped[str] = mapped_column(String(36), unique=True, default=new_key)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    withdrawn_on: Mapped[date | None]
    site: Mapped[Site] = relationship(lazy="joined")


class User(SecurityUser, Keyed, Base):  # type: ignore[misc]
    """A person with an account. What they may do stands in their role grants alone."""

    __tablename__ = "user"

    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: uuid.uuid4().hex)
    confirmed_at: Mapped[datetime | None]
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_last_counter: Mapped[int | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(Json)
    grants: Mapped[list[RoleGrant]] = relationship(foreign_keys="RoleGrant.user_id", back_populates="user")

    @property
    def roles(self) -> tuple[()]:
        """Return no roles: Flask-Security's own, global roles are not used."""
        return ()


class RoleGrant(Keyed, Base):
    """A role given to a person, at a site or study-wide; ended, never deleted."""

    __tablename__ = "role_grant"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    began_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id], back_populates="grants")
    site: Mapped[Site | None] = relationship(lazy="joined")


class LoginAttempt(Base):
    """One try to sign in: what the lock-out counts."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "account", "at"), Index(None, "address", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool]


class DataQuery(Keyed, Base):
    """A question about stored data: open until the value is corrected or a reason is given."""

    __tablename__ = "data_query"
    __table_args__ = (
        Index(
            "uq_data_query_open_fingerprint",
            "fingerprint",
            unique=True,
            sqlite_where=text("status <> 'closed'"),
            postgresql_where=text("status <> 'closed'"),
        ),
        Index(None, "subject_id", "status"),
    )

    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    form: Mapped[str] = mapped_column(String(40))
    record_key: Mapped[str] = mapped_column(String(36))
    check_id: Mapped[str] = mapped_column(String(120))
    check_version: Mapped[int | None]
    fingerprint: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(Text)
    found: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    subject: Mapped[Subject] = relationship()
    anchors: Mapped[list[DataQueryAnchor]] = relationship(
        order_by="DataQueryAnchor.id", cascade="save-update, merge, delete-orphan, delete"
    )
    events: Mapped[list[DataQueryEvent]] = relationship(order_by="DataQueryEvent.id")


class DataQueryAnchor(Base):
    """An item of a record that a data query is about."""

    __tablename__ = "data_query_anchor"

    id: Mapped[int] = mapped_column(primary_key=True)
    data_query_id: Mapped[int] = mapped_column(ForeignKey("data_query.id"), index=True)
    record_key: Mapped[str] = mapped_column(String(36), index=True)
    item: Mapped[str] = mapped_column(String(60))


class DataQueryEvent(Base):
    """One step in the life of a data query; append-only."""

    __tablename__ = "data_query_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    data_query_id: Mapped[int] = mapped_column(ForeignKey("data_query.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)


class Draft(Base):
    """One user's page as typed so far: seen by its author only, in no count, cut or log."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "record_key"), Index(None, "subject_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))
    form: Mapped[str] = mapped_column(String(40))
    record_key: Mapped[str] = mapped_column(String(36))
    revision: Mapped[int]
    typed: Mapped[dict[str, list[str]]] = mapped_column(Json)
    saved_at: Mapped[datetime]
    subject: Mapped[Subject | None] = relationship()


class Derivation(Base):
    """What a rule set says about one record: a value, or why there is none."""

    __tablename__ = "derivation"
    __table_args__ = (UniqueConstraint("record_key", "rule_set", "version"), Index(None, "subject_id", "rule_set"))

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    record_key: Mapped[str] = mapped_column(String(36))
    rule_set: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    value: Mapped[str | None] = mapped_column(String(40))
    certainty: Mapped[str] = mapped_column(String(20))
    because: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(String(40))
    missing: Mapped[list[str]] = mapped_column(Json)
    details: Mapped[dict[str, str]] = mapped_column(Json)


class Adjudication(Keyed, Base):
    """One reviewer's blinded judgement of a case; append-only, so that every review of a case is kept.

    The case is the record it is about. ``onset_day`` counts from the infusion: a reviewer sees no dates.
    """

    __tablename__ = "adjudication"
    __table_args__ = (Index(None, "record_key"),)

    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(40))
    record_key: Mapped[str] = mapped_column(String(36))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reviewed_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(String(30))
    peak_grade: Mapped[int | None]
    onset_day: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text)
    reviewer: Mapped[User] = relationship()
