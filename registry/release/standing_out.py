"""Children who would stand out by the pages they lack: that a page is not there yet tells when a child was infused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from types import MappingProxyType

from registry.release.cut_files import CutFiles

EXPECTED = ("baseline", "infusion", "assessment", "laboratory")
"""Forms of which nearly every child has a page soon after the infusion."""
FOLLOWING: Mapping[str, str] = {"anakinra_regimen": "anakinra_course"}
"""A form -> the one with which nearly every child has a page of it; who has not is known for a dose not recorded."""
ALWAYS_THERE = "enrolment"
"""The form of which every child has a page, so that it tells nobody apart."""


def who_stands_out(
    cut: CutFiles, children: Iterable[str], *, least: int, before: Mapping[str, Hashable] = MappingProxyType({})
) -> frozenset[str]:
    """Return the children who lack the same of the expected pages as fewer than ``least`` children do.

    Infused days before the cut, or not infused at all: others could know that of a child. ``before`` is what each child
    lacked in earlier releases: whoever has these knows that it was infused about then, whatever it has now.
    """
    there = {form: cut.form(form).children for form in EXPECTED}
    found = {child: (before.get(child), *(child in there[form] for form in EXPECTED)) for child in children}
    sizes = Counter(found.values())
    return frozenset(child for child, pages in found.items() if sizes[pages] < least)


def are_enough(children: Iterable[str], cohorts: Mapping[str, Hashable], least: int) -> bool:
    """Tell whether ``least`` children are among these, and of each cohort among them as many, or all of a smaller one.

    ``cohorts`` says of each child who goes out in which earlier releases it was.
    """
    found, sizes = Counter(cohorts[child] for child in children), Counter(cohorts.values())
    return found.total() >= least and all(count >= min(least, sizes[cohort]) for cohort, count in found.items())


def forms_that_tell_few(
    there: Mapping[str, Collection[str]], cohorts: Mapping[str, Hashable], *, least: int
) -> frozenset[str]:
    """Return the forms that would tell few children by their row, or by its absence beside the form they follow.

    ``there`` says of which children a row of a form would leave.
    """
    told = set()
    for form, followed in FOLLOWING.items():
        with_row = set(there.get(form, ())) & set(there.get(followed, ()))
        without = set(there.get(followed, ())) - with_row
        if form in there and any(group and not are_enough(group, cohorts, least) for group in (with_row, without)):
            told.add(form)
    return frozenset(told)
