"""Which pages of a child are the first: of its infusions, of the courses it was given, of the orders of that course.

A page without a day stands behind those with one and still counts: others know of it. The analysis asks more of a first
dose, its moment, since it counts days from there (`analysis/endpoints/children.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from registry.release.cut_files import Cells, CutFiles


def infusions(pages: Iterable[Cells]) -> list[Cells]:
    """Return a child's infusions in order of time."""
    return _in_time(pages, "infused_on")


def given_courses(pages: Iterable[Cells]) -> list[Cells]:
    """Return the anakinra courses of a child that were given, in order of time."""
    return _in_time((page for page in pages if page["given"] == "true"), "started_at")


def first_orders(courses: Sequence[Cells], orders: Iterable[Cells]) -> list[Cells]:
    """Return the orders of the first of a child's courses, in order of time."""
    first = courses[0]["record"] if courses else None
    return _in_time((order for order in orders if order["course"] == first), "from_at")


def first_records(cut: CutFiles, form: str) -> frozenset[str]:
    """Return the key of each child's first page of one of these three forms."""
    pages = cut.form(form).by_child()
    if form == "anakinra_regimen":
        courses = cut.form("anakinra_course").by_child()
        found = [first_orders(given_courses(courses.get(child, ())), own) for child, own in pages.items()]
    else:
        found = [given_courses(own) if form == "anakinra_course" else infusions(own) for own in pages.values()]
    return frozenset(own[0]["record"] for own in found if own)


def first_infused_on(cut: CutFiles) -> dict[str, str]:
    """Return the day of the first infusion of each child, empty where no page says one."""
    return {child: infusions(own)[0]["infused_on"] for child, own in cut.form("infusion").by_child().items()}


def _in_time(pages: Iterable[Cells], day: str) -> list[Cells]:
    return sorted(pages, key=lambda page: in_time(page[day], page["record"]))


def in_time(day: str, record: str) -> tuple[str, str]:
    """Return what puts records in order of time by a date as a cut writes it: those without one come last."""
    return day or "9", record
