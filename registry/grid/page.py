"""One page of the daily grid as the template shows it: cells, what is wrong with them, what is still to be said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from forms.items import CONFIRM, HARD, Severity
from registry.grid.cells import FLAVOUR_WORDS, answers_offered
from registry.grid.form import Paste
from registry.grid.grades import ROWS as DERIVED_ROWS
from registry.grid.grades import SECTION as DERIVED_SECTION
from registry.grid.grades import DerivedCell
from registry.grid.needed import SAID, needed_cells
from registry.grid.reading import Entry, Reading, cells_of, lead_of
from registry.grid.settling import told_together
from registry.grid.sheet import DAYS_ACROSS, GRID_FORMS, SECTIONS, GridRow, Sheet, Slot
from registry.grid.store import Judgement, Opened, questions, refusals
from registry.models import Draft, Subject


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What is said about one cell, or in the same words about several days of one row."""

    place: str
    words: str
    cells: tuple[str, ...]

    @property
    def lead(self) -> str:
        """Return the cell that the remark leads to."""
        return self.cells[0]


@dataclass(frozen=True, kw_only=True)
class QuestionRow:
    """What is asked about one row of the grid, on one day or several, and can be answered with one reason."""

    place: str
    questions: tuple[Judgement, ...]

    @property
    def is_several(self) -> bool:
        """Tell whether more than one day is asked about."""
        return len(self.questions) > 1

    @property
    def of_row(self) -> str:
        """Return what its fields are named after: the form and the check."""
        return f"{self.questions[0].entry.slot.form.name}.{self.questions[0].finding.check_id}"

    @property
    def days(self) -> tuple[str, ...]:
        """Return the days that the one reason holds for."""
        return tuple(one.entry.slot.day.isoformat() for one in self.questions)


@dataclass(kw_only=True)
class GridPage:
    """What the template of the grid needs; nothing typed is ever left out of it."""

    subject: Subject
    opened: Opened
    may_edit: bool
    texts: dict[str, str]
    usual_time: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    needed: list[str] = field(default_factory=list)
    said: list[Judgement] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    told: str = ""
    block: str = ""
    left_over: list[str] = field(default_factory=list)
    pastes: list[Paste] = field(default_factory=list)
    is_filled_in: bool = False
    reasons: dict[str, str] = field(default_factory=dict)
    clears: list[str] = field(default_factory=list)
    reason: str = ""
    reason_missing: bool = False
    saved_by: dict[str, str] = field(default_factory=dict)
    draft: Draft | None = None
    continued: Draft | None = None
    grades: dict[str, DerivedCell] = field(default_factory=dict)
    closed: str = ""

    sections = SECTIONS
    derived_rows = DERIVED_ROWS
    derived_section = DERIVED_SECTION
    forms = GRID_FORMS
    needed_said = SAID
    flavours = tuple((word, flavour.label) for flavour, word in FLAVOUR_WORDS.items())

    @property
    def sheet(self) -> Sheet:
        """Return the days shown with what is stored."""
        return self.opened.sheet

    @property
    def before(self) -> int | None:
        """Return the day number at which the page before begins; None on the first page."""
        return max(self.opened.start - DAYS_ACROSS, 0) if self.opened.start > 0 else None

    @property
    def after(self) -> int | None:
        """Return the day number at which the page after begins; None when today is on this page."""
        following = self.opened.start + DAYS_ACROSS
        return following if following <= self.opened.last_day else None

    @property
    def base(self) -> str:
        """Return the stored texts, which the page sends back so that changes by others are seen."""
        return json.dumps(self.sheet.texts(), ensure_ascii=False, separators=(",", ":"))

    @property
    def pastes_to_take_back(self) -> str:
        """Return the pasted blocks that can still be taken back, which the page sends along."""
        return json.dumps(self.pastes, ensure_ascii=False, separators=(",", ":"))

    @property
    def holds_typing(self) -> bool:
        """Tell whether the page shows more than what is stored."""
        return self.was_refused or self.is_filled_in or self.continued is not None

    @property
    def was_refused(self) -> bool:
        """Tell whether something was to be saved and was not."""
        in_cells = self.errors or self.theirs or self.questions or self.refused
        return bool(in_cells or self.saved_by or self.notices or self.reason_missing or self.clears)

    @property
    def refused(self) -> list[Judgement]:
        """Return what cannot be stored as data."""
        return refusals(self.said)

    @property
    def questions(self) -> list[Judgement]:
        """Return what needs a check against the source and has no reason yet or a reason to show again."""
        return questions(self.said)

    @property
    def question_rows(self) -> list[QuestionRow]:
        """Return the questions, those of one row that ask the same together."""
        alike: dict[str, list[Judgement]] = {}
        for one in self.questions:
            alike.setdefault(f"{one.entry.slot.form.name}.{one.finding.check_id}", []).append(one)
        return [
            QuestionRow(
                place=self._place_of([cells_of(one.finding, one.entry.slot)[0] for one in together]),
                questions=tuple(together),
            )
            for together in alike.values()
        ]

    def remarks(self) -> dict[str, Remark]:
        """Return cell -> the remark about it; the same words about several days of a row are one remark."""
        alike: dict[tuple[str, str], list[str]] = {}
        for cell, words in self._messages().items():
            alike.setdefault((cell.partition(".")[2], words), []).append(cell)
        found: dict[str, Remark] = {}
        for (_, words), cells in alike.items():
            remark = Remark(place=self._place_of(cells), words=words, cells=tuple(cells))
            found |= dict.fromkeys(cells, remark)
        return found

    def _place_of(self, cells: Sequence[str]) -> str:
        """Return the label of a cell, or of several cells of one row with the numbers of their days."""
        slot, row = self._place(cells[0])
        if len(cells) == 1:
            return self.sheet.cell_label(row, slot.day)
        numbers = sorted(self.sheet.number(self._place(cell)[0].day) for cell in cells)
        return f"{row.label_with_unit}, days {in_runs(numbers)}"

    def _messages(self) -> dict[str, str]:
        """Return cell -> what is said about it in words: what stops a save, or is unusual."""
        said: dict[str, list[str]] = {}
        for cell, message in told_together(self.errors, self.texts).items():
            said.setdefault(cell, []).append(message)
        for cell, text in self.theirs.items():
            said.setdefault(cell, []).append(f"Saved meanwhile: {text or 'nothing'}. You typed: {self.texts[cell]}.")
        for one in (*self.refused, *self.questions):
            for cell in cells_of(one.finding, one.entry.slot):
                said.setdefault(cell, []).append(one.finding.message)
        return {cell: " ".join(messages) for cell, messages in said.items()}

    def answers(self, row: GridRow) -> tuple[tuple[str, str, str], ...]:
        """Return the answers that a row takes from a list: button, text that it puts in, short word."""
        return answers_offered(row.item)

    def support_before(self, row: GridRow) -> str:
        """Return what is stored in a row of support on the day before the first that is shown."""
        return self.sheet.support_before.get(row.cell(self.sheet.days[0] - timedelta(days=1)), "")

    def needed_on(self, day: date) -> int:
        """Return how many cells of a day are still needed."""
        return sum(cell.startswith(day.isoformat()) for cell in self.needed)

    def is_shown(self, cell: str) -> bool:
        """Tell whether a cell has a field on this page."""
        return not self._place(cell)[0].is_read_only

    def _place(self, cell: str) -> tuple[Slot, GridRow]:
        day, form, item_name = cell.split(".")
        slot = self.sheet.slots[date.fromisoformat(day), form]
        return slot, next(row for row in slot.rows if row.item_name == item_name)

    def states(self) -> dict[str, str]:
        """Return cell -> how it is marked: wrong, or asked back; a cell about which nothing is said has no mark."""
        asked, wrong = (
            {cell for one in found for cell in cells_of(one.finding, one.entry.slot)}
            for found in (self.questions, self.refused)
        )
        return dict.fromkeys(asked, "asked") | dict.fromkeys({*wrong, *self.errors, *self.theirs}, "wrong")


def in_runs(numbers: Sequence[int]) -> str:
    """Return ascending numbers with neighbours drawn together: ``0 to 3, 5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def page_of(subject: Subject, opened: Opened, reading: Reading | None, *, may_edit: bool) -> GridPage:
    """Return the page of what is stored, or of what was typed."""
    texts = opened.sheet.texts() if reading is None else reading.texts
    page = GridPage(subject=subject, opened=opened, may_edit=may_edit, texts=dict(texts), usual_time=opened.usual_time)
    page.needed = needed_cells(opened.sheet, texts, reading.judged if reading else ())
    if reading is not None:
        page.errors, page.theirs = dict(reading.errors), dict(reading.theirs)
    return page


def cleared_by(entries: Sequence[Entry]) -> list[str]:
    """Return in words the stored answers that are no longer asked once the entries are saved."""
    return [
        f"{entry.slot.day.isoformat()}: {entry.slot.form.items[name].label}"
        for entry in entries
        for name in entry.clears
    ]


def marks_for_script(page: GridPage, said: Sequence[Judgement]) -> dict[str, dict[str, str]]:
    """Return cell -> level and words, for a page that is still being typed.

    What is only unusual stands at the first item that it names, as on the page of the record, and at those still
    needed: a grade that the signs do not give is marked once, and not at each sign that is there.
    """
    marks = {cell: {"level": "wrong", "words": words} for cell, words in page.errors.items()}
    levels: dict[Severity, str] = {HARD: "wrong", CONFIRM: "asked"}
    for one in said:
        if one.finding.is_missing:
            continue
        level = levels.get(one.finding.severity, "unusual")
        cells = cells_of(one.finding, one.entry.slot)
        places = {lead_of(one.finding, cells), *page.needed} if level == "unusual" else set(cells)
        for cell in (cell for cell in cells if cell in places):
            marks.setdefault(cell, {"level": level, "words": one.finding.message})
    return marks
