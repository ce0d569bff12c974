"""What left the study: data cuts, exports written from them, and runs of the analysis on them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.database import Base
from registry.models import Keyed


class Cut(Keyed, Base):
    """A data cut that was taken: where its files are, what they hash to, who took it and when."""

    __tablename__ = "cut"

    cut_id: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str] = mapped_column(Text)
    taken_at: Mapped[datetime]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    change_seq: Mapped[int]
    subjects: Mapped[int]
    rows: Mapped[int]


class Export(Keyed, Base):
    """An export that was written: its profile, its cut, who asked and what the file hashes to."""

    __tablename__ = "export"

    profile: Mapped[str] = mapped_column(String(40))
    cut_id: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    subjects: Mapped[int]


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
