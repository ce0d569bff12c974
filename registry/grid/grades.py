"""The grades that the signs of each day come to, as rows of the grid that nobody types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from forms.casebook.assessment import ASSESSMENT
from forms.context import Context
from forms.grading.crs import CRS
from forms.grading.icans import ICANS_ATTRIBUTABLE
from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, RuleSet, Verdict, VerdictsByRecord
from registry.grid.reading import Entry
from registry.grid.sheet import Sheet
from registry.verdict_words import result_in_words


@dataclass(frozen=True, kw_only=True)
class DerivedRow:
    """A row of the grid that shows what a rule set says."""

    label: str
    rule_set: RuleSet

    def cell(self, day: date) -> str:
        """Return the name of this row's cell of a day."""
        return f"{day.isoformat()}.{self.rule_set.id}"

    def beside(self, day: date) -> str:
        """Return the name of the cell of a day with the clinician's grade."""
        return f"{day.isoformat()}.{self.rule_set.form}.{self.rule_set.beside}"


@dataclass(frozen=True, kw_only=True)
class DerivedCell:
    """A grade as it fits a cell, and in words with the sign that decided."""

    text: str
    words: str


ROWS = (
    DerivedRow(label="CRS by the signs", rule_set=CRS),
    DerivedRow(label="ICANS by the signs", rule_set=ICANS_ATTRIBUTABLE),
)
SECTION = "Grades"
"""The section of the grid that they stand in, below the clinician's."""


def cells(sheet: Sheet, said: VerdictsByRecord, entries: Iterable[Entry] = ()) -> dict[str, DerivedCell]:
    """Return cell name -> what the signs of a day come to, the worst where there are several assessments.

    ``entries`` are days that are typed and not stored yet.
    """
    typed = {entry.slot.day: str(entry.row["key"]) for entry in entries if entry.slot.form is ASSESSMENT}
    found: dict[str, DerivedCell] = {}
    for day in sheet.days:
        slot = sheet.slot(day, ASSESSMENT)
        keys = [record.key for record in slot.records] or [typed.get(day, slot.key)]
        for row in ROWS:
            verdicts = [said[key][row.rule_set.id] for key in keys if row.rule_set.id in said.get(key, {})]
            if verdicts:
                found[row.cell(day)] = _cell(max(verdicts, key=lambda verdict: verdict.value or ""))
    return found


def in_context(context: Context) -> dict[str, dict[str, Verdict]]:
    """Return what the rule sets of the grid say of a child's assessments as they are typed."""
    found: dict[str, dict[str, Verdict]] = {}
    for row in ROWS:
        for key, verdict in row.rule_set.verdicts(context).items():
            found.setdefault(key, {})[row.rule_set.id] = verdict
    return found


def _cell(verdict: Verdict) -> DerivedCell:
    words = verdict.because or result_in_words(verdict)
    if verdict.certainty is NOT_ASSESSABLE or verdict.value is None:
        return DerivedCell(text="sedated" if verdict.why == "sedated" else "?", words=words)
    return DerivedCell(text=f"≥ {verdict.value}" if verdict.certainty is AT_LEAST else verdict.value, words=words)
