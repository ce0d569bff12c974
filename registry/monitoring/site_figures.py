"""Central monitoring: what the stored data say about how a site records, beside what would stand out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.infusion_log import CAPTURE_WANTED_PERCENT
from forms.items import Measured
from forms.ordering import ENTRY_IS_LATE_AFTER_DAYS
from registry.models import InfusionLog, Site
from registry.monitoring import counts
from registry.monitoring.counts import CheckCounts, Share
from registry.monitoring.digits import Digits, last_digits
from registry.monitoring.duplicates import PossibleDuplicate, possible_duplicates
from registry.monitoring.grade_days import GradeDays, grade_days
from registry.site_clock import today_at
from registry.site_state import Capture, capture_of, children_by_site

MISSING_GRADES_PERCENT = 20
KEPT_UNITS_PERCENT = 5
TREATED_WITHOUT_EVENT = 10

DIGITS_OF = (
    ("Temperature", ("assessment.temperature_c",), 1),
    ("Systolic pressure", ("assessment.systolic_mmhg",), 0),
    ("Diastolic pressure", ("assessment.diastolic_mmhg",), 0),
    ("Weight", ("baseline.weight_kg", "anakinra_course.dosing_weight_kg", "follow_up.weight_kg"), 1),
)
"""Measurement -> its items, and the decimals that a device shows."""


@dataclass(frozen=True, kw_only=True)
class EntryDelay:
    """How long after an event its page was entered."""

    median_days: int | None
    late: Share


@dataclass(frozen=True, kw_only=True)
class Flag:
    """What stands out at a site, and what to do about it."""

    words: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class SiteFigures:
    """What a site's data say about how it records."""

    site: Site
    subjects: int
    capture: Capture
    grade_days: GradeDays
    treated: int
    events: int
    kept_units: Share
    entry: EntryDelay
    digits: tuple[Digits, ...]
    duplicates: tuple[PossibleDuplicate, ...]

    @property
    def missing_grades(self) -> Share:
        """Return the days of the grid without a grade, of those whose time is over."""
        return Share(count=self.grade_days.missing, of=self.grade_days.expected)

    @property
    def has_too_few_events(self) -> bool:
        """Tell whether so many were treated that no adverse event at all is unlikely."""
        return self.treated >= TREATED_WITHOUT_EVENT and not self.events

    @property
    def uneven_digits(self) -> tuple[Digits, ...]:
        """Return the measurements whose last digits chance would not give."""
        return tuple(digits for digits in self.digits if digits.is_uneven)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Return what stands out, each with what to do."""
        named = ", ".join(digits.label.lower() for digits in self.uneven_digits)
        said = (
            (
                self.capture.is_low,
                f"Fewer than {CAPTURE_WANTED_PERCENT} % of the infused children are enrolled",
                "Contrasts between sites leave it out: ask what keeps the others from being enrolled.",
            ),
            (
                self.capture.is_above,
                "More children are counted as enrolled than as infused",
                "Compare both counts with the site, quarter by quarter, and correct the one that is wrong.",
            ),
            (
                self.missing_grades.is_above(MISSING_GRADES_PERCENT),
                f"More than {MISSING_GRADES_PERCENT} % of the grade-days are missing",
                "Ask for the flow sheets of the children listed below, those with the most days first.",
            ),
            (
                self.has_too_few_events,
                f"No adverse event in {self.treated} treated children",
                "Ask how adverse events are looked for, and go through two charts with the site.",
            ),
            (
                self.kept_units.is_above(KEPT_UNITS_PERCENT),
                f"More than {KEPT_UNITS_PERCENT} % of the laboratory values were kept against a unit or limit",
                "Ask for the laboratory's own units, and compare a printed report with the page.",
            ),
            (
                bool(self.uneven_digits),
                f"Last digits are uneven: {named}",
                "Ask how it is measured and read off, and whether values are rounded before they are entered.",
            ),
            (
                bool(self.duplicates),
                "Children look entered twice",
                "Compare the two casebooks with the site; void the pages of the one too many, its enrolment last.",
            ),
        )
        return tuple(Flag(words=words, advice=advice) for is_raised, words, advice in said if is_raised)


def figures(session: Session, sites: Sequence[Site], now: datetime) -> list[SiteFigures]:
    """Return what the data of each site say; as many statements for many children as for few."""
    ids = [site.id for site in sites]
    subjects = children_by_site(session, ids)
    logs = session.scalars(select(InfusionLog).where(InfusionLog.site_id.in_(ids))).all()
    days = grade_days(session, sites, lambda site: today_at(site, now))
    treated = counts.treated_and_events(session, ids)
    kept = _kept_units(counts.by_check(session, ids))
    measured = counts.measured_values(session, ids)
    entered = counts.days_to_entry(session, ids)
    digits = _digits(session, ids)
    duplicates = possible_duplicates(session, ids)
    return [
        SiteFigures(
            site=site,
            subjects=subjects[site.id],
            capture=capture_of(log for log in logs if log.site_id == site.id),
            grade_days=days[site.id],
            treated=treated[site.id][0],
            events=treated[site.id][1],
            kept_units=Share(count=kept.get(site.id, 0), of=measured.get(site.id, 0)),
            entry=entry_of(entered.get(site.id, {})),
            digits=digits[site.id],
            duplicates=tuple(found for found in duplicates if found.site_id == site.id),
        )
        for site in sites
    ]


def entry_of(days: Mapping[int, int]) -> EntryDelay:
    """Return median and late share of days from event to entry, told as days -> how many pages."""
    total = sum(days.values())
    late = sum(number for day, number in days.items() if day > ENTRY_IS_LATE_AFTER_DAYS)
    seen, median = 0, None
    for day in sorted(days):
        seen += days[day]
        if median is None and 2 * seen >= total:
            median = day
    return EntryDelay(median_days=median, late=Share(count=late, of=total))


def _kept_units(by_site: Mapping[int, Mapping[str, CheckCounts]]) -> dict[int, int]:
    """Return site id -> how often a value with a choice of units was kept although its unit or limits were asked."""
    asking = {
        f"{form.name}.{name}.{kind}"
        for form in CASEBOOK.values()
        for name, item in form.items.items()
        if isinstance(item, Measured) and item.units
        for kind in ("limits", "unit")
    }
    return {
        site_id: sum(found.answered for check_id, found in by_check.items() if check_id in asking)
        for site_id, by_check in by_site.items()
    }


def _digits(session: Session, ids: Iterable[int]) -> dict[int, tuple[Digits, ...]]:
    sites = list(ids)
    found: dict[int, list[Digits]] = {id_: [] for id_ in sites}
    for label, items, decimals in DIGITS_OF:
        by_item = [counts.values_of(session, sites, *item.split(".")) for item in items]
        for id_ in sites:
            values = [pair for values in by_item for pair in values.get(id_, ())]
            found[id_].append(last_digits(label, values, decimals=decimals))
    return {id_: tuple(digits) for id_, digits in found.items()}
