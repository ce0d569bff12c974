"""A comparison of day 28 outcomes within centers, and within subgroups that were fixed before infusion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from analysis.cut import Cut, Record
from analysis.endpoints.day_28 import first_infusion
from analysis.endpoints.responses import Counts, Responder, ResponsePopulation, counts_of, exposure_of
from analysis.plan.responses import SMALL_CENTER_BELOW, SUBGROUP_AGE_YEARS, ResponseComparison
from forms.code_lists import DISEASE_BURDENS
from forms.values import answer

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """The two groups of a comparison among the children of one center or subgroup."""

    name: str
    first: Counts
    second: Counts

    @property
    def weight(self) -> float:
        """Return the Mantel-Haenszel weight n1 n2 / N; 0 where a group is empty."""
        return self.first.all * self.second.all / (self.first.all + self.second.all)


def by_center(comparison: ResponseComparison, population: ResponsePopulation) -> tuple[Stratum, ...]:
    """Return the centers by code; those with fewer than five compared children stand last, as one."""
    compared = _compared(comparison, population)
    sizes = Counter(child.site for child, _ in compared)
    small = sum(size < SMALL_CENTER_BELOW for size in sizes.values())
    others = f"{small} other center{'' if small == 1 else 's'}"

    def name_of(child: Responder) -> str:
        return child.site if sizes[child.site] >= SMALL_CENTER_BELOW else others

    names = sorted({name_of(child) for child, _ in compared}, key=lambda name: (name == others, name))
    return tuple(_stratum(name, [pair for pair in compared if name_of(pair[0]) == name]) for name in names)


def by_subgroup(
    cut: Cut, comparison: ResponseComparison, population: ResponsePopulation
) -> dict[str, tuple[Stratum, ...]]:
    """Return title -> levels of each subgroup; a level without a child is left out."""
    compared = _compared(comparison, population)
    infusions = {child.subject: first_infusion(cut, child.subject) for child, _ in compared}
    found = {}
    for title, (level_of, levels) in SUBGROUPS.items():
        members = {
            level: [pair for pair in compared if level_of(infusions[pair[0].subject]) == level] for level in levels
        }
        found[title] = tuple(_stratum(level, pairs) for level, pairs in members.items() if pairs)
    return found


def _compared(comparison: ResponseComparison, population: ResponsePopulation) -> list[tuple[Responder, bool]]:
    exposed = exposure_of(comparison)
    return [(child, group) for child in population.children if (group := exposed(child)) is not None]


def _stratum(name: str, pairs: list[tuple[Responder, bool]]) -> Stratum:
    first, second = (counts_of([child for child, group in pairs if group is wanted]) for wanted in (True, False))
    return Stratum(name=name, first=first, second=second)


def _antigens(infusion: Record) -> str:
    found = answer(infusion, "antigens")
    if not isinstance(found, tuple):
        return NOT_RECORDED
    return {("cd19",): "CD19", ("cd22",): "CD22", ("cd19", "cd22"): "CD19 and CD22"}.get(found, "others")


def _burden(infusion: Record) -> str:
    found = answer(infusion, "burden_at_lymphodepletion")
    return DISEASE_BURDENS.labels.get(str(found), NOT_RECORDED)


def _age(infusion: Record) -> str:
    found = answer(infusion, "age_years")
    if not isinstance(found, int):
        return NOT_RECORDED
    return AGES[found >= SUBGROUP_AGE_YEARS]


AGES = (f"under {SUBGROUP_AGE_YEARS} years", f"{SUBGROUP_AGE_YEARS} years or more")
SUBGROUPS: dict[str, tuple[Callable[[Record], str], tuple[str, ...]]] = {
    "Antigen of the construct": (_antigens, ("CD19", "CD22", "CD19 and CD22", "others", NOT_RECORDED)),
    "Disease burden at lymphodepletion": (_burden, (*DISEASE_BURDENS.labels.values(), NOT_RECORDED)),
    "Age at infusion": (_age, (*AGES, NOT_RECORDED)),
}
