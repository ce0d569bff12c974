"""One request of a person or for a center after the other, where what is there is read before more is stored."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.models import Site, User


def take_turn(session: Session, whose: User | Site) -> None:
    """Let no other request of a person or for a center past its own ``take_turn`` until this transaction ends.

    What is counted afterwards stays true until the commit: of many requests at once none gets past a limit. SQLite lets
    one transaction write at a time anyway. Nobody else waits, nor does a row that only names the person or the center.
    A turn comes before the locks on children and the log: whoever holds one of them must not wait for it.
    """
    row = type(whose)
    session.execute(select(row.id).where(row.id == whose.id).with_for_update(key_share=True))
