"""What the monitoring page counts, by site: each function is a fixed number of statements, whatever it counts.

Children who withdrew, whose consent is answered No or who were entered by mistake, and voided records, are left out
everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    cast,
    func,
    select,
    union_all,
)
from sqlalchemy import case as when
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Day, Measured, Moment
from registry import data_queries
from registry.consent import NOT_REFUSED
from registry.models import DataQuery, Site, Subject
from registry.monitoring.local_days import days_until, years_of
from registry.tables import TABLES

Sites = Iterable[int]


@dataclass(frozen=True, kw_only=True)
class Share:
    """Some of all."""

    count: int
    of: int

    @property
    def percent(self) -> float | None:
        """Return the share in percent; None of nothing."""
        return 100 * self.count / self.of if self.of else None

    def is_above(self, percent: int) -> bool:
        """Tell whether the share is above a limit, compared in whole numbers."""
        return 100 * self.count > percent * self.of


@dataclass(frozen=True, kw_only=True)
class CheckCounts:
    """How often a check asked, and what came of it."""

    check_id: str
    form: str
    opened: int = 0
    still_open: int = 0
    answered: int = 0
    corrected: int = 0

    def plus(self, other: CheckCounts | None) -> CheckCounts:
        """Return the counts of the same check at this and another site together."""
        if other is None:
            return self
        return replace(
            self,
            opened=self.opened + other.opened,
            still_open=self.still_open + other.still_open,
            answered=self.answered + other.answered,
            corrected=self.corrected + other.corrected,
        )


def of_sites(form: str, sites: Sites, *columns: Any) -> Select[Any]:
    """Return the selection of columns of a form's records at some sites, each row with its site first."""
    table = TABLES[form]
    statement = select(Subject.site_id, *columns).join(table, table.c.subject_id == Subject.id)
    return statement.where(Subject.site_id.in_(list(sites)), NOT_REFUSED, table.c.voided_at.is_(None))


def by_check(session: Session, sites: Sites) -> dict[int, dict[str, CheckCounts]]:
    """Return site id -> check id -> how often it asked and what came of it; people's questions are left out."""
    counted = (
        select(Subject.site_id, DataQuery.check_id, DataQuery.form, DataQuery.status, func.count())
        .join(Subject, Subject.id == DataQuery.subject_id)
        .where(Subject.site_id.in_(list(sites)), NOT_REFUSED)
        .where(DataQuery.check_id != data_queries.MANUAL)
        .group_by(Subject.site_id, DataQuery.check_id, DataQuery.form, DataQuery.status)
    )
    found: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    form_of: dict[str, str] = {}
    for site_id, check_id, form, status, number in session.execute(counted):
        found[site_id][check_id][status] = number
        form_of[check_id] = form
    return {
        site_id: {
            check_id: CheckCounts(
                check_id=check_id,
                form=form_of[check_id],
                opened=sum(by_status.values()),
                still_open=by_status.get(data_queries.OPEN, 0),
                answered=by_status.get(data_queries.ANSWERED, 0),
                corrected=by_status.get(data_queries.CLOSED, 0),
            )
            for check_id, by_status in by_check.items()
        }
        for site_id, by_check in found.items()
    }


def pages(session: Session, sites: Sites) -> dict[int, dict[str, int]]:
    """Return site id -> form -> how many of its pages are stored."""
    ids = list(sites)
    counted = [of_sites(name, ids, func.count()).group_by(Subject.site_id) for name in CASEBOOK]
    named = [statement.add_columns(_constant(name)) for name, statement in zip(CASEBOOK, counted, strict=True)]
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for site_id, number, name in session.execute(union_all(*named)):
        found[site_id][name] = number
    return found


def _constant(text: str) -> ColumnElement[str]:
    return cast(text, String)


def treated_and_events(session: Session, sites: Sites) -> dict[int, tuple[int, int]]:
    """Return site id -> children given anakinra, and adverse events recorded for any child."""
    ids = list(sites)
    course = TABLES["anakinra_course"]
    treated = of_sites("anakinra_course", ids, func.count(Subject.id.distinct())).where(course.c.given.is_(True))
    given: dict[int, int] = dict(session.execute(treated.group_by(Subject.site_id)).all())
    events = of_sites("adverse_event", ids, func.count()).group_by(Subject.site_id)
    recorded: dict[int, int] = dict(session.execute(events).all())
    return {id_: (given.get(id_, 0), recorded.get(id_, 0)) for id_ in ids}


def measured_values(session: Session, sites: Sites) -> dict[int, int]:
    """Return site id -> how many values with a choice of units are stored."""
    found: dict[int, int] = defaultdict(int)
    statements = []
    for form in CASEBOOK.values():
        names = [name for name, item in form.items.items() if isinstance(item, Measured) and item.units]
        if names:
            number = sum(
                (func.count(TABLES[form.name].c[name]) for name in names[1:]), func.count(TABLES[form.name].c[names[0]])
            )
            statements.append(of_sites(form.name, sites, number).group_by(Subject.site_id))
    for site_id, number in session.execute(union_all(*statements)):
        found[site_id] += number
    return found


def values_of(session: Session, sites: Sites, form: str, item: str) -> dict[int, list[tuple[Any, int]]]:
    """Return site id -> each value of an item with how often it was recorded."""
    column = TABLES[form].c[item]
    statement = of_sites(form, sites, column, func.count()).where(column.is_not(None))
    found: dict[int, list[tuple[Any, int]]] = defaultdict(list)
    for site_id, value, number in session.execute(statement.group_by(Subject.site_id, column)):
        found[site_id].append((value, number))
    return found


def days_to_entry(session: Session, sites: Sites) -> dict[int, dict[int, int]]:
    """Return site id -> days from an event to its entry -> how many pages; children enrolled looking back are left out.

    Both are days at the site. An event of which only the month is known has no such days.
    """
    ids = list(sites)
    zones: dict[int, str] = dict(session.execute(select(Site.id, Site.time_zone).where(Site.id.in_(ids))).all())
    entered = [select(func.min(TABLES[name].c.entered_at), func.max(TABLES[name].c.entered_at)) for name in CASEBOOK]
    years = years_of(moment for pair in session.execute(union_all(*entered)) for moment in pair)
    enrolment = TABLES["enrolment"]
    looking_back = select(enrolment.c.subject_id).where(
        enrolment.c.retrospective.is_(True), enrolment.c.voided_at.is_(None)
    )
    statements = []
    for form in CASEBOOK.values():
        if form.name != "enrolment":
            entered_at = TABLES[form.name].c.entered_at
            days = days_until(session, _day_of(form), entered_at, zones, years).label("days")
            told = of_sites(form.name, ids, days).where(Subject.id.not_in(looking_back)).subquery()
            # PostgreSQL groups by a column of what was selected before: the expression holds bound values.
            statements.append(select(told.c.site_id, told.c.days, func.count()).group_by(told.c.site_id, told.c.days))
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for site_id, days_apart, number in session.execute(union_all(*statements)):
        if days_apart is not None:
            found[site_id][int(days_apart)] += number
    return found


def _day_of(form: Form) -> ColumnElement[Any]:
    """Return the day of a form's records, or their moment on that day; null where the day is not known."""
    event, item = TABLES[form.name].c[form.day_item], form.items[form.day_item]
    if isinstance(item, (Day, Moment)) and item.partial:
        whole = len("2026-03-05")
        return when((func.length(event) >= whole, func.substr(event, 1, whole)))
    return event
