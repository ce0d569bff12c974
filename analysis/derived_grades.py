"""The grades that rule sets derived from complete signs, kept as one small number per record and rule set."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.columns import Rows
from forms.rule_set import EXACT

NO_GRADE = -1
NEEDED = ("record", "rule_set", "version", "value", "certainty")


@dataclass(frozen=True, kw_only=True)
class DerivedGrades:
    """Rule set -> the grade of each record at its number; NO_GRADE where the rule set gives none.

    The grades are plain arrays: they are asked for one by one, a million times.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    grades: Mapping[str, array[int]] = field(default_factory=dict)

    def of(self, rule_set: str, record: str) -> int | None:
        """Return the grade of a record, None where there is none."""
        number, grades = self.numbers.get(record), self.grades.get(rule_set)
        if number is None or grades is None:
            return None
        grade = grades[number]
        return None if grade == NO_GRADE else grade


def read_derived_grades(rows: Rows[str], versions: Mapping[str, str]) -> DerivedGrades:
    """Return the exact grades that a cut's derivations hold in their columns NEEDED.

    ``versions`` names for each rule set the one version that is read: where it gives no grade, none stands in for it.
    """
    record, rule_set, version, value, certainty = (rows.columns[name] for name in NEEDED)
    codes = {name: np.frombuffer(rows.columns[name].codes, dtype=np.intc) for name in NEEDED}
    grade_of = np.array([int(text) if text.isdecimal() else NO_GRADE for text in value.values], dtype=np.int8)
    grade = grade_of[codes["value"]]
    is_exact = np.array([text == EXACT.value for text in certainty.values])[codes["certainty"]]
    is_grade = is_exact & (grade != NO_GRADE)
    found: dict[str, NDArray[np.int8]] = {}
    for name in versions.keys() & set(rule_set.values):
        is_of_rule_set = codes["rule_set"] == rule_set.values.index(name)
        is_read = is_of_rule_set & (codes["version"] == version.values.index(versions[name]))
        graded = np.flatnonzero(is_grade & is_read)
        if len(graded):
            found[name] = np.full(len(record.values), NO_GRADE, dtype=np.int8)
            found[name][codes["record"][graded]] = grade[graded]
    plain = {name: array("b", grades.tobytes()) for name, grades in found.items()}
    return DerivedGrades(numbers={text: number for number, text in enumerate(record.values)}, grades=plain)


def pairs_of(rows: Rows[str]) -> set[tuple[str, str]]:
    """Return each rule set and version of which there is a verdict."""
    rule_set, version = rows.columns["rule_set"], rows.columns["version"]
    of_rule_set, of_version = (np.frombuffer(column.codes, dtype=np.intc) for column in (rule_set, version))
    width = len(version.values)
    found = np.unique(of_rule_set.astype(np.int64) * width + of_version).tolist()
    return {(rule_set.values[pair // width], version.values[pair % width]) for pair in found}
