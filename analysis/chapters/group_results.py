"""Resolution by group at the first dose: counts, incidences where a group is large enough, and Gray's test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.cut import Cut
from analysis.endpoints.children import children_of
from analysis.endpoints.groupings import Groups, group_children, grouping, what_told
from analysis.endpoints.time_to_event import TimeToEvent
from analysis.estimators import GroupTest, IncidenceCurve, cumulative_incidence, gray_test, permutation_gray
from analysis.plan.groups import LEAST_FOR_A_SHARE, PERMUTATION_SEED, PERMUTATIONS, PERMUTE_BELOW, REPORTED_GROUPINGS
from analysis.plan.resolution import RESOLVED, ResolutionEndpoint


@dataclass(frozen=True, kw_only=True)
class Group:
    """The children of one group: each one's day and event code, how many by center.

    The curve is None where they are too few for a share.
    """

    name: str
    outcomes: tuple[tuple[int, int], ...]
    centers: Mapping[str, int]
    curve: IncidenceCurve | None

    @property
    def children(self) -> int:
        """Return how many children belong to the group."""
        return len(self.outcomes)

    def count(self, event: int) -> int:
        """Return how many children had an event: resolved, died, or censored."""
        return sum(code == event for _, code in self.outcomes)


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """An endpoint in the groups of one grouping. `test` is None where `no_test` says why there is none."""

    grouping: Groups
    groups: tuple[Group, ...]
    not_known: int
    test: GroupTest | None
    no_test: str
    told_by: Mapping[str, int] = field(default_factory=dict)
    """Of how many children which fact told the group, where that differs."""


def group_endpoint(cut: Cut, endpoint: ResolutionEndpoint, rows: Sequence[TimeToEvent]) -> tuple[Grouped, ...]:
    """Return the rows of an endpoint in the groups of each grouping."""
    subjects = {row.subject for row in rows}
    children = {child.subject: child for child in children_of(cut) if child.subject in subjects}
    found = []
    for reported in map(grouping, REPORTED_GROUPINGS):
        told = Counter(filter(None, what_told(cut, endpoint, reported, children).values()))
        groups = in_groups(reported, rows, group_children(cut, endpoint, reported, children))
        found.append(replace(groups, told_by=dict(sorted(told.items()))))
    return tuple(found)


def in_groups(grouping: Groups, rows: Sequence[TimeToEvent], group_of: Mapping[str, str | None]) -> Grouped:
    """Return rows in groups that were fixed at their time zero; a subject's group is None where it is not known."""
    members = {name: [row for row in rows if group_of[row.subject] == name] for name in grouping.groups}
    test, no_test = _test(members)
    return Grouped(
        grouping=grouping,
        groups=tuple(_group(name, found) for name, found in members.items() if found),
        not_known=sum(group_of[row.subject] is None for row in rows),
        test=test,
        no_test=no_test,
    )


def _group(name: str, rows: Sequence[TimeToEvent]) -> Group:
    days, events = [row.day for row in rows], [row.event for row in rows]
    return Group(
        name=name,
        outcomes=tuple(sorted(zip(days, events, strict=True))),
        centers=dict(sorted(Counter(row.site for row in rows).items())),
        curve=cumulative_incidence(days, events, cause=RESOLVED) if len(rows) >= LEAST_FOR_A_SHARE else None,
    )


def _test(members: Mapping[str, Sequence[TimeToEvent]]) -> tuple[GroupTest | None, str]:
    """Return Gray's test within centers of the groups that are large enough, or why there is none."""
    large = {name: rows for name, rows in members.items() if len(rows) >= LEAST_FOR_A_SHARE}
    if len(large) < 2:
        return None, f"fewer than two groups have {LEAST_FOR_A_SHARE} children"
    tested = [(row, name) for name, rows in large.items() for row in rows]
    time, event = [row.day for row, _ in tested], [row.event for row, _ in tested]
    group, site = [name for _, name in tested], [row.site for row, _ in tested]
    if min(map(len, large.values())) < PERMUTE_BELOW:
        test = permutation_gray(
            time, event, group, cause=RESOLVED, strata=site, seed=PERMUTATION_SEED, n_permutations=PERMUTATIONS
        )
    else:
        test = gray_test(time, event, group, cause=RESOLVED, strata=site)
    if test.df == 0:
        return None, "within each center all children belong to one group, or nobody resolved"
    return test, ""
