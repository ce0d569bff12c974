"""Which finished reports would tell of single children beside another one that looks at almost the same children."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from sys import intern

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from registry.models import Subject
from registry.release.models import AnalysisRun
from registry.release.profiles import LEAST
from registry.reports import interim


def differs_by_few(session: Session, run: AnalysisRun, *, own_sites: frozenset[int]) -> bool:
    """Tell whether a limited report and another one differ by so few children that their difference is about a child.

    The other one is of everybody in the cut or of own sites, which may always be seen, or was made earlier with other
    filters and may be seen itself. Between them may be children of own sites, who are known there.
    """
    own = frozenset(session.scalars(select(Subject.key).where(Subject.site_id.in_(own_sites))))
    seen: list[AnalysisRun] = []
    done = (AnalysisRun.status == interim.DONE) & (AnalysisRun.id <= run.id)
    wanted = select(AnalysisRun).where(done).options(joinedload(AnalysisRun.cut)).order_by(AnalysisRun.id)
    for one in session.scalars(wanted):
        if not one.selection:
            continue
        count = interim.children_in(one)
        elsewhere = count - len(_children_of(one.folder) & own)
        is_hidden = count < LEAST or 0 < elsewhere < LEAST or 0 < one.cut.subjects - count < LEAST
        if is_hidden or any(_is_near(one, other, own) for other in seen):
            if one.id == run.id:
                return True
        else:
            seen.append(one)
    return False


def _is_near(one: AnalysisRun, other: AnalysisRun, own: frozenset[str]) -> bool:
    """Tell whether few children, some of them of other sites, are in one of two reports only.

    The same filters in a later cut find children who are new there: so does the report of everybody.
    """
    apart = abs(interim.children_in(other) - interim.children_in(one))
    if apart >= LEAST or other.selection == one.selection:
        return False
    between = _children_of(one.folder) ^ _children_of(other.folder)
    few = max(apart, len(between))
    return 0 < few < LEAST and len(between & own) < few


@lru_cache(maxsize=256)
def _children_of(folder: str) -> frozenset[str]:
    """Return the keys of the children of whom a finished report has rows; it never changes."""
    found: set[str] = set()
    for path in (Path(folder) / interim.REPORT).rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if "subject" in (rows.fieldnames or ()):
                found.update(intern(row["subject"]) for row in rows)
    return frozenset(found)
