"""Verdicts in words, as they stand beside the clinician's grade and in the list of rule sets of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from forms.casebook import CASEBOOK
from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, RuleSet, Verdict

NOT_VERIFIED = "not verified against its source"


@dataclass(frozen=True, kw_only=True)
class ShownVerdict:
    """What a rule set says of a record: its title, the result, which sign decided, what is missing, what to mind.

    ``is_open`` tells that answers are still missing for any result.
    """

    title: str
    beside: str
    result: str
    because: str
    missing: str
    note: str
    is_open: bool = False


def in_words(rule_set: RuleSet, verdict: Verdict) -> ShownVerdict:
    """Return a verdict in words."""
    result = result_in_words(verdict, counts=rule_set.counts, none=rule_set.none)
    because = "" if verdict.because == rule_set.none else verdict.because.removeprefix(f"{result}: ")
    return ShownVerdict(
        title=rule_set.title,
        beside=rule_set.beside,
        result=_as_far_as_known(verdict, result),
        because=rule_set.worded.get(because, because),
        missing=_labels(rule_set, verdict.missing),
        note="" if rule_set.verified else NOT_VERIFIED,
        is_open=verdict.certainty is NOT_ASSESSABLE and bool(verdict.missing),
    )


def result_in_words(verdict: Verdict, *, counts: Sequence[str] = (), none: str = "") -> str:
    """Return the result alone: ``grade 3``, ``at least grade 3``, ``not met``, ``2 classes``, ``not assessable``.

    ``counts`` is what a number counts where it is no grade, one of them and several; ``none`` is said instead of 0.
    """
    if verdict.value is None:
        return "not assessable"
    said = verdict.value.replace("_", " ")
    if none and verdict.value == "0":
        said = none
    elif counts:
        said = f"{said} {counts[0] if said == '1' else counts[-1]}"
    elif verdict.value.isdigit():
        said = f"grade {said}"
    return f"at least {said}" if verdict.certainty is AT_LEAST else said


def beside_items(shown: Iterable[ShownVerdict]) -> Mapping[str, list[ShownVerdict]]:
    """Return item -> the verdicts shown beside it; under the empty name those that stand beside none.

    Rules of one scale that say the same are one line.
    """
    alike: dict[ShownVerdict, list[str]] = {}
    for verdict in shown:
        scale, _, reading = verdict.title.partition(" (")
        alike.setdefault(replace(verdict, title=scale if reading else verdict.title), []).append(verdict.title)
    found: dict[str, list[ShownVerdict]] = {}
    for verdict, titles in alike.items():
        found.setdefault(verdict.beside, []).append(replace(verdict, title=_title_of(titles)))
    return found


def _as_far_as_known(verdict: Verdict, result: str) -> str:
    """Return a result as it reads while answers are missing: a bound that is no grade above 0 holds so far."""
    bare = result.removeprefix("at least ")
    is_grade_above_0 = verdict.value is not None and verdict.value.isdigit() and verdict.value != "0"
    return result if is_grade_above_0 or bare == result else f"{bare} so far"


def _title_of(titles: Sequence[str]) -> str:
    """Return one title for the rules of a scale that say the same, with what their titles have in common."""
    if len(titles) == 1:
        return titles[0]
    scale = titles[0].partition(" (")[0]
    readings = [title.partition(" (")[2].removesuffix(")").split(", ") for title in titles]
    common = [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*readings, strict=False))]
    shared = f" ({', '.join(common)})" if common else ""
    how_many = {2: "both", 3: "all three"}.get(len(titles), f"all {len(titles)}")
    return f"{scale}{shared}, {how_many} rules"


def _labels(rule_set: RuleSet, missing: Iterable[str]) -> str:
    names = (name.rpartition(".") for name in missing)
    items = (CASEBOOK[form or rule_set.form].items[item] for form, _, item in names)
    return ", ".join(item.label for item in items)
