"""The infections that count, each in the cell of its day, and the patient-days they are counted over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child, history_of
from analysis.endpoints.follow_up import FollowUp, follow_up_of
from analysis.endpoints.person_days import Cell, person_days_of
from analysis.endpoints.time_to_event import Source
from analysis.estimators import IncidenceRate, incidence_rate
from analysis.plan.infections import EXPOSURE_LAG_DAYS, LAST_INFECTION_DAY
from analysis.plan.resolution import CENSORED, DIED
from forms.context import Context
from forms.grading.infection import judge_severity
from forms.grading.infection_merging import NEW, NOT_COUNTED, judge_merging
from forms.rule_set import Verdict
from forms.values import answer, day_of

COUNTED = "counted"
UNTREATED, SAME = "not treated", "the same infection as an earlier page"
MERGING_OPEN = "treatment, organism or dates leave open whether it counts"
DATE_OPEN = "the day is not known"
OUTSIDE = "outside the patient-days"
KNOWN_BEFORE = "known before infusion, unchanged"
FATES = (COUNTED, UNTREATED, SAME, KNOWN_BEFORE, OUTSIDE, DATE_OPEN, MERGING_OPEN)
KINDS = {
    "bacterial": "bacterial",
    "mycobacterial": "bacterial",
    "viral": "viral",
    "yeast": "fungal",
    "mould": "fungal",
    "pneumocystis": "fungal",
    "parasitic": "other",
    "none_found": "no organism found",
}
INFECTED = 1
"""The event code of an infection, beside those of the plan for a death and for the end of observation."""


@dataclass(frozen=True, kw_only=True)
class InfectionPage:
    """One page of an infection: what became of it in the count, and its cell where it counts."""

    subject: str
    site: str
    fate: str
    day: int | None
    kind: str
    severity: str
    cell: Cell | None
    source: Source


@dataclass(frozen=True, kw_only=True)
class FirstInfection:
    """A treated child's days from the first dose to an infection (1), death (2) or the end of observation (0)."""

    subject: str
    site: str
    day: int
    event: int
    source: Source


@dataclass(frozen=True, kw_only=True)
class ChildDays:
    """One child's days by exposure, and by stratum and exposure; and why they ended."""

    subject: str
    site: str
    days: Mapping[str, int]
    strata: Mapping[tuple[str, str], int]
    follow_up: FollowUp


@dataclass(frozen=True, kw_only=True)
class Infections:
    """The patient-days and infections of all children by cell, and the rows they come from."""

    days: Mapping[Cell, int]
    events: Mapping[Cell, int]
    children: tuple[ChildDays, ...]
    pages: tuple[InfectionPage, ...]
    first: tuple[FirstInfection, ...]

    def rate(self, **wanted: Sequence[object]) -> IncidenceRate:
        """Return the rate in the cells whose fields have one of the wanted values."""
        return incidence_rate(_total(self.events, wanted), _total(self.days, wanted))


def count_infections(cut: Cut, children: Sequence[Child]) -> Infections:
    """Return the infections of all children and the days after their first infusion over which they are counted.

    Errors: ContradictionError when a child died before its first anakinra dose, or that lies after the day of the data.
    """
    days, pages, told, first = Counter[Cell](), [], [], []
    for child in children:
        follow_up = follow_up_of(cut, child, LAST_INFECTION_DAY)
        cells = person_days_of(cut, child, follow_up.last_day)
        days.update(cells)
        told.append(
            ChildDays(
                subject=child.subject,
                site=child.site,
                days=Counter(cell.exposure for cell in cells),
                strata=Counter((cell.stratum, cell.exposure) for cell in cells),
                follow_up=follow_up,
            )
        )
        own = _pages(cut, child, cells)
        pages += own
        began = _first_infection(cut, child, follow_up, own)
        if began:
            first.append(began)
    return Infections(
        days=days,
        events=Counter(page.cell for page in pages if page.cell is not None),
        children=tuple(told),
        pages=tuple(pages),
        first=tuple(first),
    )


def merging_of(cut: Cut, child: Child) -> Mapping[str, Verdict]:
    """Return infection page -> whether it is a new infection, repeats an earlier page, or does not count as untreated.

    A page without an onset has no verdict.
    """
    rows = cut.rows("infection", child.subject)
    return judge_merging(Context(today=cut.data_date, rows={"infection": rows})) if rows else {}


def _total(counts: Mapping[Cell, int], wanted: Mapping[str, Sequence[object]]) -> int:
    return sum(
        number
        for cell, number in counts.items()
        if all(getattr(cell, field) in values for field, values in wanted.items())
    )


def _pages(cut: Cut, child: Child, cells: Sequence[Cell]) -> list[InfectionPage]:
    rows = cut.rows("infection", child.subject)
    context = Context(
        today=cut.data_date, rows={"infection": rows, "end_of_study": cut.rows("end_of_study", child.subject)}
    )
    merging = merging_of(cut, child)
    found = []
    for row in rows:
        item = "first_positive_on" if answer(row, "first_positive_on") is not None else "onset_on"
        on = day_of(answer(row, item))
        day = (on - child.infusions[0].day).days if on is not None else None
        verdict = merging.get(str(row["record"]))
        fate = _fate(row, verdict.value if verdict else None, day, len(cells))
        severity = judge_severity(row, context)
        found.append(
            InfectionPage(
                subject=child.subject,
                site=child.site,
                fate=fate,
                day=day,
                kind=KINDS.get(str(answer(row, "organism_class")), "not told"),
                severity=severity.value if severity and severity.value else "not known",
                cell=cells[day] if fate == COUNTED and day is not None else None,
                source=Source(form="infection", item=item, record=str(row["record"])),
            )
        )
    return found


def _fate(row: Record, merged: str | None, day: int | None, days: int) -> str:
    if merged == NOT_COUNTED:
        return UNTREATED
    if answer(row, "presence") == "unchanged":
        return KNOWN_BEFORE
    if day is None:
        return DATE_OPEN
    if not 0 <= day < days:
        return OUTSIDE
    if merged is None:
        return MERGING_OPEN
    return COUNTED if merged == NEW else SAME


def _first_infection(
    cut: Cut, child: Child, follow_up: FollowUp, pages: Sequence[InfectionPage]
) -> FirstInfection | None:
    """Return the row of a child whose first dose lies within its follow-up; None for all others."""
    dose = child.first_dose
    if dose is None:
        return None
    history_of(child, dose, {}, cut.data_date)
    zero = (dose.day - child.infusions[0].day).days
    if not 0 <= zero <= follow_up.last_day:
        return None
    later = [
        page for page in pages if page.fate == COUNTED and page.day is not None and page.day > zero + EXPOSURE_LAG_DAYS
    ]
    page = min(later, key=lambda page: (page.day, page.source.record), default=None)
    if page is not None and page.day is not None:
        day, event, source = page.day - zero, INFECTED, page.source
    else:
        day, event, source = follow_up.last_day - zero, DIED if follow_up.died else CENSORED, follow_up.source
    return FirstInfection(subject=child.subject, site=child.site, day=day, event=event, source=source)
