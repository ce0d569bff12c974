"""Who did something that is done on pages and on the command line alike, by name."""

from __future__ import annotations

from registry.database import db
from registry.models import User

COMMAND_LINE = "Command line"


def name_of(user_id: int | None) -> str:
    """Return the name of a person; nobody is the command line."""
    person = db.session.get(User, user_id) if user_id else None
    return person.name if person else COMMAND_LINE
