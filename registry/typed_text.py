"""Text as a page can show it, a database can keep it and a terminal can print it."""

from __future__ import annotations

import re
import unicodedata

UNREADABLE = "\ufffd"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # all but tab, line feed and carriage return


def readable(text: str) -> str:
    """Return the text with a mark for each character that no page shows and PostgreSQL refuses."""
    return CONTROL.sub(UNREADABLE, text)


def printable(text: str) -> str:
    """Return the text with the same mark for each character that would steer a terminal, or that none can print."""
    return "".join(character if character.isprintable() else UNREADABLE for character in text)


def normal(text: str | None) -> str | None:
    """Return readable text in composed form; None for nothing typed."""
    return unicodedata.normalize("NFC", readable(text)) if text else None


def in_a_few_words(text: str | None) -> str:
    """Return a reason or a name that no form reads, as it is stored: without blanks around it, empty for nothing."""
    return (normal(text) or "").strip()
