"""Which infection pages are one infection: the same organism within its window (CLINICAL.md D12, 2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from forms.context import Context
from forms.grading.child import codes_of, text_of
from forms.grading.parts import SIGNS_MISSING, not_assessable
from forms.rule_set import RuleSet, Verdict
from forms.values import Row, answer, earliest, latest

NEW, REPEAT, NOT_COUNTED = "new", "repeat", "not_counted"
WINDOW_DAYS = {
    "bacterial": 7,
    "clostridioides_difficile": 30,
    "respiratory_virus": 14,
    "sars_cov_2": 14,
    "hsv_vzv": 14,
    "cmv": 60,
    "ebv": 60,
    "hhv6": 60,
    "adenovirus": 60,
    "yeast": 14,
    "mould": 90,
}
"""Days within which the same organism is the same infection, by organism and, where it has none, by its kind."""
OTHER_WINDOW_DAYS = 14
IN_BLOOD_ONLY = ("cmv", "ebv", "hhv6", "adenovirus")
_COLLECTIVE = ("other", "other_gram_negative", "respiratory_virus")
"""Codes for several organisms: only the name beside them tells one from another."""


@dataclass(frozen=True, kw_only=True)
class Infection:
    """What one page says that merging looks at: from when to when its onset can be, and which organism it was."""

    key: str
    first: date
    last: date
    organism: str | None
    name: str | None
    window_days: int
    is_treated: bool | None


def window_of(organism: str | None, kind: str | None, *, is_in_blood: bool) -> int:
    """Return the days within which the same organism is the same infection."""
    if organism in IN_BLOOD_ONLY and not is_in_blood:
        return OTHER_WINDOW_DAYS
    return WINDOW_DAYS.get(organism or "", WINDOW_DAYS.get(kind or "", OTHER_WINDOW_DAYS))


def merged(infections: tuple[Infection, ...]) -> dict[str, Verdict]:
    """Return key -> whether a page is a new infection, repeats an earlier page, or does not count as untreated.

    A page is compared with the last treated one of its organism: a chain within the window is one infection.
    """
    found: dict[str, Verdict] = {}
    newest: dict[tuple[str, str | None], Infection] = {}
    for one in sorted(infections, key=lambda one: (one.first, one.last, one.key)):
        if not one.is_treated:
            found[one.key] = _TREATMENT_OPEN if one.is_treated is None else _UNTREATED
        elif one.organism is None:
            found[one.key] = _NEW_WITHOUT_ORGANISM
        elif one.organism in _COLLECTIVE and one.name is None and any(code == one.organism for code, _ in newest):
            found[one.key] = _NAME_OPEN
        else:
            found[one.key] = _compared(one, newest.get((one.organism, one.name)))
            newest[one.organism, one.name] = one
    return found


def _compared(one: Infection, earlier: Infection | None) -> Verdict:
    if earlier is None:
        return _FIRST
    days, shortest = (one.last - earlier.first).days, max((one.first - earlier.last).days, 0)
    if days <= one.window_days:
        because = f"the same organism as {days} days before, within {one.window_days} days"
        return Verdict(value=REPEAT, because=because, details={"window_days": str(one.window_days)})
    if shortest > one.window_days:
        because = f"the same organism, but more than {one.window_days} days apart"
        return Verdict(value=NEW, because=because, details={"window_days": str(one.window_days)})
    return _DATES_OPEN


_FIRST = Verdict(value=NEW, because="the first page of this organism")
_NEW_WITHOUT_ORGANISM = Verdict(value=NEW, because="no organism to compare with other pages")
_UNTREATED = Verdict(value=NOT_COUNTED, because="not treated: only infections that needed treatment count")
_TREATMENT_OPEN = not_assessable("the treatment is not told", SIGNS_MISSING, "treatment_route")
_NAME_OPEN = not_assessable(
    "which organism it was is not told, and there is an earlier page of its kind",
    "organism_unnamed",
    "organism_other",
)
_DATES_OPEN = not_assessable("the dates leave open whether it lies within the window", "date_partial", "onset_on")


def judge_merging(context: Context) -> Mapping[str, Verdict]:
    """Return infection -> new, repeat or not counted, for those with an onset."""
    pages = (_infection(row) for row in context.rows["infection"])
    return merged(tuple(one for one in pages if one is not None))


def _infection(row: Row) -> Infection | None:
    onset = answer(row, "onset_on")
    first, last = earliest(onset), latest(onset)
    if first is None or last is None:
        return None
    organism, kind, route = (text_of(row, name) for name in ("organism", "organism_class", "treatment_route"))
    told = text_of(row, "organism_other")
    in_blood = text_of(row, "infection_site") == "viremia" or "blood_pcr" in (codes_of(row, "positive_samples") or ())
    return Infection(
        key=str(row.get("key")),
        first=first.date(),
        last=last.date(),
        organism=organism,
        name=told.casefold().strip() if told and organism in _COLLECTIVE else None,
        window_days=window_of(organism, kind, is_in_blood=in_blood),
        is_treated=None if route is None else route != "none",
    )


INFECTION_MERGING = RuleSet(
    id="infection_merging",
    version="1",
    title="Same or new infection",
    source="CIBMTR windows for the same organism, second-hand: bacteria 7 days, C. difficile 30, respiratory viruses, "
    "herpes simplex and varicella zoster 14, CMV, EBV, HHV-6 and adenovirus in blood 60, yeast 14, mold 90",
    verified=False,
    form="infection",
    values=(NEW, REPEAT, NOT_COUNTED),
    decisions=(
        "Other organisms have 14 days.",
        "Onsets are compared with the last treated page of the organism: a chain within the window is one infection.",
        "A collective organism (other, other gram-negative, respiratory virus) is the same only with the same name.",
    ),
    judge_child=judge_merging,
)
