"""What a rule set is, and what it says about one record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from forms.context import Context
from forms.values import Row

NOTHING: Mapping[str, str] = MappingProxyType({})


class Certainty(StrEnum):
    """How far a result can be relied on."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    NOT_ASSESSABLE = "not_assessable"


EXACT, AT_LEAST, NOT_ASSESSABLE = Certainty.EXACT, Certainty.AT_LEAST, Certainty.NOT_ASSESSABLE


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a rule set says about one record.

    ``value`` is a grade ("0" to "5") or a code such as "met"; None where nothing can be said, and then ``why`` is the
    code of the reason ("sedated", "signs_missing"). ``because`` says in words which sign decided. ``missing`` names the
    items without an answer that could change the result (``form.item`` when it is another form's). ``details`` holds
    each component or criterion on its own: name -> its grade or state.
    """

    value: str | None
    certainty: Certainty = EXACT
    because: str
    why: str = ""
    missing: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=lambda: NOTHING, hash=False)


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """A published way to grade, in one version; a changed rule is a new version beside the old one.

    It judges the records of ``form`` and reads the forms in ``uses`` beside it (the anchor forms need no mention).
    Either ``judge_row`` judges one record by itself, or ``judge_child`` all records of the form in the order of time:
    key -> verdict. A record about which there is nothing to say has no verdict.
    """

    id: str
    version: str
    title: str
    source: str
    verified: bool
    form: str
    uses: tuple[str, ...] = ()
    judge_row: Callable[[Row, Context], Verdict | None] | None = None
    judge_child: Callable[[Context], Mapping[str, Verdict]] | None = None

    def __post_init__(self) -> None:
        if (self.judge_row is None) == (self.judge_child is None):
            raise ValueError(f"rule set {self.id}: give either judge_row or judge_child")

    def verdicts(self, context: Context, keys: Collection[str] | None = None) -> dict[str, Verdict]:
        """Return record key -> verdict for the rows of its form in the context.

        ``keys`` names the only rows that changed: a set that judges row by row then judges no others.
        """
        if self.judge_child is not None:
            return dict(self.judge_child(context))
        assert self.judge_row is not None
        found = {}
        for row in context.rows[self.form]:
            if keys is None or row["key"] in keys:
                verdict = self.judge_row(row, context)
                if verdict is not None:
                    found[str(row["key"])] = verdict
        return found
