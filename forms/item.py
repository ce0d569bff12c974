"""What every item of a form has: its privacy class, its place on the page, and how text becomes its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from forms.branching import When
from forms.values import Answer, ParseError


class Privacy(StrEnum):
    """How much an item can give a child away: decides what each export profile does to it."""

    DIRECT = "direct identifier"
    DATE = "date"
    QI = "quasi-identifier"
    QI_SITE = "site-linked quasi-identifier"
    SENSITIVE = "sensitive"
    FREE_TEXT = "free text"
    CLINICAL = "clinical"
    STRUCTURE = "structure"


DIRECT, DATE, QI, QI_SITE = Privacy.DIRECT, Privacy.DATE, Privacy.QI, Privacy.QI_SITE
SENSITIVE, FREE_TEXT = Privacy.SENSITIVE, Privacy.FREE_TEXT
CLINICAL, STRUCTURE = Privacy.CLINICAL, Privacy.STRUCTURE


class Severity(StrEnum):
    """What a finding does: refuse, ask for confirmation, open a data query, or only show."""

    HARD = "hard"
    CONFIRM = "confirm"
    SOFT = "soft"
    WARNING = "warning"


HARD, CONFIRM, SOFT, WARNING = Severity.HARD, Severity.CONFIRM, Severity.SOFT, Severity.WARNING
FROM_HARDEST = (HARD, CONFIRM, SOFT, WARNING)

_CODE = re.compile(r"[a-z0-9][a-z0-9_]*\Z")


@dataclass(frozen=True)
class CodeList:
    """The answers of a choice: code -> label, in the order shown."""

    name: str
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        for code in self.labels:
            if not _CODE.match(code):
                raise ValueError(f"code list {self.name}: “{code}” must be lower-case letters, digits, underscores")

    def __contains__(self, code: object) -> bool:
        return code in self.labels

    def parse(self, text: str) -> str:
        """Return the code that a text names, by code or by label."""
        wanted = text.strip()
        if wanted in self.labels:
            return wanted
        for code, label in self.labels.items():
            if wanted.casefold() in (code, label.casefold()):
                return code
        shown = ", ".join(list(self.labels)[:12]) + (", …" if len(self.labels) > 12 else "")
        raise ParseError(f"“{wanted}” is not one of the answers. Choose from: {shown}.")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of a form. ``privacy`` has no default; ``section`` starts a new heading on the page.

    ``extended`` items are beyond the core that every infused child needs. ``derives_from`` names items of the same
    form (or ``form.item``) whose value this one gives away. ``known_to_outsiders`` marks what a newspaper or a
    neighbour can know. ``missing`` False means no reason for a missing answer can be given (structure).
    """

    label: str
    privacy: Privacy
    help: str = ""
    unit: str = ""
    required: bool = False
    ask_if: When | None = None
    extended: bool = False
    section: str = ""
    since: int = 1
    until: int | None = None
    derives_from: tuple[str, ...] = ()
    known_to_outsiders: bool = False
    missing: bool = True
    kind: ClassVar[str] = "item"

    def parse(self, text: str) -> Answer | None:
        """Return the answer a text says, None for an empty text; raise ParseError with words for a person."""
        return self._parse(text) if text.strip() else None

    def _parse(self, text: str) -> Answer:
        raise ParseError(f"{self.label} cannot be typed.")

    def format(self, value: Answer | None) -> str:
        """Return the text that ``parse`` reads back as the same answer."""
        return "" if value is None else str(value)

    def show(self, value: Answer | None) -> str:
        """Return the answer in words for a person, without the unit."""
        return self.format(value)
