"""What the de-identified profile does to each item, decided from its privacy class; no rule, no export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import (
    Choice,
    Count,
    Day,
    Derived,
    Item,
    Link,
    Measured,
    Moment,
    MultiChoice,
    Number,
    Privacy,
    Text,
    YesNo,
)

PROFILE = "deidentified"


class Verb(StrEnum):
    """What can be done to an item on its way out."""

    KEEP = "KEEP"
    DROP = "DROP"
    RELDAY = "RELDAY"
    BAND = "BAND"
    POOL = "POOL"
    RECODE = "RECODE"


VERBS = {
    Verb.KEEP: "kept as recorded",
    Verb.DROP: "left out",
    Verb.RELDAY: "replaced by whole days from the infusion",
    Verb.BAND: "replaced by a range",
    Verb.POOL: "rare values put together",
    Verb.RECODE: "replaced by a random-looking code",
}


class UnruledItem(RuntimeError):
    """An item has no rule in the profile; nothing is exported until it has one."""


@dataclass(frozen=True, kw_only=True)
class Bands:
    """Ranges of a number: each from one edge up to, but not including, the next; open at both ends."""

    edges: tuple[int, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the names of the ranges, lowest first; none that a spreadsheet takes for a date."""
        between = (f"{low} to under {high}" for low, high in zip(self.edges, self.edges[1:], strict=False))
        return (f"under {self.edges[0]}", *between, f"{self.edges[-1]} or more")

    def label(self, value: Decimal) -> str:
        """Return the name of the range a number falls into."""
        return self.labels[sum(value >= edge for edge in self.edges)]


@dataclass(frozen=True, kw_only=True)
class Top:
    """Whole numbers from 1 on, those from ``top`` on put together."""

    top: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the values that can occur, lowest first."""
        return (*(str(number) for number in range(1, self.top)), f"{self.top} or more")

    def label(self, value: Decimal) -> str:
        """Return the value, or the pool it falls into."""
        return self.labels[-1] if value >= self.top else str(int(value))


@dataclass(frozen=True, kw_only=True)
class Action:
    """What is done to one item and why; ``coarser`` holds the ranges or the pool where there are any."""

    form: str
    item: str
    label: str
    privacy: str
    verb: Verb
    why: str
    coarser: Bands | Top | None = None

    @property
    def detail(self) -> str:
        """Return the ranges or pooled values in words; empty where there are none."""
        return "; ".join(self.coarser.labels) if self.coarser else ""


BANDS_BY_UNIT: Mapping[str, Bands] = {
    "years": Bands(edges=(2, 12, 18)),
    "kg": Bands(edges=tuple(range(10, 85, 5))),
    "cm": Bands(edges=tuple(range(60, 190, 10))),
}
"""Ages in the groups of ICH E11, weights by 5 kg and heights by 10 cm."""

DOSE = Bands(edges=(1, 3, 5, 7, 9, 11, 15, 21))
"""mg/kg/day, with the usual orders (2, 4, 6, 8, 10) inside a range, so that rounding to a syringe moves nothing."""

CLEARANCE = Bands(edges=(15, 30, 45, 60, 90))
"""The stages of KDIGO 2012."""

BANDS_BY_ITEM: Mapping[str, Bands] = {
    "anakinra_regimen.mg_per_kg_day": DOSE,
    "anakinra_regimen.given_mg_per_kg_day": DOSE,
    "anakinra_course.at_start_egfr": CLEARANCE,
    "laboratory.egfr": CLEARANCE,
}
"""Clinical numbers that give an exact body measure away: doses are whole milligrams, so a dose per kg with three
decimals leaves one weight; an estimated clearance with the creatinine beside it gives the height (bedside Schwartz)."""

POOLS: Mapping[str, Top] = {"infusion.infusion_number": Top(top=2)}

WITHHELD: Mapping[str, str] = {
    "enrolment.reconsent_on": "lies close to the 18th birthday, so it gives the birth date",
    "anakinra_regimen.dose_value": "with the dose in mg/kg per day it gives the weight and the center's dosing",
}
"""Items that go out in no form though their class would let them, with the reason."""

_DROPPED_CLASSES = {
    Privacy.DIRECT: "identifies the child",
    Privacy.FREE_TEXT: "typed words can name anybody",
    Privacy.SENSITIVE: "sensitive",
    Privacy.QI_SITE: "tells the center",
}

RECORD_ACTIONS: tuple[Action, ...] = tuple(
    Action(form="", item=name, label=label, privacy="record", verb=verb, why=why)
    for name, label, verb, why in (
        ("subject", "Child", Verb.RECODE, "a code of this project, made with a secret key"),
        ("site", "Center", Verb.DROP, "tells the center"),
        ("record", "Record", Verb.RECODE, "a code of this project, made with a secret key"),
        ("instance", "Number of the record", Verb.DROP, "follows the calendar"),
        ("form_version", "Version of the form", Verb.DROP, "follows the calendar"),
        ("entered_at", "Time of entry", Verb.DROP, "a date"),
        ("completed", "Marked complete", Verb.KEEP, "says nothing about the child"),
    )
)
"""What is done to the columns that every form has."""

TABLES_LEFT_OUT: Mapping[str, str] = {
    "subjects.csv": "names the center of each child",
    "sites.csv": "names the centers",
    "protocols.csv": "tells the center",
    "reference_ranges.csv": "tells the center",
    "derivations.csv": "explains itself in words, and may follow a center's own definition",
    "derivation_details.csv": "may follow a center's own definition",
    "rule_sets.csv": "belongs to what is left out",
    "data_queries.csv": "holds dates and words",
    "infusion_log.csv": "counts by center",
    "adjudications.csv": "holds dates, and who judged",
}


@cache
def actions() -> dict[str, tuple[Action, ...]]:
    """Return what is done to each item of the casebook, by form; UnruledItem when an item has no rule."""
    return actions_for(CASEBOOK)


def actions_for(casebook: Mapping[str, Form]) -> dict[str, tuple[Action, ...]]:
    """Return what is done to each item of some forms; what gives a withheld value away is withheld too."""
    items = {(form.name, name): item for form in casebook.values() for name, item in form.items.items()}
    decided = {key: _decide(*key, item) for key, item in items.items()}
    while found := {key: again for key, item in items.items() if (again := _close(decided, key, item)) is not None}:
        decided.update(found)
    return {
        form.name: tuple(decided[form.name, name] for name in (*form.typed_items, *form.derived_items))
        for form in casebook.values()
    }


def _decide(form: str, name: str, item: Item) -> Action:
    """Return the action of an item taken by itself."""

    def act(verb: Verb, why: str, coarser: Bands | Top | None = None) -> Action:
        return Action(form=form, item=name, label=item.label, privacy=item.privacy, verb=verb, why=why, coarser=coarser)

    if reason := WITHHELD.get(f"{form}.{name}") or _DROPPED_CLASSES.get(item.privacy):
        return act(Verb.DROP, reason)
    if isinstance(item, Text):
        return act(Verb.DROP, _DROPPED_CLASSES[Privacy.FREE_TEXT])
    if isinstance(item, Link) and item.privacy is Privacy.STRUCTURE:
        return act(Verb.RECODE, "links records of one child")
    if item.privacy is Privacy.DATE:
        return act(*_for_date(form, name, item))
    if item.privacy is Privacy.QI:
        return act(*_for_quasi_identifier(form, name, item))
    if bands := BANDS_BY_ITEM.get(f"{form}.{name}"):
        return act(Verb.BAND, "the exact number gives the weight or the height away", bands)
    kept = isinstance(item, Choice | MultiChoice | YesNo | Number | Count | Measured | Derived)
    if kept and item.privacy in (Privacy.CLINICAL, Privacy.STRUCTURE):
        return act(Verb.KEEP, item.privacy)
    raise _unruled(form, name, item)


def _for_date(form: str, name: str, item: Item) -> tuple[Verb, str]:
    if isinstance(item.result if isinstance(item, Derived) else item, Day | Moment):
        return Verb.RELDAY, "a date"
    if isinstance(item, Derived) and item.unit == "days":
        return Verb.KEEP, "already counted in days"
    raise _unruled(form, name, item)


def _for_quasi_identifier(form: str, name: str, item: Item) -> tuple[Verb, str, Bands | Top | None]:
    if isinstance(item, Choice | MultiChoice | YesNo):
        return Verb.KEEP, "one of few answers", None
    if isinstance(item, Derived) and isinstance(item.result, Choice):
        return Verb.KEEP, "one of few answers", None
    if pool := POOLS.get(f"{form}.{name}"):
        return Verb.POOL, "more than one infusion is rare", pool
    if isinstance(item, Number | Count | Derived) and (bands := BANDS_BY_UNIT.get(item.unit)):
        return Verb.BAND, "the exact number can single out a child", bands
    if item.derives_from:
        return Verb.DROP, "the exact number can single out a child", None
    raise _unruled(form, name, item)


def _unruled(form: str, name: str, item: Item) -> UnruledItem:
    unit = f" in {item.unit}" if item.unit else ""
    return UnruledItem(
        f"{form}.{name}: the de-identified profile has no rule for a {item.kind}{unit} of class “{item.privacy}”, so "
        "nothing can be exported. Give the item another class or the profile a rule."
    )


def _close(decided: Mapping[tuple[str, str], Action], key: tuple[str, str], item: Item) -> Action | None:
    """Return the stricter action of an item that gives another one away; None when its own is strict enough."""
    own = decided[key]
    if own.verb is Verb.DROP:
        return None
    for source in item.derives_from:
        form, _, name = source.rpartition(".")
        given = decided[form or key[0], name]
        if given.verb in (Verb.DROP, Verb.BAND, Verb.POOL) and own.coarser is None:
            return replace(own, verb=Verb.DROP, why=f"gives away {source}")
    for source in sorted(item.ask_if.items) if item.ask_if else ():
        if decided[key[0], source].verb is Verb.DROP:
            return replace(own, verb=Verb.DROP, why=f"is asked only for some answers to {source}, which it gives away")
    return None
