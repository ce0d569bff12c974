"""The four profiles of an export: what each is for and what it takes before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Profile(StrEnum):
    """How much of the children's records leaves, from everything to counts alone."""

    IDENTIFIED = "identified"
    LIMITED = "limited"
    DEIDENTIFIED = "deidentified"
    PUBLIC = "public"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a profile is called, what it holds, and what has to be on record before it is written."""

    title: str
    holds: str
    has_rows: bool = True
    needs_agreement: bool = False
    needs_approval: bool = False


TERMS: dict[Profile, Terms] = {
    Profile.IDENTIFIED: Terms(
        title="Identified",
        holds="Everything as recorded, with birth dates, identifiers and free text. For your own site, or for the "
        "whole study after a second person has agreed.",
        needs_approval=True,
    ),
    Profile.LIMITED: Terms(
        title="Limited data set",
        holds="Real dates and the site's code, no direct identifiers and no free text. Only under a data use agreement "
        "and after a second person has agreed.",
        needs_agreement=True,
        needs_approval=True,
    ),
    Profile.DEIDENTIFIED: Terms(
        title="De-identified",
        holds="Random codes, windows of days from the infusion and ranges, neither site nor free text. Every child "
        "shares what others could know about it with enough other children.",
    ),
    Profile.PUBLIC: Terms(
        title="Public aggregate",
        holds="Counts and curves only; no number from 1 to 10 is shown or can be worked out.",
        has_rows=False,
    ),
}

LEAST = 11
"""Children who must look alike in a de-identified export without an agreement: a risk of 0.09, as EMA and Health
Canada recommend; EXPORT.md section 1.3."""

LEAST_UNDER_AGREEMENT = 5
"""The same where the recipient has signed a data use agreement."""
