"""The daily grid as laid out: which signs and values are its rows, which days its columns, and what is stored.

Its rows are the core of both forms, and what a fever is put down to: that decides whether any sign counts as CRS. The
other signs have the same question on the page of the assessment; seven rows more would push the grades off the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from forms.casebook.assessment import ASSESSMENT
from forms.casebook.laboratory import LABORATORY
from forms.form import Form
from forms.infusions import last_infusion
from forms.items import Item
from forms.values import Row, answer, day_of
from registry.grid.cells import show_cell
from registry.stored_records import Record

GRID_FORMS = (ASSESSMENT, LABORATORY)
DAYS_ACROSS = 14


@dataclass(frozen=True, kw_only=True, eq=False)
class GridRow:
    """One row of the grid: an item under the name it has on the ward.

    ``short_names`` are what flow sheets and laboratory printouts write for it, read beside a pasted block.
    ``carries`` rows can be filled with "same as yesterday"; what is judged afresh each day never can.
    """

    form: Form
    item_name: str
    label: str
    short_names: tuple[str, ...] = ()
    carries: bool = False

    @property
    def item(self) -> Item:
        """Return the item that is asked."""
        return self.form.items[self.item_name]

    @property
    def label_with_unit(self) -> str:
        """Return the label and, in brackets, the unit."""
        return f"{self.label} ({self.item.unit})" if self.item.unit else self.label

    @property
    def is_time(self) -> bool:
        """Tell whether this row dates the record."""
        return self.item_name == self.form.day_item

    def cell(self, day: date) -> str:
        """Return the name of this row's cell of a day."""
        return f"{day.isoformat()}.{self.form.name}.{self.item_name}"


@dataclass(frozen=True, kw_only=True)
class Section:
    """Rows that belong together, under one heading."""

    title: str
    rows: tuple[GridRow, ...]


def _section(title: str, form: Form, *rows: tuple[str, ...], carries: bool = False) -> Section:
    """Return a section of rows, each given as the item, its label and its short names."""
    return Section(
        title=title,
        rows=tuple(
            GridRow(form=form, item_name=item_name, label=label, short_names=tuple(short_names), carries=carries)
            for item_name, label, *short_names in rows
        ),
    )


SECTIONS: tuple[Section, ...] = (
    _section(
        "Signs",
        ASSESSMENT,
        ("assessed_at", "Time of assessment"),
        ("temperature_c", "Temperature", "Temp", "T", "Tmax"),
        ("fever_other_cause", "Fever: another cause", "Other cause of fever", "Fever not CRS"),
        ("systolic_mmhg", "Systolic pressure", "SBP", "Systolic", "Systolic BP", "BP", "NIBP", "Blood pressure"),
        ("hypotension", "Hypotension"),
    ),
    _section(
        "Support",
        ASSESSMENT,
        ("vasoactives", "Vasoactives", "Pressors", "Vasopressors", "Inotropes"),
        ("oxygen_mode", "Oxygen, ventilation", "O2", "Oxygen", "Ventilation", "Respiratory support"),
        ("oxygen_flow_l_min", "Oxygen flow", "O2 flow", "Flow"),
        ("ventilation_reason", "Ventilated because of"),
        carries=True,
    ),
    _section(
        "Neurology",
        ASSESSMENT,
        ("sedated", "Sedated", "Sedation"),
        ("instrument", "Test used"),
        ("ice_total", "ICE score", "ICE"),
        ("capd_total", "CAPD score", "CAPD"),
        ("test_impossible", "Test impossible"),
        ("consciousness", "Consciousness", "LOC", "Level of consciousness"),
        ("seizure", "Seizure", "Seizures"),
        ("motor", "Motor signs"),
        ("pressure", "Edema, pressure"),
    ),
    _section(
        "Grades",
        ASSESSMENT,
        ("crs_grade", "CRS grade", "CRS"),
        ("icans_grade", "ICANS grade", "ICANS"),
        ("carhlh_suspected", "carHLH suspected"),
        ("ferritin_rising", "Ferritin rising"),
        ("carhlh_present", "carHLH diagnosed"),
        ("carhlh_grade", "carHLH grade"),
    ),
    _section(
        "Laboratory",
        LABORATORY,
        ("sampled_at", "Time of sample"),
        ("ferritin", "Ferritin", "Ferr", "Fer"),
        ("crp", "CRP"),
        ("fibrinogen", "Fibrinogen", "Fib", "Fibr", "Fbg"),
        ("wbc", "White cells", "WCC", "White count", "Leukocytes", "Leucocytes"),
        ("anc", "Neutrophils (ANC)", "Abs neut", "Neut abs", "Absolute neutrophils"),
        ("platelets", "Platelets", "Plt", "Plts", "Platelet count", "Thrombocytes"),
        ("haemoglobin", "Hemoglobin", "Hb", "Hgb"),
        ("alt", "ALT", "ALAT", "GPT", "SGPT"),
        ("ast", "AST", "ASAT", "GOT", "SGOT"),
        ("bilirubin_total", "Bilirubin, total", "Bili", "Tbili", "T bili", "Total bilirubin", "Bilirubin"),
        ("creatinine", "Creatinine", "Cr", "Crea", "Creat", "SCr"),
    ),
)

ROWS: tuple[GridRow, ...] = tuple(row for section in SECTIONS for row in section.rows)
ROWS_OF_FORM: Mapping[str, tuple[GridRow, ...]] = {
    form.name: tuple(row for row in ROWS if row.form is form) for form in GRID_FORMS
}


@dataclass(frozen=True, kw_only=True)
class Slot:
    """What is stored of one form on one day: nothing yet, one record, or several, which are read only in the grid."""

    day: date
    form: Form
    key: str
    records: tuple[Record, ...] = ()

    @property
    def name(self) -> str:
        """Return the name under which the page sends back which record this is."""
        return f"{self.day.isoformat()}.{self.form.name}"

    @property
    def stored(self) -> Record | None:
        """Return the one record; None when there is none or more than one."""
        return self.records[0] if len(self.records) == 1 else None

    @property
    def is_read_only(self) -> bool:
        """Tell whether the day has several records, which one column cannot hold."""
        return len(self.records) > 1

    @property
    def revision(self) -> int:
        """Return the revision of the record that a save would change; 0 for a new one."""
        return self.stored.revision if self.stored else 0

    @property
    def rows(self) -> tuple[GridRow, ...]:
        """Return the grid's rows of this form."""
        return ROWS_OF_FORM[self.form.name]

    def text(self, row: GridRow) -> str:
        """Return what is stored in a cell as text; the answers of several records in order of time."""
        shown = (show_cell(row.item, record.row.get(row.item_name)) for record in self.records)
        return " · ".join(text for text in shown if text)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The grid of some days of a child, with what is stored in it.

    ``support_before`` is cell -> text of the support on the day before the first, which stands on another page.
    """

    day_zero: date
    days: tuple[date, ...]
    slots: Mapping[tuple[date, str], Slot]
    infusions: tuple[Row, ...]
    support_before: Mapping[str, str]

    def __iter__(self) -> Iterator[Slot]:
        return iter(self.slots.values())

    def number(self, day: date) -> int:
        """Return the day after the first infusion."""
        return (day - self.day_zero).days

    def slot(self, day: date, form: Form) -> Slot:
        """Return what is stored of a form on a day."""
        return self.slots[day, form.name]

    def cell_label(self, row: GridRow, day: date) -> str:
        """Return what a screen reader says for a cell."""
        return f"Day {self.number(day)}, {day.isoformat()}, {row.label_with_unit}"

    def texts(self) -> dict[str, str]:
        """Return cell name -> stored text, for the cells that can be typed into and are not empty."""
        cells = ((row.cell(slot.day), slot.text(row)) for slot in self if not slot.is_read_only for row in slot.rows)
        return {cell: text for cell, text in cells if text}

    def infusion_on(self, day: date) -> str | None:
        """Return the key of the last infusion on or before a day: what a new record of that day links to."""
        found = last_infusion(self.infusions, day)
        return str(found["key"]) if found else None


def days_from(day_zero: date, start: int, today: date) -> tuple[date, ...]:
    """Return the days of one page of the grid: from a day number on, never beyond today."""
    first = max(start, 0)
    last = min((today - day_zero).days, first + DAYS_ACROSS - 1)
    return tuple(day_zero + timedelta(days=number) for number in range(first, last + 1))


def start_for(day_zero: date, today: date, assessments: Sequence[Record]) -> int:
    """Return the day number at which the page opens: the fortnight of the first day not recorded yet."""
    days = [day for record in assessments if (day := day_of(answer(record.row, ASSESSMENT.day_item)))]
    waiting = max((day - day_zero).days for day in days) + 1 if days else 0
    return page_with(min(waiting, (today - day_zero).days))


def page_with(number: int) -> int:
    """Return the day number with which the page begins that shows a day; days before the first have its page."""
    return max(number, 0) // DAYS_ACROSS * DAYS_ACROSS


def lay_out(
    *,
    day_zero: date,
    days: tuple[date, ...],
    infusions: Sequence[Row],
    records: Mapping[str, Sequence[Record]],
    new_key: Callable[[], str],
) -> Sheet:
    """Return the grid of some days; ``new_key`` makes the key of each record that is not there yet."""
    before = days[0] - timedelta(days=1)
    slots: dict[tuple[date, str], Slot] = {}
    for form in GRID_FORMS:
        by_day: dict[date | None, list[Record]] = {}
        for record in records[form.name]:
            by_day.setdefault(day_of(answer(record.row, form.day_item)), []).append(record)
        for day in (before, *days):
            found = sorted(by_day.get(day, ()), key=lambda record: str(record.row[form.day_item]))
            key = found[0].key if found else new_key()
            slots[day, form.name] = Slot(day=day, form=form, key=key, records=tuple(found))
    yesterday = [slots.pop((before, form.name)) for form in GRID_FORMS]
    support = [(row, slot) for slot in yesterday if slot.stored for row in slot.rows if row.carries]
    return Sheet(
        day_zero=day_zero,
        days=days,
        slots=slots,
        infusions=tuple(infusions),
        support_before={row.cell(before): text for row, slot in support if (text := slot.text(row))},
    )
