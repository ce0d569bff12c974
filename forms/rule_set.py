"""What a rule set is, and what it says about one record."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from forms.context import Context
from forms.form import ANCHOR_FORMS
from forms.values import Row

NOTHING: Mapping[str, str] = MappingProxyType({})
GRADES = ("0", "1", "2", "3", "4", "5")
FATAL_GRADE = 5


class Certainty(StrEnum):
    """How far a result can be relied on."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    NOT_ASSESSABLE = "not_assessable"


EXACT, AT_LEAST, NOT_ASSESSABLE = Certainty.EXACT, Certainty.AT_LEAST, Certainty.NOT_ASSESSABLE


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a rule set says about one record.

    ``value`` is a grade ("0" to "5"), a number or a code such as "met"; None, or a code for it such as "undetermined",
    where nothing can be said. ``why`` is the code of the reason why it is not exact ("sedated", "signs_missing").
    ``because`` says in words which sign decided. ``missing`` names the items without an answer that could change the
    result (``form.item`` when it is another form's). ``details`` holds each component or criterion on its own: name ->
    its grade or state.
    """

    value: str | None
    certainty: Certainty = EXACT
    because: str
    why: str = ""
    missing: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=lambda: NOTHING, hash=False)


VerdictsByRecord = Mapping[str, Mapping[str, Verdict]]
"""Record key -> id of a rule set -> what it says of the record."""


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """A published way to grade, in one version; a changed rule is a new version beside the old one.

    It judges the records of ``form`` and reads the forms in ``uses`` beside it (the anchor forms need no mention).
    Either ``judge_row`` judges one record by itself, or ``judge_child`` all records of the form in the order of time:
    key -> verdict. A record about which there is nothing to say has no verdict. ``beside`` is the item of the form that
    the verdict is shown beside, such as the clinician's grade. ``values`` are what a verdict can say, N for any number;
    a number is a grade unless ``counts`` names what it counts, one of them and several; ``none`` is what a page says
    instead of 0 of them. ``worded`` are reasons as stored -> as a page says them: what is stored of a released version
    keeps its words. ``decisions`` are the registry's own where the source is
    silent, in words for the dictionary; ``changed`` is what a later version says otherwise than the one before it.
    """

    id: str
    version: str
    title: str
    source: str
    verified: bool
    form: str
    uses: tuple[str, ...] = ()
    beside: str = ""
    values: tuple[str, ...] = GRADES
    counts: tuple[str, ...] = ()
    none: str = ""
    worded: Mapping[str, str] = field(default_factory=lambda: NOTHING, hash=False)
    decisions: tuple[str, ...] = ()
    changed: str = ""
    judge_row: Callable[[Row, Context], Verdict | None] | None = None
    judge_child: Callable[[Context], Mapping[str, Verdict]] | None = None

    def __post_init__(self) -> None:
        if (self.judge_row is None) == (self.judge_child is None):
            raise ValueError(f"rule set {self.id}: give either judge_row or judge_child")

    @property
    def reads(self) -> frozenset[str]:
        """Return the forms whose rows it reads, its own among them."""
        return frozenset({self.form, *self.uses, *ANCHOR_FORMS})

    def of(self, row: Row, context: Context) -> Verdict | None:
        """Return the verdict on one row of the context; all rows of the child are judged once for all of them."""
        if self.judge_row is not None:
            known: dict[str, tuple[Row, Verdict | None]] = context.memory.setdefault(f"{self.id} {self.version}", {})
            key = str(row.get("key"))
            if key not in known or known[key][0] is not row:
                known[key] = (row, self.judge_row(row, context))
            return known[key][1]
        assert self.judge_child is not None
        verdicts = context.once(f"{self.id} {self.version}", self.judge_child)
        return verdicts.get(str(row.get("key")))

    def verdicts(self, context: Context, keys: Collection[str] | None = None) -> dict[str, Verdict]:
        """Return record key -> verdict for the rows of its form in the context.

        ``keys`` names the only rows that changed: a set that judges row by row then judges no others.
        """
        by_row = self.judge_row is not None and keys is not None
        rows = context.rows[self.form]
        judged = ((str(row["key"]), row) for row in rows if not by_row or str(row["key"]) in (keys or ()))
        found = ((key, self.of(row, context)) for key, row in judged)
        return {key: verdict for key, verdict in found if verdict is not None}


def order_of_version(version: str) -> tuple[int, ...]:
    """Return the numbers in a version's name, by which versions are put in order: 2 comes before 10."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", version))


def newest(rule_sets: Iterable[RuleSet]) -> tuple[RuleSet, ...]:
    """Return each rule set in its newest version, in the order of their first ones: what a page shows and nothing else.

    The versions before it are worked out as well, so that what was once said can be followed.
    """
    found: dict[str, RuleSet] = {}
    for one in rule_sets:
        known = found.setdefault(one.id, one)
        if order_of_version(known.version) < order_of_version(one.version):
            found[one.id] = one
    return tuple(found.values())
