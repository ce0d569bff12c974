"""What the pages of the exports show: the plan item by item, the risk before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.casebook import CASEBOOK
from registry.release import rules
from registry.release.actions import VERBS, Action, Verb
from registry.release.columns import form_path, stamped
from registry.release.export_rows import (
    DELETED,
    DONE,
    FAILED,
    QUEUED,
    REFUSED,
    RUNNING,
    TAKEN_BACK,
    WAITING,
)
from registry.release.gate import Passed
from registry.release.profiles import LEAST, TERMS, Profile
from registry.release.quasi_identifiers import ladder

IN_SHORT = {
    Verb.KEEP: "kept",
    Verb.DROP: "left out",
    Verb.RELDAY: "as days",
    Verb.BAND: "as ranges",
    Verb.POOL: "pooled",
    Verb.CLEAR: "cleared",
    Verb.YEAR: "as years",
    Verb.RECODE: "as codes",
}

STATES = {
    WAITING: ("waits for approval", "badge-wait"),
    QUEUED: ("about to be written", "badge-wait"),
    RUNNING: ("being written", "badge-wait"),
    DONE: ("written", "badge-good"),
    REFUSED: ("refused", "badge-late"),
    FAILED: ("failed", "badge-late"),
    DELETED: ("files deleted", ""),
    TAKEN_BACK: ("taken back", ""),
}

WORDS: dict[str, Any] = {
    "terms": TERMS,
    "verbs": {str(verb): words for verb, words in VERBS.items()},
    "states": STATES,
    "least": LEAST,
    "form_titles": {name: form.title for name, form in CASEBOOK.items()},
}
"""What every page of exports calls things."""


@dataclass(frozen=True, kw_only=True)
class FormPlan:
    """What happens to the items of one form; ``leaves`` tells whether it has a table of its own."""

    title: str
    actions: tuple[Action, ...]
    in_short: str
    leaves: bool = True


@dataclass(frozen=True, kw_only=True)
class Fates:
    """How many items leave as recorded, leave changed, or do not leave; of these ``cleared`` for rare answers."""

    kept: int
    changed: int
    changed_in_short: str
    left_out: int
    cleared: int


@dataclass(frozen=True, kw_only=True)
class FormCompared:
    """One form's items, each with the action of every profile in the order of PROFILES."""

    title: str
    in_short: tuple[str, ...]
    items: tuple[tuple[Action, ...], ...]


@dataclass(frozen=True, kw_only=True)
class QuasiLine:
    """What became of one thing that others could know about a child."""

    label: str
    done: str
    is_left_out: bool
    masked: int
    finer: int


PROFILES = tuple(Profile)


def plan(
    actions: Mapping[str, Sequence[Action]], forms: Iterable[str], leaving: Iterable[str] | None = None
) -> list[FormPlan]:
    """Return what is done to each item of some forms; ``leaving`` names those that keep a table."""
    tables = set(CASEBOOK if leaving is None else leaving)
    return [
        FormPlan(
            title=CASEBOOK[name].title,
            actions=tuple(actions[name]),
            in_short=_told(actions[name], leaves=name in tables),
            leaves=name in tables,
        )
        for name in CASEBOOK
        if name in forms
    ]


def _told(actions: Sequence[Action], *, leaves: bool) -> str:
    """Return in short what happens to a form; of one without a table only what stands in children.csv leaves."""
    if leaves:
        return in_short(action.verb for action in actions)
    beside = sum(bool(action.column) for action in actions)
    return (
        f"no table of its own; {beside} of {len(actions)} items in children.csv" if beside else "nothing of it leaves"
    )


def in_short(verbs: Iterable[Verb]) -> str:
    """Return how many items have which fate, such as ``3 kept, 5 left out``."""
    counts = Counter(verbs)
    return ", ".join(f"{counts[verb]} {words}" for verb, words in IN_SHORT.items() if counts[verb])


def fates(actions: Mapping[str, Sequence[Action]], forms: Iterable[str], leaving: Iterable[str]) -> Fates:
    """Return how many items of some forms leave as recorded, leave changed, or do not leave.

    Of a form that keeps no table only what stands in children.csv leaves.
    """
    tables = set(leaving)
    verbs = [
        action.verb if name in tables or action.column or action.verb is Verb.CLEAR else Verb.DROP
        for name in forms
        for action in actions[name]
    ]
    stays = (Verb.DROP, Verb.CLEAR)
    changed = [verb for verb in verbs if verb not in (Verb.KEEP, *stays)]
    return Fates(
        kept=verbs.count(Verb.KEEP),
        changed=len(changed),
        changed_in_short=in_short(changed),
        left_out=sum(verb in stays for verb in verbs),
        cleared=verbs.count(Verb.CLEAR),
    )


def compared() -> list[FormCompared]:
    """Return what each of the four profiles does to each item, by form."""
    by_profile = [rules.actions(profile) for profile in PROFILES]
    return [
        FormCompared(
            title=form.title,
            in_short=tuple(in_short(action.verb for action in actions[name]) for actions in by_profile),
            items=tuple(zip(*(actions[name] for actions in by_profile), strict=True)),
        )
        for name, form in CASEBOOK.items()
    ]


def done_by(manifest: Mapping[str, Any]) -> list[FormPlan]:
    """Return what a manifest says was done, by form; it may be older than the casebook and its words."""
    left_out = manifest.get("forms_left_out", ())
    stamp = manifest.get("stamp", "")
    found: dict[str, list[Action]] = {}
    for entry in manifest["items"]:
        if entry["form"] not in left_out:
            found.setdefault(entry["form"], []).append(_listed(entry))
    plans = []
    for name, actions in found.items():
        leaves = stamped(form_path(name), stamp) in manifest["files"]
        title = CASEBOOK[name].title if name in CASEBOOK else name
        said = _told(actions, leaves=leaves)
        plans.append(FormPlan(title=title, actions=tuple(actions), in_short=said, leaves=leaves))
    return plans


def _listed(entry: Mapping[str, str]) -> Action:
    return Action(
        form=entry["form"],
        item=entry["item"],
        label=entry.get("label", ""),
        privacy=entry.get("class", ""),
        verb=Verb(entry["action"]),
        why=entry["why"],
        detail=entry.get("detail", entry.get("ranges", "")),
        column=entry.get("column", ""),
    )


def quasi_lines(passed: Passed, keep: Sequence[str]) -> list[QuasiLine]:
    """Return what was done to each quasi-identifier, what serves the registry's question most first."""
    found = []
    for quasi in reversed(ladder(keep)):
        level = passed.levels[quasi.name]
        found.append(
            QuasiLine(
                label=quasi.label,
                done="left out" if level is None else quasi.levels[level].words,
                is_left_out=level is None,
                masked=passed.masked.get(quasi.name, 0),
                finer=passed.finer.get(quasi.name, 0),
            )
        )
    return found


def risk_lines(passed: Passed) -> list[tuple[str, str, str]]:
    """Return the measures of risk in words, as recorded and as released."""
    before, after = passed.before, passed.after

    def of_all(count: int, children: int) -> str:
        return f"{count} ({100 * count / children:.0f} %)"

    return [
        ("Children in the smallest group who look alike (k)", str(before.smallest), str(after.smallest)),
        (
            f"Children in groups under {passed.target}",
            of_all(before.under, before.children),
            of_all(after.under, after.children),
        ),
        ("Mean chance of picking the right child", f"{100 * before.mean:.1f} %", f"{100 * after.mean:.1f} %"),
        ("Highest chance of picking the right child", f"{100 * before.highest:.1f} %", f"{100 * after.highest:.1f} %"),
        (
            "Children in groups with one response at day 28 alone (not l-diverse)",
            of_all(before.one_outcome, before.children),
            of_all(after.one_outcome, after.children),
        ),
    ]
