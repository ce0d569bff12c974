"""Who did something, by name: oneself, somebody else, or nobody but the command line."""

from __future__ import annotations

from registry.access import viewer
from registry.database import db
from registry.log_history import HistoryEntry
from registry.models import User

COMMAND_LINE = "Command line"


def name_of(user_id: int | None) -> str:
    """Return the name of a person; nobody is the command line."""
    person = db.session.get(User, user_id) if user_id else None
    return person.name if person else COMMAND_LINE


def who_saved(entry: HistoryEntry) -> str:
    """Return who saved something meanwhile, to stand before “saved”: oneself did in another tab."""
    return "You, in another tab," if entry.actor == viewer().user.key else entry.actor_name
