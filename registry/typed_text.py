"""Text as a page can show it, a database can keep it and a terminal can print it."""

from __future__ import annotations

import re
import unicodedata

UNREADABLE = "\ufffd"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]")
"""All but tab, line feed and carriage return; and what turns the order of letters around, so that a page would read
otherwise than the log."""
LINE_ENDS = re.compile(r"[\t\r\n\x85\u2028\u2029]+")
JOINERS = "\u200c\u200d"
"""What Persian and the languages of India write between letters."""
FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing."""


def readable(text: str) -> str:
    """Return the text with a mark for each character that no page shows as it is, or that PostgreSQL refuses."""
    return CONTROL.sub(UNREADABLE, text)


def printable(text: str) -> str:
    """Return the text with the same mark for each character that would steer a terminal, or that none can print."""
    return "".join(character if character.isprintable() else UNREADABLE for character in text)


def normal(text: str | None) -> str | None:
    """Return readable text in composed form; None for nothing typed."""
    return unicodedata.normalize("NFC", readable(text)) if text else None


def in_one_line(text: str | None) -> str | None:
    """Return a text with a blank for each end of a line or tab, as a browser's field of one line would send it."""
    return LINE_ENDS.sub(" ", text) if text else None


def in_a_few_words(text: str | None) -> str:
    """Return a reason or a name that no form reads, as it is stored: without blanks around it, empty for nothing."""
    words = (normal(text) or "").strip()
    return words if visible(words).strip() else ""


def visible(text: str) -> str:
    """Return a text without the characters that nobody sees, to compare it with another one."""
    return "".join(character for character in text if not _is_invisible(character))


def before_invisible(text: str) -> str | None:
    """Return what stands before the first character that nobody sees, such as a zero-width space; None without one.

    Two names that differ in one alone look the same. A joiner behind a letter that is not Latin belongs to the word.
    """
    for place, character in enumerate(text):
        joins = character in JOINERS and _may_be_joined(text[:place])
        if _is_invisible(character) and not joins:
            return text[:place]
    return None


def odd_letter(word: str) -> str:
    """Return the first letter that is not Latin of a word that has Latin ones too; empty where there is none.

    Several alphabets have letters that look like Latin ones, so that two words which differ would read the same.
    """
    letters = [character for character in word if character.isalpha()]
    others = [letter for letter in letters if not unicodedata.name(letter, "").startswith("LATIN")]
    return others[0] if others and len(others) < len(letters) else ""


def _may_be_joined(before: str) -> bool:
    is_letter = bool(before) and unicodedata.category(before[-1])[0] in "LM"
    return is_letter and not unicodedata.name(before[-1], "LATIN").startswith("LATIN")


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in FILLERS
