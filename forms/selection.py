"""What part of the registry an analysis looks at: the filters of a report, as code lists, ages and dates.

The registry asks for them, the analysis applies them; both read their words here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forms.casebook.infusion import PRODUCTS
from forms.code_lists import INDICATIONS, LINES
from forms.dosing.tiers import DOSE_TIERS
from forms.item import CodeList
from forms.values import ParseError, parse_day

SITE = "site"
CHOICES: dict[str, tuple[str, CodeList]] = {
    "indication": ("Indication", INDICATIONS),
    "product": ("Product", PRODUCTS),
    "dose_tier": (
        "Dose ordered first",
        DOSE_TIERS,
    ),
    "route": ("Route at the start", CodeList("entry_routes", {"sc": "SC", "iv": "IV"})),
    "line": ("Line of treatment", LINES),
    "agents": (
        "Agents in the 72 h before",
        CodeList(
            "agents_at_start",
            {
                "neither": "neither",
                "tocilizumab": "tocilizumab",
                "steroid": "steroid",
                "both": "tocilizumab and steroid",
            },
        ),
    ),
}
"""Filter -> its words and its code list; the site is a filter too, with the sites' own codes."""
OLDEST_YEARS = 120


class SelectionError(ValueError):
    """A selection that cannot be used; the message says which filter and what to choose."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The children an analysis is limited to; empty it means all.

    `choices` maps a filter to the codes any one of which a child must have. Ages are whole years at the first
    infusion and dates days of the first infusion, both ends included.
    """

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    age_from: int | None = None
    age_to: int | None = None
    infused_from: date | None = None
    infused_to: date | None = None

    def __post_init__(self) -> None:
        for name, codes in self.choices.items():
            for code in codes:
                if name != SITE and code not in CHOICES[name][1]:
                    known = ", ".join(CHOICES[name][1].labels)
                    raise SelectionError(f"{CHOICES[name][0]}: “{code}” is not known. Choose from: {known}.")
        for age in (self.age_from, self.age_to):
            if age is not None and not 0 <= age <= OLDEST_YEARS:
                raise SelectionError(f"Age: {age} years is not possible. Give whole years from 0 to {OLDEST_YEARS}.")
        if self.age_from is not None and self.age_to is not None and self.age_from > self.age_to:
            raise SelectionError(f"Age: from {self.age_from} to {self.age_to} years holds nobody. Exchange the two.")
        if self.infused_from and self.infused_to and self.infused_from > self.infused_to:
            raise SelectionError(
                f"Infused: from {self.infused_from} to {self.infused_to} holds no day. Exchange the two."
            )

    @property
    def is_everybody(self) -> bool:
        """Tell whether nothing was chosen."""
        return not self.words()

    def words(self) -> tuple[str, ...]:
        """Return what was chosen, one filter each, such as `Product: Tisagenlecleucel`."""
        found = []
        for name in (SITE, *CHOICES):
            codes = self.choices.get(name, ())
            title, labels = ("Site", {}) if name == SITE else (CHOICES[name][0], CHOICES[name][1].labels)
            if codes:
                found.append(f"{title}: {' or '.join(labels.get(code, code) for code in codes)}")
        found += _between("Age at infusion", self.age_from, self.age_to, " years")
        found += _between("Infused", self.infused_from, self.infused_to, "")
        return tuple(found)

    def as_fields(self) -> dict[str, list[str]]:
        """Return the chosen filters as names and texts, from which ``read_selection`` makes the same selection."""
        ranges = {name: getattr(self, name) for name in RANGES}
        chosen = {name: list(codes) for name, codes in self.choices.items() if codes}
        return chosen | {name: [str(value)] for name, value in ranges.items() if value is not None}


EVERYBODY = Selection()
RANGES = {
    "age_from": "lowest age at the first infusion, whole years",
    "age_to": "highest age at the first infusion, whole years",
    "infused_from": "first day of the first infusion, such as 2026-03-05",
    "infused_to": "last day of the first infusion, such as 2026-03-05",
}


def read_selection(fields: Mapping[str, Sequence[str]]) -> Selection:
    """Return the selection that texts name, each filter with any number of them; empty texts choose nothing.

    Errors: SelectionError for a text that is not one of a filter's answers, names two that exclude each other, or is
    no age or date.
    """
    given = {name: tuple(text.strip() for text in texts if text.strip()) for name, texts in fields.items()}
    choices = {name: given[name] for name in (SITE, *CHOICES) if given.get(name)}
    first = {name: given[name][0] for name in RANGES if given.get(name)}
    return Selection(
        choices=choices,
        age_from=_age(first.get("age_from")),
        age_to=_age(first.get("age_to")),
        infused_from=_day(first.get("infused_from")),
        infused_to=_day(first.get("infused_to")),
    )


def _between(title: str, low: object, high: object, unit: str) -> list[str]:
    if low is None and high is None:
        return []
    if low is None:
        return [f"{title}: to {high}{unit}"]
    return [f"{title}: from {low}{unit}"] if high is None else [f"{title}: {low} to {high}{unit}"]


def _age(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise SelectionError(f"Age: “{text}” is not a number of whole years. Write it such as 12.")
    return int(text[:9])


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return parse_day(text)
    except ParseError:
        raise SelectionError(f"Infused: “{text}” is not a day. Write it such as 2026-03-05.") from None
