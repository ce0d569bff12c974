"""Children who would stand out by the pages they lack: that a page is not there yet tells when a child was infused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from types import MappingProxyType

from registry.release.cut_files import CutFiles

EXPECTED = ("baseline", "infusion", "assessment", "laboratory")
"""Forms of which nearly every child has a page soon after the infusion."""
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
