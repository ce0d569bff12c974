"""Where a comparison of groups is a comparison of centers: computed, and said beside every grouping."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.chapters.group_results import Group
from analysis.plan.groups import NEARLY_ALL
from analysis.wording import counted

DIFFERS_BY_CENTER = "Differs by center; not a drug comparison."


def center_notice(groups: Sequence[Group]) -> str:
    """Return the notice of one grouping: which groups come from one center, and which centers have one group only."""
    if len(groups) < 2:
        return DIFFERS_BY_CENTER
    of_one = [sentence for group in groups if (sentence := _of_one_center(group))]
    centers = sorted({center for group in groups for center in group.centers})
    alone = [center for center in centers if sum(center in group.centers for group in groups) == 1]
    within = len(centers) - len(alone)
    told = [DIFFERS_BY_CENTER]
    if of_one:
        told.append(f"Nearly all children of one center: {'; '.join(of_one)}.")
    if alone:
        has = "has" if len(alone) == 1 else "have"
        told.append(
            f"{len(alone)} of {counted(len(centers), 'center', 'centers')} ({', '.join(alone)}) {has} children in one"
            f" group only; {counted(within, 'center', 'centers')} can be compared within."
        )
    return " ".join(told)


def _of_one_center(group: Group) -> str:
    """Return a group with its center where that has nearly all of its children; empty for a group of one child."""
    center, most = max(group.centers.items(), key=lambda pair: pair[1])
    if group.children < 2 or most < NEARLY_ALL * group.children:
        return ""
    return f"{group.name}, {most} of {group.children} from {center}"
