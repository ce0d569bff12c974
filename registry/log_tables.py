"""The tables of the change log: its entries, each chained to the one before, and its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.database import Base


class Change(Base):
    """One entry of the change log: the exact text that was authenticated, chained to the entry before."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "record_key"), UniqueConstraint("previous"))

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    save_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(36))
    table_name: Mapped[str] = mapped_column(String(60))
    record_key: Mapped[str] = mapped_column(String(36))
    subject_key: Mapped[str | None] = mapped_column(String(36), index=True)
    payload: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class ChainHead(Base):
    """The end of the change log: one row, locked last in every save."""

    __tablename__ = "chain_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    mac: Mapped[str] = mapped_column(String(64))
