"""Verdicts in words, as they stand beside the clinician's grade and in the list of rule sets of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forms.casebook import CASEBOOK
from forms.grading.rule_set import AT_LEAST, RuleSet, Verdict

NOT_VERIFIED = "not verified against its source"


@dataclass(frozen=True, kw_only=True)
class ShownVerdict:
    """What a rule set says of a record: its title, the result, which sign decided, what is missing, what to mind."""

    title: str
    beside: str
    result: str
    because: str
    missing: str
    note: str


def in_words(rule_set: RuleSet, verdict: Verdict) -> ShownVerdict:
    """Return a verdict in words."""
    result = result_in_words(verdict, counts=rule_set.counts)
    return ShownVerdict(
        title=rule_set.title,
        beside=rule_set.beside,
        result=result,
        because=verdict.because.removeprefix(f"{result}: "),
        missing=_labels(rule_set, verdict.missing),
        note="" if rule_set.verified else NOT_VERIFIED,
    )


def result_in_words(verdict: Verdict, *, counts: str = "") -> str:
    """Return the result alone: ``grade 3``, ``at least grade 3``, ``not met``, ``2 classes``, ``not assessable``.

    ``counts`` is what a number counts where it is no grade.
    """
    if verdict.value is None:
        return "not assessable"
    said = verdict.value.replace("_", " ")
    if counts:
        said = f"{said} {counts}"
    elif verdict.value.isdigit():
        said = f"grade {said}"
    return f"at least {said}" if verdict.certainty is AT_LEAST else said


def beside_items(shown: Iterable[ShownVerdict]) -> Mapping[str, list[ShownVerdict]]:
    """Return item -> the verdicts shown beside it; under the empty name those that stand beside none."""
    found: dict[str, list[ShownVerdict]] = {}
    for verdict in shown:
        found.setdefault(verdict.beside, []).append(verdict)
    return found


def _labels(rule_set: RuleSet, missing: Iterable[str]) -> str:
    names = (name.rpartition(".") for name in missing)
    items = (CASEBOOK[form or rule_set.form].items[item] for form, _, item in names)
    return ", ".join(item.label for item in items)
