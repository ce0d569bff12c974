"""One request of a person after the other, where what they have is counted before more of it is stored."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.models import User


def take_turn(session: Session, user: User) -> None:
    """Let no other request of a person past its own ``take_turn`` until this transaction ends.

    What is counted afterwards stays true until the commit: of many requests at once none gets past a limit. SQLite lets
    one transaction write at a time anyway. Nobody else waits, nor does a row that only names the person. A turn comes
    before the locks on children and the log: whoever holds one of them must not wait for it.
    """
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
