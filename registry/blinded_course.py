"""A child's course as a blinded reviewer sees it: days after infusion, and nothing that tells about anakinra.

What is shown is named here, item by item; nothing else reaches the page, neither typed words nor dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.derivations import days_between, infusion_of
from forms.form import Form
from forms.items import Numeric
from forms.typesetting import typeset
from forms.values import NullFlavour, Row, Value, answer
from registry.templating import lower_first
from registry.wording import show_value

FACTS: Mapping[str, tuple[str, ...]] = {
    "enrolment": ("sex",),
    "infusion": ("age_years", "infusion_number", "product", "antigens", "disease_at_lymphodepletion"),
    "baseline": (
        "disease",
        "disease_burden",
        "developmental_delay",
        "baseline_ice",
        "baseline_capd",
        "baseline_motor_deficit",
        "baseline_respiratory_support",
    ),
}
SIGNS = (
    "temperature_c",
    "systolic_mmhg",
    "mean_arterial_mmhg",
    "heart_rate",
    "vasoactives",
    "spo2_percent",
    "oxygen_mode",
    "oxygen_flow_l_min",
    "sedated",
    "ice_total",
    "capd_total",
    "consciousness",
    "seizure",
    "motor",
    "pressure",
    "splenomegaly",
    "haemophagocytosis",
    "bleeding",
    "crs_grade",
    "icans_grade",
)
LABORATORY = (
    "ferritin",
    "crp",
    "procalcitonin",
    "ldh",
    "fibrinogen",
    "inr",
    "d_dimer",
    "alt",
    "ast",
    "bilirubin_total",
    "creatinine",
    "triglycerides",
    "anc",
    "platelets",
    "haemoglobin",
    "il6",
    "sil2r",
)
EVENTS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "toxicity_episode": ("toxicity", "onset_on", "resolved_on", ("peak_grade", "organ_supports", "outcome")),
    "infection": (
        "infection_site",
        "onset_on",
        "resolved_on",
        (
            "presence",
            "organism_class",
            "organism",
            "certainty",
            "positive_samples",
            "anc_at_onset",
            "treatment_route",
            "organ_support",
            "ctcae_grade",
            "outcome",
        ),
    ),
    "concomitant_agent": ("agent", "started_at", "stopped_at", ()),
    "support": ("kind", "started_at", "ended_at", ("invasive", "for_bleeding")),
    "end_of_study": ("reason", "died_on", "", ("cause_of_death", "contributing_causes", "autopsy")),
}
"""Form -> the item that names the event, its first day, its last day, and what else is told of it."""

FORMS = ("enrolment", "baseline", "infusion", "assessment", "laboratory", *EVENTS)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened on a day after infusion; None where the day is not known."""

    day: int | None
    title: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ValueColumn:
    """The heading of a column, and whether numbers stand under it."""

    heading: str
    is_number: bool


@dataclass(frozen=True, kw_only=True)
class ValueTable:
    """Signs or laboratory values: one row per time, only columns in which something is known."""

    columns: tuple[ValueColumn, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a reviewer may know of a child; ``begins`` is the day of the case itself."""

    begins: int | None
    facts: tuple[tuple[str, str], ...]
    events: tuple[Event, ...]
    signs: ValueTable
    laboratory: ValueTable


def course_of(context: Context, case: Row, day_item: str) -> Course:
    """Return the course around a case, counted from the infusion that the case belongs to."""
    infusion = infusion_of(case, context, day_item) or {}
    day_zero = answer(infusion, "infused_on")
    events = [
        event for form in EVENTS for row in context.rows[form] for event in _events(CASEBOOK[form], row, day_zero)
    ]
    return Course(
        begins=days_between(day_zero, answer(case, day_item)),
        facts=tuple(_facts(context, infusion)),
        events=tuple(sorted(events, key=lambda event: (event.day is None, event.day or 0, event.title))),
        signs=_table("assessment", "assessed_at", SIGNS, context, day_zero),
        laboratory=_table("laboratory", "sampled_at", LABORATORY, context, day_zero),
    )


def _facts(context: Context, infusion: Row) -> Iterator[tuple[str, str]]:
    rows = {"enrolment": context.single("enrolment"), "infusion": infusion, "baseline": context.single("baseline")}
    for form, items in FACTS.items():
        for name in items:
            if answer(rows[form], name) is not None:
                item = CASEBOOK[form].items[name]
                yield item.label, show_value(item, rows[form][name])


def _events(form: Form, row: Row, day_zero: Value) -> Iterator[Event]:
    naming, first, last, told = EVENTS[form.name]
    if form.name == "end_of_study" and answer(row, "reason") != "died":
        return
    title = show_value(form.items[naming], row.get(naming))
    title = f"Infection: {lower_first(title)}" if form.name == "infection" else title
    details = tuple(
        f"{form.items[name].label}: {show_value(form.items[name], row[name])}"
        for name in told
        if answer(row, name) is not None
    )
    yield Event(day=days_between(day_zero, answer(row, first)), title=title, details=details)
    if last and answer(row, last) is not None:
        yield Event(day=days_between(day_zero, answer(row, last)), title=f"{title}: end")


def _table(form: str, moment: str, items: Sequence[str], context: Context, day_zero: Value) -> ValueTable:
    dated = [(answer(row, moment), row) for row in context.rows[form]]
    rows = sorted(((when, row) for when, row in dated if isinstance(when, datetime)), key=lambda pair: pair[0])
    known = [name for name in items if any(answer(row, name) is not None for _, row in rows)]
    return ValueTable(
        columns=tuple(_column(form, name) for name in known),
        rows=tuple(
            (f"Day {days_between(day_zero, when)}, {when:%H:%M}", tuple(_cell(form, row, name) for name in known))
            for when, row in rows
        ),
    )


def _column(form: str, name: str) -> ValueColumn:
    item = CASEBOOK[form].items[name]
    heading = typeset(f"{item.label}, {item.unit}" if item.unit else item.label)
    return ValueColumn(heading=heading, is_number=isinstance(item, Numeric))


def _cell(form: str, row: Row, name: str) -> str:
    """Return an answer without its unit, which stands above it; why it is missing stays out of a dense table."""
    value = row.get(name)
    if value is None or isinstance(value, NullFlavour):
        return ""
    return CASEBOOK[form].items[name].show(value)
