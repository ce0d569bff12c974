"""How many days of the daily grid have no grade although they should: what a site's toxicity curves rest on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import String, and_, cast, exists, func, null, or_
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.context import RowsByForm
from forms.items import Day, Moment
from forms.rule_set import newest
from forms.rule_sets import RULE_SETS
from forms.schedule import closed_grid_days
from forms.toxicity_days import DAILY_GRADES
from forms.values import PartialDate, Row, Value
from registry.models import Derivation, Site, Subject
from registry.monitoring.counts import Sites, of_sites
from registry.tables import TABLES

GRADING_RULE_SETS = tuple(
    (one.id, one.version) for one in newest(RULE_SETS) if one.id.startswith(("crs_", "icans_", "tian_"))
)
"""The rule sets whose verdict grades a day, each in its newest version."""


@dataclass(frozen=True, kw_only=True)
class GradeDays:
    """Days of the daily grid that are over, and those of them without any grade; ``worst`` is subject id -> missing."""

    expected: int
    missing: int
    worst: Mapping[int, int]


def grade_days(session: Session, sites: Iterable[Site], today: Callable[[Site], date]) -> dict[int, GradeDays]:
    """Return site id -> days of the grid that should have a grade and have none.

    A day counts once its window is over. A sedated child has no grade, which is not missing (decision D2).
    """
    by_id = {site.id: site for site in sites}
    rows, site_of = _grid_rows(session, by_id)
    graded = _graded_days(session, by_id)
    expected: dict[int, int] = defaultdict(int)
    missing: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    days_now = {id_: today(site) for id_, site in by_id.items()}
    for subject_id, forms in rows.items():
        site_id = site_of[subject_id]
        for infusion in forms.get("infusion", ()):
            days = closed_grid_days(forms, infusion, days_now[site_id])
            known = graded.get(str(infusion["key"]), frozenset())
            expected[site_id] += len(days)
            without = sum(day.isoformat() not in known for day in days)
            if without:
                missing[site_id][subject_id] += without
    return {
        id_: GradeDays(expected=expected[id_], missing=sum(missing[id_].values()), worst=dict(missing[id_]))
        for id_ in by_id
    }


_GRID_READS = {
    "infusion": (),
    "toxicity_episode": ("onset_on", "resolved_on"),
    "anakinra_course": ("started_at", "stopped_at"),
    "end_of_study": ("reason", "died_on", "ended_on"),
    "follow_up": ("seen_on", "alive"),
}
"""Form -> the answers that decide for which days the daily grid is expected."""


def _grid_rows(session: Session, sites: Sites) -> tuple[dict[int, RowsByForm], dict[int, int]]:
    """Return subject id -> the rows that decide which grid days are expected, and subject id -> site id.

    A record stands under its row id, since nobody sees these rows.
    """
    found: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    site_of: dict[int, int] = {}
    for site_id, subject_id, form, row in chain(_answers(session, sites), _first_toxic_days(session, sites)):
        site_of[subject_id] = site_id
        found[subject_id][form].append(row)
    return {id_: {name: tuple(rows) for name, rows in forms.items()} for id_, forms in found.items()}, site_of


def _answers(session: Session, sites: Sites) -> Iterator[tuple[int, int, str, Row]]:
    """Yield site id, subject id, form, and the answers that ``_GRID_READS`` names, of each record."""
    for form, items in _GRID_READS.items():
        table = TABLES[form]
        infusion = table.c.infusion_id if "infusion" in CASEBOOK[form].items else null()
        columns = (table.c.id, infusion, *(table.c[item] for item in items))
        for site_id, subject_id, id_, infusion_id, *values in session.execute(
            of_sites(form, sites, Subject.id, *columns)
        ):
            answers = {item: _date(form, item, value) for item, value in zip(items, values, strict=True)}
            link = None if infusion_id is None else str(infusion_id)
            yield site_id, subject_id, form, {"key": str(id_), "infusion": link, **answers}


def _first_toxic_days(session: Session, sites: Sites) -> Iterator[tuple[int, int, str, Row]]:
    """Yield, like ``_answers``, one assessment for each infusion with a toxicity: the first one.

    Its day is all that the grid asks, so it stands as one of HLH, whichever toxicity was graded.
    """
    table = TABLES["assessment"]
    first = of_sites("assessment", sites, Subject.id, table.c.infusion_id, func.min(table.c.assessed_at))
    first = first.where(or_(table.c.carhlh_present.is_(True), *(table.c[name] >= 1 for name in DAILY_GRADES)))
    grouped = first.group_by(Subject.site_id, Subject.id, table.c.infusion_id)
    for site_id, subject_id, infusion_id, assessed_at in session.execute(grouped):
        row = {"infusion": str(infusion_id), "assessed_at": assessed_at, "carhlh_present": True}
        yield site_id, subject_id, "assessment", row


def _date(form: str, item: str, value: Any) -> Value:
    kind = CASEBOOK[form].items[item]
    return PartialDate(value) if isinstance(kind, (Day, Moment)) and kind.partial and value is not None else value


def _graded_days(session: Session, sites: Sites) -> dict[str, frozenset[str]]:
    """Return infusion (by row id) -> the days with a grade by anybody, or with the child sedated."""
    table = TABLES["assessment"]
    derived = exists().where(
        Derivation.record_key == table.c.key,
        Derivation.value.is_not(None),
        or_(*(and_(Derivation.rule_set == name, Derivation.version == version) for name, version in GRADING_RULE_SETS)),
    )
    told = [table.c[name].is_not(None) for name in (*DAILY_GRADES, "carhlh_present")]
    # One row per infusion: a row per day would be hundreds of thousands.
    days = func.aggregate_strings(func.substr(cast(table.c.assessed_at, String), 1, len("2026-03-05")), " ")
    statement = of_sites("assessment", sites, table.c.infusion_id, days).where(
        or_(*told, table.c.sedated.is_(True), derived)
    )
    rows = session.execute(statement.group_by(Subject.site_id, table.c.infusion_id))
    return {str(infusion_id): frozenset(told_days.split(" ")) for _, infusion_id, told_days in rows}
