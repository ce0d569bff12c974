"""The dated facts of a child that every endpoint needs: infusions, first anakinra dose, death, discharge, transfer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from analysis.cut import Cut, Record
from analysis.endpoints.time_to_event import Happening, History, JudgedDay, Source
from analysis.errors import AnalysisError
from forms.values import answer, day_of, earliest, latest

AFTER_THE_DATA, AFTER_THE_DEATH = "after the day of the data", "after the death"


class ContradictionError(AnalysisError):
    """Two records of a child cannot both be right; the message names them."""


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A calendar day and the record it was taken from."""

    day: date
    source: Source


@dataclass(frozen=True, kw_only=True)
class TimeZero:
    """The moment a child is followed from, in words what it is, and the record that tells it."""

    at: datetime
    source: Source
    what: str = "first anakinra dose"

    @property
    def day(self) -> date:
        """Return its calendar day at the site: day 0."""
        return self.at.date()


@dataclass(frozen=True, kw_only=True)
class FirstDose(TimeZero):
    """The first anakinra dose of a course, and the course."""

    course: Record


@dataclass(frozen=True, kw_only=True)
class Child:
    """One child of the cut. `infusions` stand in order of time.

    `doses` are the first doses of its courses, in order of time; `may_be_earlier` tells of another course, whose first
    dose has no time and may have been before all of them. `undated_transplants` are the first and the last day that a
    transplant can mean whose day is not known. `may_be_given` tells of a course page that leaves open whether anakinra
    was given.
    """

    subject: str
    site: str
    infusions: tuple[Dated, ...]
    given_anakinra: bool
    doses: tuple[FirstDose, ...]
    may_be_earlier: bool
    death: Dated | None
    discharges_home: tuple[Dated, ...]
    transfers: tuple[Dated, ...]
    transplants: tuple[Dated, ...] = ()
    undated_transplants: tuple[tuple[date, date], ...] = ()
    may_be_given: bool = False

    @property
    def had_anakinra(self) -> bool | None:
        """Return whether it was given anakinra; None where no page says so and one leaves it open.

        A child without a course page was not given any: the page is asked for from the first dose on.
        """
        return True if self.given_anakinra else (None if self.may_be_given else False)

    @property
    def first_dose(self) -> FirstDose | None:
        """Return the first anakinra dose of all; None where its time is not known."""
        return self.doses[0] if self.doses and not self.may_be_earlier else None


@dataclass(frozen=True, kw_only=True)
class Followed:
    """How many of an endpoint's own steps a child passed, and the days of one that passed them all.

    `dose` is its time zero, where that is not the first anakinra dose of all. `starts_by_page` tells that no assessment
    grades it at the first dose, only the course page. `unresolved_to` is that of its history.
    `left_out_by_committee` tells that the grades alone would have let it enter.
    """

    passed: int
    states: Mapping[int, JudgedDay] | None = None
    dose: FirstDose | None = None
    starts_by_page: bool = False
    left_out_by_committee: bool = False
    unresolved_to: int | None = None


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """An infused child that is in no analysis, since its dates cannot all be right.

    `reason` says which comes after which, `source` names the record, `to_correct` is the whole sentence, with its days.
    """

    subject: str
    site: str
    reason: str
    source: Source
    to_correct: str


def children_of(cut: Cut) -> tuple[Child, ...]:
    """Return every child of the cut with a dated infusion, by subject key, without those that are set aside.

    Errors: ContradictionError when all of them would be: the day of the data is then as doubtful as theirs.
    """
    infused, aside = _infused(cut), set_aside_of(cut)
    if aside and len(aside) == len(infused):
        others = f" No date of all {len(aside)} infused children fits." if len(aside) > 1 else ""
        raise ContradictionError(f"{aside[0].to_correct}{others}")
    left_out = {one.subject for one in aside}
    return tuple(child for child in infused if child.subject not in left_out)


def set_aside_of(cut: Cut) -> tuple[SetAside, ...]:
    """Return the infused children with a first infusion or a first dose after their death or the day of the data."""
    return cut.once("children", "set aside", lambda: tuple(_set_aside(cut)))


def _set_aside(cut: Cut) -> Iterator[SetAside]:
    for child in _infused(cut):
        if aside := _aside(child, cut.data_date):
            yield aside


def impossible(child: Child, zero: TimeZero, data_date: date) -> str | None:
    """Return what a time zero comes after although it cannot; None where nothing speaks against it."""
    if zero.day > data_date:
        return AFTER_THE_DATA
    return AFTER_THE_DEATH if child.death and child.death.day < zero.day else None


def history_of(
    child: Child,
    zero: TimeZero,
    states: Mapping[int, JudgedDay],
    data_date: date,
    new_rescue: Dated | None = None,
) -> History:
    """Return the child's history from a time zero on, every date as days after it.

    Errors: ContradictionError when the child died before it, or it lies after the day of the data.
    """
    if impossible(child, zero, data_date):
        raise ContradictionError(_to_correct(child, zero, data_date))
    day_after = zero.day + timedelta(days=1)
    return History(
        subject=child.subject,
        site=child.site,
        time_zero=zero.day,
        started=zero.source,
        states=states,
        data_day=(data_date - zero.day).days,
        death=_happening(child.death, zero.day),
        discharges_home=tuple(
            Happening(day=(one.day - zero.day).days, source=one.source) for one in child.discharges_home
        ),
        transfer=_happening(_first_from(child.transfers, zero.day), zero.day),
        second_infusion=_happening(_first_from(child.infusions[1:], day_after), zero.day),
        transplant=_happening(_first_from(child.transplants, day_after), zero.day),
        new_rescue=_happening(new_rescue, zero.day),
    )


def _happening(dated: Dated | None, time_zero: date) -> Happening | None:
    return Happening(day=(dated.day - time_zero).days, source=dated.source) if dated else None


def _first_from(dated: Iterable[Dated], day: date) -> Dated | None:
    return next((one for one in dated if one.day >= day), None)


def _aside(child: Child, data_date: date) -> SetAside | None:
    infused_at = datetime.combine(child.infusions[0].day, time())
    infusion = TimeZero(at=infused_at, source=child.infusions[0].source, what="first infusion")
    for zero in (*child.doses, infusion):
        if after := impossible(child, zero, data_date):
            return SetAside(
                subject=child.subject,
                site=child.site,
                reason=f"{zero.what} {after}",
                source=zero.source,
                to_correct=_to_correct(child, zero, data_date),
            )
    return None


def _to_correct(child: Child, zero: TimeZero, data_date: date) -> str:
    began = f"Child {child.subject}: the {zero.what} on {zero.day} ({zero.source.form} {zero.source.record}) comes"
    if child.death is None or zero.day > data_date:
        return f"{began} {AFTER_THE_DATA}, {data_date}. Correct its day and take a new cut."
    return (
        f"{began} {AFTER_THE_DEATH} on {child.death.day} (end_of_study {child.death.source.record})."
        " Correct one of the two dates and take a new cut."
    )


def _infused(cut: Cut) -> tuple[Child, ...]:
    return cut.once("children", "all who were infused", lambda: tuple(_read_infused(cut)))


def _read_infused(cut: Cut) -> Iterator[Child]:
    for subject, site in sorted(cut.subjects.items()):
        child = _child(cut, subject, site)
        if child.infusions:
            yield child


def _child(cut: Cut, subject: str, site: str) -> Child:
    settings, courses = cut.rows("support", subject), cut.rows("anakinra_course", subject)
    homes = [row for row in settings if answer(row, "kind") == "discharge"]
    moves = [row for row in settings if answer(row, "kind") == "transfer" and not answer(row, "to_registry_site")]
    endings = cut.rows("end_of_study", subject)
    moved_away = [row for row in endings if answer(row, "reason") == "transferred"]
    transplants = [row for row in cut.rows("follow_up", subject) if answer(row, "transplant_on") is not None]
    dated_transplants = _dated("follow_up", "transplant_on", transplants)
    transfers = _dated("support", "started_at", moves) + _dated("end_of_study", "ended_on", moved_away)
    infusions, doses = _dated("infusion", "infused_on", cut.rows("infusion", subject)), _first_doses(courses)
    return Child(
        subject=subject,
        site=site,
        infusions=infusions,
        given_anakinra=any(answer(course, "given") is True for course in courses),
        doses=doses,
        may_be_earlier=any(_may_precede(course, doses, infusions) for course in courses),
        death=_death(endings),
        discharges_home=_dated("support", "started_at", homes),
        transfers=tuple(sorted(transfers, key=lambda one: one.day)),
        transplants=dated_transplants,
        undated_transplants=tuple(_spans_without_a_day("transplant_on", transplants)),
        may_be_given=any(answer(course, "given") is None for course in courses),
    )


def _death(rows: Iterable[Record]) -> Dated | None:
    """Return the day of death; the day observation ended where death is the reason and its own day is missing."""
    died = [row for row in rows if answer(row, "reason") == "died"]
    found = _dated("end_of_study", "died_on", died) or _dated("end_of_study", "ended_on", died)
    return found[0] if found else None


def _first_doses(courses: Iterable[Record]) -> tuple[FirstDose, ...]:
    """Return the first dose of each course in order of time; a page on anakinra not given has none."""
    found = []
    for course in courses:
        started = answer(course, "started_at")
        if isinstance(started, datetime):
            source = Source(form="anakinra_course", item="started_at", record=str(course["record"]))
            found.append(FirstDose(at=started, source=source, course=course))
    return tuple(sorted(found, key=lambda dose: (dose.at, dose.source.record)))


def _may_precede(course: Record, doses: Sequence[FirstDose], infusions: Iterable[Dated]) -> bool:
    """Return whether a course whose first dose has no time may have begun before the others.

    It has not where it was given after an infusion that came later than they.
    """
    if answer(course, "given") is not True or isinstance(answer(course, "started_at"), datetime):
        return False
    days = {one.source.record: one.day for one in infusions}
    infused_on = days.get(str(answer(course, "infusion")))
    return infused_on is None or not doses or infused_on <= doses[0].day


def _spans_without_a_day(item: str, rows: Iterable[Record]) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day that each answer can mean of which the day is not known."""
    for row in rows:
        first, last = earliest(answer(row, item)), latest(answer(row, item))
        if first is not None and last is not None and day_of(answer(row, item)) is None:
            yield first.date(), last.date()


def _dated(form: str, item: str, rows: Iterable[Record]) -> tuple[Dated, ...]:
    found = []
    for row in rows:
        day = day_of(answer(row, item))
        if day is not None:
            found.append(Dated(day=day, source=Source(form=form, item=item, record=str(row["record"]))))
    return tuple(sorted(found, key=lambda one: (one.day, one.source.record)))
