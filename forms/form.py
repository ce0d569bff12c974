"""A case report form and its checks, declared once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from forms.branching import When
from forms.context import Context
from forms.items import FROM_HARDEST, Derived, Item, Link, Measured, Moment, MultiChoice, Numeric, Severity, YesNo
from forms.values import Answer, Row, Value

RESERVED = frozenset(
    {"id", "key", "subject", "subject_id", "site", "record", "instance", "revision", "form", "form_version"}
    | {"entered_at", "completed", "completed_at", "voided_at", "void_reason", "null_flavours"}
    | {"verified_at", "frozen_at", "locked_at", "signed_at"}
)

ANCHOR_FORMS = ("enrolment", "baseline", "infusion", "anakinra_course")
"""Forms that derived values of other forms may read; they are always in the context."""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """An answer of another record that a finding is about too."""

    form: str
    key: str
    item: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule that a row must satisfy. ``holds(row, context)`` returns None when it cannot tell, and stays silent.

    ``items`` are the items of the form that the finding is shown beside; ``uses`` names the other forms it reads
    (the anchor forms need no mention). ``message`` may hold ``{item}``, filled with what was found, and ``{why}``,
    filled with what ``explain(row, context)`` says. ``also(row, context)`` names the answers of other records that it
    compared: a reason holds only as long as those stay the same. ``group`` is the number of its group among the
    clinical edit checks (1 to 45), 0 for a rule of the page itself; ``version`` grows when the rule changes.
    """

    id: str
    severity: Severity
    items: tuple[str, ...]
    message: str
    holds: Callable[[Row, Context], bool | None]
    uses: tuple[str, ...] = ()
    explain: Callable[[Row, Context], str] | None = None
    also: Callable[[Row, Context], tuple[Anchor, ...]] | None = None
    group: int = 0
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check or a limit says about one row.

    ``is_missing`` marks a required answer that is not there yet, or names a record that does not stand any more.
    ``anchors`` are the answers of other records it is about too. ``suggestion`` is what the field could say instead:
    item -> text to type, such as ``1.1 g/L``.
    """

    check_id: str
    severity: Severity
    items: tuple[str, ...]
    message: str
    is_missing: bool = False
    anchors: tuple[Anchor, ...] = ()
    suggestion: Mapping[str, str] = field(default_factory=dict, hash=False)
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An answer that another page, or another item of the same one, already gives; ``when`` says in words which.

    ``also`` are further forms whose pages tell of it.
    """

    value: Answer
    form: str
    when: str
    also: tuple[str, ...] = ()


def recorded_by_page(form: str, when: str, answers: Mapping[str, Answer | None]) -> dict[str, Recorded]:
    """Return item -> what one page of a form tells of it, without the items that it leaves open."""
    return {name: Recorded(value=value, form=form, when=when) for name, value in answers.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Form:
    """One case report form: the single source of its table, page, checks, dictionary and export columns.

    ``day_item`` names the item that dates the row; ``summary`` the items that tell one row from another in a list.
    Once ``enough`` holds, no further answer is needed. ``recorded(row, context)`` returns item -> what other pages of
    the child already say of it, of forms that its checks use or that ``recorded_by`` names.
    """

    name: str
    number: int
    title: str
    intro: str
    version: int
    items: Mapping[str, Item]
    repeats: bool = True
    checks: tuple[Check, ...] = ()
    day_item: str = ""
    summary: tuple[str, ...] = ()
    enough: When | None = None
    recorded: Callable[[Row, Context], Mapping[str, Recorded]] | None = None
    recorded_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for name, item in self.items.items():
            if name in RESERVED:
                raise ValueError(f"{self.name}.{name}: the name is taken by the record itself")
            if not item.help:
                raise ValueError(f"{self.name}.{name}: help= is missing: say how to answer, with one example")
            if not 1 <= item.since <= self.version:
                raise ValueError(f"{self.name}.{name}: since={item.since}: raise the form's version to it")
            if item.until is not None:
                raise ValueError(f"{self.name}.{name}: until={item.until}: pages would go on asking it all the same")
            if item.ask_if and not item.ask_if.items <= seen:
                raise ValueError(f"{self.name}.{name}: asked by {item.ask_if}, which does not stand before it")
            if item.ask_if and any(isinstance(self.items[other], Measured) for other in item.ask_if.items):
                raise ValueError(
                    f"{self.name}.{name}: asked by {item.ask_if}: a page reads no measurement while it is typed"
                )
            if isinstance(item, MultiChoice) and item.none and item.none not in item.codes:
                raise ValueError(f"{self.name}.{name}: “{item.none}” is not in its code list")
            seen.add(name)
        named = {self.day_item, *self.summary, *(self.enough.items if self.enough else ())} - {""}
        for check in self.checks:
            named |= set(check.items)
        if not named <= seen:
            raise ValueError(f"{self.name}: there is no item {', '.join(sorted(named - seen))}")

    @cached_property
    def typed_items(self) -> dict[str, Item]:
        """Return the items that are answered on the page, in order."""
        return {name: item for name, item in self.items.items() if not isinstance(item, Derived)}

    @cached_property
    def derived_items(self) -> dict[str, Derived]:
        """Return the items that the server computes, in order."""
        return {name: item for name, item in self.items.items() if isinstance(item, Derived)}

    def asked_if(self, name: str) -> str:
        """Return in words when an item is asked, such as ``withdrawn is yes``; empty for one that always is."""
        condition = self.items[name].ask_if
        yes_no = {known for known, item in self.items.items() if isinstance(item, YesNo)}
        return condition.in_words(yes_no) if condition else ""

    def checks_down_to(self, mildest: Severity) -> tuple[Check, ...]:
        """Return the checks that are at least as hard as a severity, in order."""
        return self._checks_by_mildest[mildest]

    @cached_property
    def _checks_by_mildest(self) -> dict[Severity, tuple[Check, ...]]:
        places = {severity: place for place, severity in enumerate(FROM_HARDEST)}
        return {
            mildest: tuple(check for check in self.checks if places[check.severity] <= places[mildest])
            for mildest in FROM_HARDEST
        }

    @cached_property
    def still_missing(self) -> dict[str, Finding]:
        """Return required item -> what is said while it has no answer, in order."""
        return {name: _still_missing(self.name, name, item) for name, item in self.typed_items.items() if item.required}

    def missing(self, row: Row, asked: Collection[str]) -> list[str]:
        """Return the required items among those asked that have no answer, in order; none once it is enough."""
        found = [name for name in self.still_missing if row.get(name) is None and name in asked]
        return [] if found and self.enough is not None and self.enough.holds(row) else found

    @cached_property
    def ordinary(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Return item -> the limits within which no rule has a word to say about a number by itself."""
        numeric = ((name, item) for name, item in self.typed_items.items() if isinstance(item, Numeric))
        return {name: item.ordinary for name, item in numeric if item.ordinary is not None}

    @cached_property
    def measured_in_time(self) -> dict[str, Measured]:
        """Return the measured items that the child's record before can be compared with: none without a time."""
        is_timed = isinstance(self.items.get(self.day_item), Moment)
        return {name: item for name, item in self.items.items() if is_timed and isinstance(item, Measured)}

    @cached_property
    def links(self) -> dict[str, Link]:
        """Return the items that point to other records of the child, in order."""
        return {name: item for name, item in self.items.items() if isinstance(item, Link)}

    @cached_property
    def uses(self) -> frozenset[str]:
        """Return the forms whose rows it reads: the anchor forms, those it links to, those its checks name."""
        linked = (link.form for link in self.links.values())
        return frozenset(ANCHOR_FORMS).union(linked, *(check.uses for check in self.checks))

    def asked(self, row: Row) -> dict[str, Item]:
        """Return the typed items that the answers so far make visible.

        An item that is not asked counts as unanswered for those after it.
        """
        shown: dict[str, Item] = {}
        known: dict[str, Value] = {}
        # A condition reads items before it only: what it said once, it says of every later item.
        met: dict[int, bool] = {0: True}
        for name, item, decides, condition, place in self._in_order:
            holds = met.get(place)
            if holds is None:
                assert condition is not None
                holds = met[place] = condition.holds(known)
            if holds:
                shown[name] = item
                if decides:
                    known[name] = row.get(name)
        return shown

    @cached_property
    def _in_order(self) -> tuple[tuple[str, Item, bool, When | None, int], ...]:
        """Return the typed items: whether each decides if others are asked, its own condition and that one's number.

        Equal conditions have one number; 0 is none.
        """
        deciding = frozenset().union(*(item.ask_if.items for item in self.items.values() if item.ask_if))
        numbers: dict[When | None, int] = {None: 0}
        return tuple(
            (name, item, name in deciding, item.ask_if, numbers.setdefault(item.ask_if, len(numbers)))
            for name, item in self.typed_items.items()
        )

    def derive(self, row: Row, context: Context) -> dict[str, Value]:
        """Return the values of its derived items for a row; each may read those before it."""
        whole = dict(row)
        for name, item in self.derived_items.items():
            whole[name] = item.compute(whole, context)
        return {name: whole[name] for name in self.derived_items}


def _still_missing(form: str, name: str, item: Item) -> Finding:
    advice = "answer it, or say why it is missing." if item.missing else "still to answer."
    return Finding(
        check_id=f"{form}.{name}.required",
        severity=Severity.SOFT,
        items=(name,),
        message=f"{item.label}: {advice}",
        is_missing=True,
    )
