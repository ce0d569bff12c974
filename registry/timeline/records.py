"""A child's stored records as a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from forms.casebook import CASEBOOK
from forms.derivations import observation_ended_on
from forms.infusions import dated_infusions
from forms.items import Choice
from forms.rule_set import VerdictsByRecord
from forms.values import Row, Value, answer, day_of, earliest, latest, plain
from registry.timeline.course import Bar, BarLane, Mark, Timeline
from registry.timeline.daily import daily_grades, daily_support

TIMELINE_FORMS = (
    "infusion",
    "assessment",
    "toxicity_episode",
    "anakinra_course",
    "anakinra_regimen",
    "concomitant_agent",
    "infection",
    "response",
    "end_of_study",
    "support",
)

STAYS = {
    "ventilation": "Ventilation",
    "icu": "Intensive care",
    "admission": "In hospital",
    "dialysis": "Dialysis",
    "ecmo": "ECMO",
}
UNDATED_TOXICITIES = ("crs", "icans", "carhlh", "tian")
UNIT_WORDS = {
    "mg": "mg",
    "mg_per_kg": "mg/kg",
    "mg_per_kg_day": "mg/kg/day",
    "mg_per_m2": "mg/m²",
    "g_per_kg": "g/kg",
    "units": "units",
}

Rows = Mapping[str, Sequence[Row]]


def timeline_of(rows: Rows, said: VerdictsByRecord) -> Timeline | None:
    """Return a child's course from its rows by form and the verdicts on them; None before the first infusion."""
    infusions = sorted(day for day, _ in dated_infusions(rows["infusion"]))
    if not infusions:
        return None
    zero = infusions[0]
    lanes = [
        BarLane(label="Anakinra", kind="anakinra", bars=_anakinra(rows, zero)),
        *_agents(rows["concomitant_agent"], zero),
        BarLane(label="Other toxicity", kind="toxicity", bars=_other_toxicity(rows["toxicity_episode"], zero)),
        BarLane(label="Infection", kind="infection", bars=_infections(rows["infection"], zero)),
        *_support(rows, zero),
    ]
    marks = (
        *(Mark(day=(day - zero).days, label=f"Infusion {n}", kind="infusion") for n, day in enumerate(infusions, 1)),
        *_responses(rows["response"], zero),
        *_end(rows["end_of_study"], zero),
    )
    marks = tuple(sorted((mark for mark in marks if mark.day >= 0), key=lambda mark: mark.day))
    grades = daily_grades(rows["assessment"], zero, said)
    found = Timeline(day_zero=zero, grades=grades, bars=_shown(lanes), marks=marks)
    return replace(found, bars=tuple(_until(lane, found.last_day) for lane in found.bars))


def _shown(lanes: Iterable[BarLane]) -> tuple[BarLane, ...]:
    """Return the lanes that hold anything from day 0 on, cut off at day 0."""
    cut = (
        replace(lane, bars=tuple(replace(bar, start=max(bar.start, 0)) for bar in lane.bars if bar.end > 0))
        for lane in lanes
    )
    return tuple(lane for lane in cut if lane.bars)


def _until(lane: BarLane, last_day: int) -> BarLane:
    """Return the lane with open bars drawn to the last day on record."""
    return replace(
        lane, bars=tuple(replace(bar, end=max(bar.end, last_day + 1)) if bar.is_open else bar for bar in lane.bars)
    )


def _at(moment: datetime, zero: date) -> float:
    return (moment - datetime.combine(zero, time())).total_seconds() / 86400


def _span(
    start: Value, end: Value, zero: date, label: str, *, short: str = "", goes_on: bool = False, once: bool = False
) -> Bar | None:
    """Return the bar from a start to an end, each as exact as it is known; None without a start.

    Without an end it is a single moment (``once``) or open.
    """
    first, stop = earliest(start), latest(end)
    if first is None:
        return None
    if day_of(start) is None:
        label = f"{label} (start: {start})".strip()
    is_open = goes_on or (stop is None and not once)
    until = stop if stop is not None and not is_open else first
    begins = _at(first, zero)
    return Bar(start=begins, end=max(_at(until, zero), begins), label=label, short=short, is_open=is_open)


def _bars(bars: Iterable[Bar | None]) -> tuple[Bar, ...]:
    return tuple(sorted((bar for bar in bars if bar is not None), key=lambda bar: (bar.start, bar.end)))


def _said(form: str, item_name: str, row: Row) -> str:
    item = CASEBOOK[form].items[item_name]
    value = answer(row, item_name)
    return item.show(value) if isinstance(item, Choice) else str(value or "")


def _anakinra(rows: Rows, zero: date) -> tuple[Bar, ...]:
    courses = {str(course["key"]): course for course in rows["anakinra_course"]}
    ordered = sorted(rows["anakinra_regimen"], key=lambda row: earliest(answer(row, "from_at")) or datetime.max)
    doses = [dose for row in ordered if isinstance(dose := answer(row, "mg_per_kg_day"), Decimal)]
    bars, drawn = [], set[str]()
    for place, row in enumerate(ordered):
        course = courses.get(str(answer(row, "course")), {})
        following = (later for later in ordered[place + 1 :] if answer(later, "course") == answer(row, "course"))
        end = answer(row, "until_at") or answer(next(following, {}), "from_at") or answer(course, "stopped_at")
        bar = _span(answer(row, "from_at"), end, zero, _dose_words(row), short=_dose_words(row, briefly=True))
        dose = answer(row, "mg_per_kg_day")
        if bar is not None:
            share = float(dose / max(doses)) if isinstance(dose, Decimal) and max(doses) > 0 else 1.0
            bars.append(replace(bar, strength=share))
            drawn.add(str(answer(row, "course")))
    bars += [
        bar
        for key, course in courses.items()
        if key not in drawn
        and (bar := _span(answer(course, "started_at"), answer(course, "stopped_at"), zero, "dose not recorded"))
    ]
    return _bars(bars)


def _dose_words(row: Row, *, briefly: bool = False) -> str:
    per_day, route = answer(row, "mg_per_kg_day"), str(answer(row, "route") or "")
    way = "SC" if route == "sc" else "IV" if route.startswith("iv") else ""
    if briefly:
        return f"{_trimmed(per_day)} {way}".strip() if isinstance(per_day, Decimal) else way
    if route == "iv_continuous":
        way = "IV continuous"
    if isinstance(per_day, Decimal):
        return f"{_trimmed(per_day)} mg/kg/day {way}".strip()
    ordered = answer(row, "dose_value")
    amount = f"{_trimmed(ordered)} {_said('anakinra_regimen', 'dose_basis', row)}" if ordered else "dose not recorded"
    return f"{amount} {way}".strip()


def _trimmed(number: Value) -> str:
    if not isinstance(number, Decimal):
        return ""
    text = plain(number.quantize(Decimal("0.1")) if number > 1 else number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _agents(rows: Sequence[Row], zero: date) -> list[BarLane]:
    """Return a lane for each agent, in the order in which they were first given."""
    lanes: dict[str, list[Bar]] = {}
    for row in sorted(rows, key=lambda row: earliest(answer(row, "started_at")) or datetime.max):
        dose, unit = answer(row, "dose"), UNIT_WORDS.get(str(answer(row, "unit")), "")
        often = str(answer(row, "frequency") or "").replace("once", "").replace("_", " ")
        label = " ".join(part for part in (_trimmed(dose), unit if dose else "", often) if part)
        once = answer(row, "frequency") == "once" or answer(row, "doses_given") == 1
        bar = _span(
            answer(row, "started_at"),
            answer(row, "stopped_at"),
            zero,
            label,
            goes_on=answer(row, "ongoing") is True,
            once=once,
        )
        if bar is not None:
            lanes.setdefault(_said("concomitant_agent", "agent", row) or "Other agent", []).append(bar)
    return [BarLane(label=name, kind="agent", bars=_bars(bars)) for name, bars in lanes.items()]


def _other_toxicity(rows: Sequence[Row], zero: date) -> tuple[Bar, ...]:
    return _bars(
        _span(answer(row, "onset_on"), answer(row, "resolved_on"), zero, _said("toxicity_episode", "toxicity", row))
        for row in rows
        if answer(row, "toxicity") not in UNDATED_TOXICITIES
    )


def _infections(rows: Sequence[Row], zero: date) -> tuple[Bar, ...]:
    bars = []
    for row in rows:
        what = _said("infection", "organism", row) or _said("infection", "organism_class", row)
        where = _said("infection", "infection_site", row)
        short = what or where
        words = f"{where}: {what}" if what and where else short or "infection"
        bars.append(_span(answer(row, "onset_on"), answer(row, "resolved_on"), zero, words, short=short))
    return _bars(bars)


def _support(rows: Rows, zero: date) -> list[BarLane]:
    """Return support: times of stay and ventilation as recorded, else as the daily assessments tell it."""
    stays = [lane for lane in _stays(rows["support"], zero) if lane.bars]
    told = {lane.label for lane in stays}
    return [lane for lane in daily_support(rows["assessment"], zero) if lane.label not in told] + stays


def _stays(rows: Sequence[Row], zero: date) -> list[BarLane]:
    return [
        BarLane(
            label=label,
            kind="support",
            bars=_bars(
                _span(answer(row, "started_at"), answer(row, "ended_at"), zero, "")
                for row in rows
                if answer(row, "kind") == kind
            ),
        )
        for kind, label in STAYS.items()
    ]


def _responses(rows: Sequence[Row], zero: date) -> list[Mark]:
    marks = []
    for row in rows:
        day, code = day_of(answer(row, "assessed_on")), str(answer(row, "response") or "")
        mrd = {"not_detected": "MRD negative", "detected": "MRD positive"}.get(str(answer(row, "mrd_result")), "")
        if day is not None and code and code != "not_assessed":
            label = ", ".join(part for part in (_said("response", "response", row), mrd) if part)
            brief = "CRi" if code == "cri" else "Relapse" if code == "relapse" else code.upper()
            short = ", ".join(part for part in (brief, mrd) if part)
            kind = "relapse" if code in ("relapse", "pd") else "response"
            marks.append(Mark(day=(day - zero).days, label=label, short=short, kind=kind))
        relapsed = earliest(answer(row, "relapsed_on"))
        if relapsed is not None:
            marks.append(Mark(day=(relapsed.date() - zero).days, label="Relapse or progression", kind="relapse"))
    return list(dict.fromkeys(marks))


def _end(rows: Sequence[Row], zero: date) -> list[Mark]:
    marks = []
    for row in rows:
        died, ended = earliest(answer(row, "died_on")), observation_ended_on(row)
        if died is not None:
            cause = _said("end_of_study", "cause_of_death", row)
            label = f"Death ({cause})" if cause else "Death"
            marks.append(Mark(day=(died.date() - zero).days, label=label, short="Death", kind="death"))
        elif ended is not None:
            label = f"End of observation: {_said('end_of_study', 'reason', row)}"
            marks.append(Mark(day=(ended - zero).days, label=label, short="End", kind="end"))
    return marks
