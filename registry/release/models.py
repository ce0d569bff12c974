"""What left the study: data cuts, exports written from them, and runs of the analysis on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.database import Base, Json
from registry.models import Keyed


class Cut(Keyed, Base):
    """A data cut that was taken: where its files are, what they hash to, who took it and when."""

    __tablename__ = "cut"

    cut_id: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str] = mapped_column(Text)
    taken_at: Mapped[datetime]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    change_seq: Mapped[int]
    name: Mapped[str] = mapped_column(String(80), default="")
    subjects: Mapped[int]
    rows: Mapped[int]


class DataUseAgreement(Keyed, Base):
    """What a recipient has signed: who may use which project's data for what, until when."""

    __tablename__ = "data_use_agreement"

    parties: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    project: Mapped[str] = mapped_column(String(40))
    signed_on: Mapped[date]
    expires_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Export(Keyed, Base):
    """An export from its request on: what was asked for, who decided, what was written; one is written at a time.

    ``made_at`` and ``made_by_id`` say when and who asked, nobody being the command line. ``forms`` is empty in exports
    older than the choice of forms, which held all.
    """

    __tablename__ = "export"
    __table_args__ = (
        Index(
            "uq_export_running",
            "status",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )

    profile: Mapped[str] = mapped_column(String(40))
    cut_id: Mapped[str] = mapped_column(String(64))
    project: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text, default="")
    forms: Mapped[list[str]] = mapped_column(Json, default=list)
    formats: Mapped[list[str]] = mapped_column(Json, default=list)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    agreement_key: Mapped[str | None] = mapped_column(ForeignKey("data_use_agreement.key"))
    least: Mapped[int | None]
    least_reason: Mapped[str] = mapped_column(Text, default="")
    keep: Mapped[list[str]] = mapped_column(Json, default=list)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    status: Mapped[str] = mapped_column(String(10))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(Text, default="")
    folder: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    subjects: Mapped[int] = mapped_column(default=0)
    process_id: Mapped[int | None]


class AnalysisRun(Keyed, Base):
    """One run of the interim analysis on a cut: queued, running, done or failed; the index lets one run at a time."""

    __tablename__ = "analysis_run"
    __table_args__ = (
        Index(
            "uq_analysis_run_running",
            "status",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )

    cut_key: Mapped[str] = mapped_column(ForeignKey("cut.key"))
    selection: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(10))
    folder: Mapped[str] = mapped_column(Text)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(Text, default="")
    process_id: Mapped[int | None]
    cut: Mapped[Cut] = relationship()
