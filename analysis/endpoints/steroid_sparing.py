"""What became of steroid and tocilizumab after the first anakinra dose, one row per treated child."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child, FirstDose, history_of
from analysis.endpoints.course_ends import told_span
from analysis.endpoints.follow_up import follow_up_of
from analysis.endpoints.grades import grade_at_first_dose, grades_of, worst_of_days
from analysis.endpoints.steroid_doses import SteroidPage, at_start, by_day, steroid_pages, undated_steroids
from analysis.endpoints.three_valued import all_of
from analysis.endpoints.time_to_event import JudgedDay, Source, TimeToEvent, derive_time_to_event
from analysis.plan.resolution import CRS_R1, FOLLOW_UP_DAYS, ICANS_R1
from analysis.plan.steroids import HALVED_BY_DAY, LOW_MG_PER_KG, STEROID_DAYS
from forms.dosing.agents import agent_span, class_of
from forms.values import answer, earliest

HALF, LOW, OFF = "steroid_half", "steroid_low", "steroid_off"
ANAKINRA, STEROID, OTHERS = "anakinra", "steroid", "tocilizumab or another"
TOGETHER, GOES_ON, ALONE, OPEN = "two on the same day", "still given", "anakinra alone", "not known"
LAST = (ANAKINRA, STEROID, OTHERS, TOGETHER, ALONE, GOES_ON, OPEN)
ROUNDED = 1e-4
"""Share by which a dose may exceed a threshold and still be at it: the table rounds 5 / 0.75 up to 6.667."""


@dataclass(frozen=True, kw_only=True)
class Spared:
    """One treated child. `start` is the steroid at the first dose in mg/kg (None: not known), `days` that of each day.

    `halved` tells whether steroid was halved by day 3 with no grade worse (None: not known, or none at the start);
    `tocilizumab` counts doses after the start (None: not known); `rows` the endpoints it is in the risk set of.
    """

    subject: str
    site: str
    start: float | None
    days: Mapping[int, float | None]
    observed: int
    halved: bool | None
    tocilizumab: int | None
    last: str
    unknown_pages: int
    rows: tuple[TimeToEvent, ...]


def spared_of(cut: Cut, children: Sequence[Child]) -> tuple[Spared, ...]:
    """Return the row of each child with a dated first dose, by subject key."""
    found = []
    for child in children:
        dose = child.first_dose
        if dose is not None and dose.day >= child.infusions[0].day:
            found.append(_spared(cut, child, dose))
    return tuple(found)


def _spared(cut: Cut, child: Child, dose: FirstDose) -> Spared:
    pages, agents = steroid_pages(cut, child.subject), cut.rows("concomitant_agent", child.subject)
    infusion = max(number for number, one in enumerate(child.infusions) if one.day <= dose.day)
    zero_day = (dose.day - child.infusions[infusion].day).days
    observed = follow_up_of(cut, child, zero_day + FOLLOW_UP_DAYS, infusion=infusion).last_day - zero_day
    undated = undated_steroids(agents)
    later = child.infusions[infusion + 1].day if infusion + 1 < len(child.infusions) else date.max
    courses, own = _begun_before(cut.rows("anakinra_course", child.subject), later), _begun_before(agents, later)
    days = by_day(pages, dose.day, range(STEROID_DAYS[0], observed + 1))
    start = at_start(pages, dose)
    if undated:
        start, days = None, dict.fromkeys(days)
    return Spared(
        subject=child.subject,
        site=child.site,
        start=start,
        days=days,
        observed=observed,
        halved=_halved(cut, child, dose, start, days),
        tocilizumab=_tocilizumab_after(own, dose.at),
        last=_weaned_last(courses, own, dose.at),
        unknown_pages=undated + sum(page.mg_per_kg_day is None for page in pages),
        rows=_rows(cut, child, dose, start, days, pages),
    )


def _rows(
    cut: Cut,
    child: Child,
    dose: FirstDose,
    start: float | None,
    days: Mapping[int, float | None],
    pages: Sequence[SteroidPage],
) -> tuple[TimeToEvent, ...]:
    """Return the child's row of each threshold; the source is the steroid page begun last by the day."""
    if not start:
        return ()
    limits = {HALF: start / 2, OFF: 0.0} | ({} if _at_most(start, LOW_MG_PER_KG) else {LOW: LOW_MG_PER_KG})
    begun = sorted((page.span.possible_from.date(), page.record) for page in pages)
    found = []
    for name, limit in sorted(limits.items()):
        states = {}
        for day, amount in days.items():
            low = None if amount is None else _at_most(amount, limit)
            records = [record for on, record in begun if (on - dose.day).days <= day]
            source = Source(form="concomitant_agent", item="dose", record=records[-1] if records else begun[0][1])
            states[day] = JudgedDay(resolved=low, holds=low, source=source)
        history = history_of(child, dose, states, cut.data_date)
        found.append(derive_time_to_event(history, endpoint=name, confirmation_days=1))
    return tuple(found)


def _halved(
    cut: Cut, child: Child, dose: FirstDose, start: float | None, days: Mapping[int, float | None]
) -> bool | None:
    """Tell whether day 3 had at most half of the steroid at start and neither CRS nor ICANS was worse than then."""
    if not start:
        return None
    if child.death and (child.death.day - dose.day).days <= HALVED_BY_DAY:
        return False
    amount = days.get(HALVED_BY_DAY)
    if amount is None:
        return None
    if not _at_most(amount, start / 2):
        return False
    verdicts = []
    for endpoint in (CRS_R1, ICANS_R1):
        graded = grades_of(cut, child.subject, endpoint)
        then, now = grade_at_first_dose(graded, dose, endpoint), worst_of_days(graded, dose.day).get(HALVED_BY_DAY)
        graded_now = now.grade if now is not None else None
        verdicts.append(None if then is None or graded_now is None else graded_now <= then)
    return all_of(verdicts)


def _at_most(amount: float, limit: float) -> bool:
    """Tell whether a dose is at or below a threshold, but for rounding."""
    return amount <= limit * (1 + ROUNDED) + 1e-9


def _begun_before(rows: Iterable[Record], infused: date) -> list[Record]:
    """Return the pages whose first dose may lie before the next infusion: what came after it was for other cells."""
    starts = ((row, earliest(answer(row, "started_at"))) for row in rows)
    return [row for row, first in starts if first is None or first.date() < infused]


def _tocilizumab_after(agents: Iterable[Record], dose: datetime) -> int | None:
    """Return the doses of tocilizumab after the first anakinra dose; None where a page leaves them open."""
    total = 0
    for row in agents:
        if answer(row, "agent") != "tocilizumab":
            continue
        span = agent_span(row)
        if span is None:
            return None
        if span.possible_to <= dose:
            continue
        count = 1 if answer(row, "frequency") == "once" else answer(row, "doses_given")
        if not isinstance(count, int):
            return None
        if span.possible_from > dose:
            total += count
        elif count == 2 and span.certain_from <= dose < span.certain_to:
            total += 1
        else:
            return None
    return total


def _weaned_last(courses: Iterable[Record], agents: Iterable[Record], dose: datetime) -> str:
    """Return which agent had the last of all last doses, among those given from the first anakinra dose on."""
    ends: dict[str, list[tuple[date, date]]] = {}
    spans = [(ANAKINRA, told_span(row)) for row in courses if answer(row, "given") is True]
    spans += [
        (STEROID if name == "steroid" else OTHERS, agent_span(row))
        for row in agents
        if (name := class_of(row)) is not None
    ]
    for name, span in spans:
        if span is None:
            return OPEN
        if span.is_open:
            return GOES_ON
        if span.possible_to >= dose:
            ends.setdefault(name, []).append((span.certain_to.date(), span.possible_to.date()))
    latest = {name: (max(one for one, _ in found), max(one for _, one in found)) for name, found in ends.items()}
    if any(first != last for first, last in latest.values()) or not latest:
        return OPEN
    if set(latest) == {ANAKINRA}:
        return ALONE
    final = max(last for _, last in latest.values())
    named = [name for name, (_, last) in latest.items() if last == final]
    return named[0] if len(named) == 1 else TOGETHER
