"""The grades that rule sets derived from complete signs, kept as one small number per record and rule set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.columns import Rows
from forms.rule_set import EXACT

NO_GRADE = -1


@dataclass(frozen=True, kw_only=True)
class DerivedGrades:
    """Rule set -> the grade of each record at its number; NO_GRADE where the rule set gives none."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    grades: Mapping[str, NDArray[np.int8]] = field(default_factory=dict)

    def of(self, rule_set: str, record: str) -> int | None:
        """Return the grade of a record, None where there is none."""
        number, grades = self.numbers.get(record), self.grades.get(rule_set)
        if number is None or grades is None:
            return None
        grade = int(grades[number])
        return None if grade == NO_GRADE else grade


def read_derived_grades(rows: Rows[str]) -> DerivedGrades:
    """Return the exact grades of a cut's derivations; of several versions of a rule set the newest counts."""
    record, rule_set, version, value, certainty = (
        rows.columns[name] for name in ("record", "rule_set", "version", "value", "certainty")
    )
    grade_of = np.array([int(text) if text.isdecimal() else NO_GRADE for text in value.values])
    age_of = np.array([_rank(text, version.values) for text in version.values])
    codes = {name: np.frombuffer(rows.columns[name].codes, dtype=np.intc) for name in rows.columns}
    is_exact = np.array([text == EXACT.value for text in certainty.values])[codes["certainty"]]
    grade, newest_last = grade_of[codes["value"]], np.argsort(age_of[codes["version"]], kind="stable")
    found = {}
    for code, name in enumerate(rule_set.values):
        chosen = newest_last[(is_exact & (grade != NO_GRADE) & (codes["rule_set"] == code))[newest_last]]
        if len(chosen):
            found[name] = np.full(len(record.values), NO_GRADE, dtype=np.int8)
            found[name][codes["record"][chosen]] = grade[chosen]
    return DerivedGrades(numbers={text: number for number, text in enumerate(record.values)}, grades=found)


def _rank(version: str, versions: Sequence[str]) -> int:
    """Return the place of a version among all, by its numbers: 2 comes before 10."""
    return sorted(versions, key=_numbers).index(version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
