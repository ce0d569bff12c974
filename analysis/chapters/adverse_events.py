"""Adverse events: how many children and events, how severe, what the site held to be the cause, and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from analysis.chapters.shares import share_words
from analysis.endpoints.adverse_events import AdverseEvent, Exposure, events_of, exposure_of, given_under_the_skin
from analysis.estimators import incidence_rate
from analysis.plan.infections import EXPOSURE_LAG_DAYS, LAST_INFECTION_DAY
from analysis.plan.safety import ADVERSE_EVENT_RATE, PER_PATIENT_DAYS
from analysis.plan.timing import SEVERE_GRADE
from analysis.printing.parts import Cell, Chapter, Section, Table
from analysis.study import Study
from analysis.wording import counted, decimal
from forms.casebook.adverse_event_codes import ERRORS, EVENTS

Holds = Callable[[AdverseEvent], bool]
INJECTION_SITE = "Injection site"
_SITE_EVENTS = {code: label for code, label in EVENTS.labels.items() if code.startswith("injection_site")}
SEVERE = f"Grade {SEVERE_GRADE} or more"
NOT_TOLD = "Event not told"
KINDS: dict[str, Holds] = {
    "Any": lambda _: True,
    SEVERE: lambda one: one.grade is not None and one.grade >= SEVERE_GRADE,
    "Serious": lambda one: one.serious is True,
    "Attributed to anakinra": lambda one: one.by_anakinra is True,
    INJECTION_SITE: lambda one: one.event in _SITE_EVENTS,
    "Dosing error": lambda one: one.event == "dosing_error",
}
JUDGED = ("serious", "by_anakinra", "by_car_t", "by_other")
"""What a site judges of an event, Yes or No, in the order of the columns."""


@dataclass(frozen=True, kw_only=True)
class Rated:
    """Events of a kind that began on a day on anakinra of the children at risk of it.

    `may_miss_days` tells whether one of these children has a course of which some days are not known.
    """

    name: str
    events: int
    course_days: int
    may_miss_days: bool

    @property
    def per_patient_days(self) -> tuple[float | None, float | None, float | None]:
        """Return rate, lower and upper limit per PER_PATIENT_DAYS; None without a day."""
        if not self.course_days:
            return None, None, None
        return incidence_rate(self.events, self.course_days).per(PER_PATIENT_DAYS)


def chapter(study: Study) -> Chapter:
    """Return the events of children given anakinra by term, the rates on anakinra, and the dosing errors."""
    given = [child for child in study.children if child.given_anakinra]
    exposures = {child.subject: exposure_of(study.cut, child) for child in study.children}
    every = [event for child in study.children for event in events_of(study.cut, child, exposures[child.subject])]
    treated = {child.subject: exposures[child.subject] for child in given}
    events = [event for event in every if event.subject in treated]
    ordered = {child.subject for child in given if given_under_the_skin(study.cut, child)}
    under_the_skin = ordered | {event.subject for event in events if KINDS[INJECTION_SITE](event)}
    rates = _rates(events, treated, under_the_skin)
    return Chapter(
        id="adverse_events",
        title="Adverse events",
        sections=(
            _terms_section(events, len(given), len(under_the_skin), others=len(every) - len(events)),
            _rates_section(events, rates, tuple(treated.values())),
        ),
        results={"adverse_events": {one.name: {"events": one.events, "person_days": one.course_days} for one in rates}},
    )


def _terms_section(events: Sequence[AdverseEvent], children: int, under_the_skin: int, *, others: int) -> Section:
    affected = len({event.subject for event in events})
    elsewhere = (
        f"{counted(others, 'event', 'events')} in children who were not, in no table below"
        if others
        else "none in children who were not"
    )
    return Section(
        id="events",
        title="By term",
        paragraphs=(
            f"{counted(len(events), 'event', 'events')} in {share_words(affected, children)} of the children given"
            f" anakinra; {elsewhere}.",
        ),
        notices=(
            "Causes are the site's own attribution. The registry asks for events that may be due to anakinra: the"
            " counts are no complete account of illness after CAR T cells.",
        ),
        tables=(_terms_table(events, children, under_the_skin), _errors_table(events, children)),
    )


def _terms_table(events: Sequence[AdverseEvent], children: int, under_the_skin: int) -> Table:
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    groups = {label: [one for one in events if one.event == code] for code, label in EVENTS.labels.items()}
    groups[NOT_TOLD] = [one for one in events if not one.event]
    occurring = sorted(((name, found) for name, found in groups.items() if found), key=lambda one: -len(one[1]))
    for name, found in [("Any event", list(events)), *occurring]:
        affected = len({one.subject for one in found})
        at_risk = under_the_skin if name in _SITE_EVENTS.values() else children
        counts = (
            len(found),
            sum(map(KINDS[SEVERE], found)),
            sum(one.grade is None for one in found),
            *(sum(getattr(one, item) is True for one in found) for item in JUDGED),
        )
        rows.append((name, share_words(affected, at_risk), *map(str, counts)))
        csv_rows.append((name, affected, at_risk, *counts))
    return Table(
        id="adverse_events",
        title="Adverse events of children given anakinra",
        header=("Event", "Children", "Events", SEVERE, "No grade", "Serious", "Anakinra", "CAR T cells", "Other"),
        rows=tuple(rows),
        csv_header=("event", "children", "children_given", "events", "severe", "ungraded", *JUDGED),
        csv_rows=tuple(csv_rows),
        notes=(
            "Source: adverse event pages with an onset from the first infusion on, on anakinra or not. Anakinra, CAR T"
            " cells, other: events for which the site held this cause to be possible, probable or definite; an event"
            " may have several. No grade: missing, or a dosing error without harm. Of injection site reactions the"
            f" children ordered anakinra SC at any time, or who had one, are at risk: {under_the_skin}.",
        ),
    )


def _errors_table(events: Sequence[AdverseEvent], children: int) -> Table:
    errors = [one for one in events if one.event == "dosing_error"]
    values = []
    for code, label in [*ERRORS.labels.items(), (None, "Kind not told")]:
        found = [one for one in errors if one.dosing_error == code]
        if found:
            harmed = sum(one.grade is not None for one in found)
            values.append((label, len({one.subject for one in found}), len(found), harmed))
    return Table(
        id="dosing_errors",
        title="Dosing errors",
        header=("Kind", "Children", "Errors", "With a grade"),
        rows=tuple((name, share_words(affected, children), str(n), str(harm)) for name, affected, n, harm in values),
        csv_header=("kind", "children", "errors", "graded"),
        csv_rows=tuple(values),
        notes=("With a grade: a CTCAE grade was given, so that there was harm." if values else "No dosing error.",),
    )


def _rates(
    events: Sequence[AdverseEvent], treated: Mapping[str, Exposure], under_the_skin: Set[str]
) -> tuple[Rated, ...]:
    """Return the rate of each kind of event; of injection site reactions over the days of the children at risk."""
    during = [one for one in events if one.on_anakinra is True]
    found = []
    for name, holds in KINDS.items():
        at_risk = [one for child, one in treated.items() if name != INJECTION_SITE or child in under_the_skin]
        found.append(
            Rated(
                name=name,
                events=sum(map(holds, during)),
                course_days=sum(len(one.days) for one in at_risk),
                may_miss_days=any(one.undated for one in at_risk),
            )
        )
    return tuple(found)


def _rates_section(events: Sequence[AdverseEvent], rates: Sequence[Rated], exposures: Sequence[Exposure]) -> Section:
    outside = sum(one.on_anakinra is False for one in events)
    unknown = sum(one.on_anakinra is None for one in events)
    left_out = (
        f"{counted(outside, 'event', 'events')} began on other days and {unknown} on a day that is not known: neither"
        " is in the rates."
    )
    return Section(
        id="event_rates",
        title="Per day of anakinra courses",
        paragraphs=(
            left_out if outside or unknown else "Every event began on a day of a course, and is in the rates.",
            *_if_all_had_gone_on(events, exposures),
        ),
        notices=("Not causal: a child on anakinra is ill with what it is given for, and had CAR T cells.",),
        tables=(_rates_table(rates, exposures),),
        estimand=ADVERSE_EVENT_RATE,
    )


def _rates_table(rates: Sequence[Rated], exposures: Sequence[Exposure]) -> Table:
    return Table(
        id="adverse_event_rates",
        title=f"Events per {PER_PATIENT_DAYS:,} days of anakinra courses",
        header=("", "Events", "Course days", "Rate", "95 % limits"),
        rows=tuple((one.name, str(one.events), _course_days(one), *_rate_words(one)) for one in rates),
        csv_header=("events_counted", "events", "person_days", "rate", "lower", "upper"),
        csv_rows=tuple((one.name, one.events, one.course_days, *one.per_patient_days) for one in rates),
        notes=(
            "Course days: calendar days from first to last dose of each course, both counted; a course that"
            " goes on ends with follow-up. They are more than the days on anakinra of “Infections”, which begin"
            f" and end {EXPOSURE_LAG_DAYS} days later and stop on day {LAST_INFECTION_DAY} after infusion.",
            *_least_note(exposures),
            "Injection site: course days of the children at risk of it.",
            "Limits: exact Poisson (Garwood 1936); a child's events count as independent.",
        ),
    )


def _course_days(one: Rated) -> str:
    """Return the days in words, as a lower bound where some are not known."""
    return f"at least {one.course_days:,}" if one.may_miss_days else f"{one.course_days:,}"


def _rate_words(one: Rated) -> tuple[str, str]:
    rate, lower, upper = one.per_patient_days
    if rate is None or lower is None or upper is None:
        return "no course days", ""
    return decimal(rate, 1), f"{decimal(lower, 1)} to {decimal(upper, 1)}"


def _least_note(exposures: Sequence[Exposure]) -> tuple[str, ...]:
    """Return what days and events are a lower bound of; nothing where every course has its first and last dose."""
    no_last, no_first = (sum(getattr(one, name) for one in exposures) for name in ("without_last", "without_first"))
    if not no_last and not no_first:
        return ()
    told = {
        f"of {counted(no_last, 'course', 'courses')} with an unknown last dose the first day alone is counted": no_last,
        f"of {counted(no_first, 'course', 'courses')} without a first dose no day is": no_first,
    }
    words = ", and ".join(sentence for sentence, courses in told.items() if courses)
    return (
        f"At least: {words}. Further days and the events on them are in neither numerator nor denominator;"
        " the rate can be higher or lower.",
    )


def _if_all_had_gone_on(events: Sequence[AdverseEvent], exposures: Sequence[Exposure]) -> tuple[str, ...]:
    """Return the other extreme: every day and event that may have been on anakinra counted as such."""
    days = sum(len(one.days | one.possible) for one in exposures)
    if not any(one.possible for one in exposures):
        return ()
    count = sum(one.on_anakinra is not False for one in events)
    rate, lower, upper = incidence_rate(count, days).per(PER_PATIENT_DAYS)
    return (
        "Had each course without a first dose begun with the infusion, and each with an unknown last one gone on to the"
        f" end of follow-up, the rate of any event would be {decimal(rate, 1)} ({decimal(lower, 1)} to"
        f" {decimal(upper, 1)}): {counted(count, 'event', 'events')}, those of an unknown day among them, on {days:,}"
        " course days.",
    )
