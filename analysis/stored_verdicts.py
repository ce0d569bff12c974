"""What the rule sets said of a cut's records: a grade as a small number per record, or words.

The file is the largest of a cut: it is read once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.columns import Rows
from analysis.manifest import CutError
from forms.dosing.regimen_judgement import REGIMEN_JUDGEMENT
from forms.rule_set import EXACT

NO_GRADE = -1
NEEDED = ("record", "rule_set", "version", "value", "certainty")
WORDED = (REGIMEN_JUDGEMENT.id,)
"""The rule sets whose words are read; of the others an analysis reads the grades."""


@dataclass(frozen=True, kw_only=True)
class StoredVerdicts:
    """The verdicts of each rule set in its newest version.

    `grades` are the exact grades of each record at its number, NO_GRADE where there is none; the last one, for what is
    no record of theirs, is always that. `words` are record -> value of the rule sets WORDED.
    """

    numbers: Mapping[str, int]
    grades: Mapping[str, NDArray[np.int8]]
    words: Mapping[str, Mapping[str, str]]

    def places_of(self, records: Sequence[str]) -> NDArray[np.intp]:
        """Return where the grades of some records stand."""
        return np.array([self.numbers.get(record, -1) for record in records], dtype=np.intp)

    def grades_at(self, rule_set: str, places: NDArray[np.intp]) -> NDArray[np.int8]:
        """Return the grades that a rule set gave at some places, NO_GRADE for none."""
        if rule_set not in self.grades:
            return np.full(len(places), NO_GRADE, dtype=np.int8)
        found: NDArray[np.int8] = self.grades[rule_set][places]
        return found


def read_verdicts(rows: Rows[str], listed: AbstractSet[tuple[str, str]], versions: Mapping[str, str]) -> StoredVerdicts:
    """Return what a cut's derivations say in their columns NEEDED.

    ``listed`` are the rule sets and versions that the cut lists, ``versions`` for each rule set the newest of them, the
    only one that is read: where it says nothing, no other stands in for it.
    Errors: CutError when a verdict is of none that is listed, or a rule set said something in an earlier version and
    nothing in its newest; OverflowError when a grade is out of range.
    """
    _require_newest(rows, listed, versions)
    record, rule_set, version, value, certainty = (rows.columns[name] for name in NEEDED)
    codes = {name: np.frombuffer(rows.columns[name].codes, dtype=np.intc) for name in NEEDED}
    grade_of = np.array([int(text) if text.isdecimal() else NO_GRADE for text in value.values], dtype=np.int8)
    grade = grade_of[codes["value"]]
    is_exact = np.array([text == EXACT.value for text in certainty.values])[codes["certainty"]]
    is_grade = is_exact & (grade != NO_GRADE)
    grades: dict[str, NDArray[np.int8]] = {}
    words: dict[str, dict[str, str]] = {}
    for name in versions.keys() & set(rule_set.values):
        is_of_rule_set = codes["rule_set"] == rule_set.values.index(name)
        is_read = is_of_rule_set & (codes["version"] == version.values.index(versions[name]))
        if name in WORDED:
            chosen = np.flatnonzero(is_read)
            said = zip(*(codes[column][chosen].tolist() for column in ("record", "value")), strict=True)
            words[name] = {record.values[one]: value.values[other] for one, other in said}
        graded = np.flatnonzero(is_grade & is_read)
        if len(graded):
            grades[name] = np.full(len(record.values) + 1, NO_GRADE, dtype=np.int8)
            grades[name][codes["record"][graded]] = grade[graded]
    numbers = {text: number for number, text in enumerate(record.values)}
    return StoredVerdicts(numbers=numbers, grades=grades, words=words)


def _require_newest(rows: Rows[str], listed: AbstractSet[tuple[str, str]], versions: Mapping[str, str]) -> None:
    """Refuse verdicts of which the cut does not say what gave them, or which an upgrade has left behind."""
    found = _pairs_of(rows)
    unknown = sorted(found - listed)
    if unknown:
        rule_set, version = unknown[0]
        raise CutError(
            f"derivations.csv holds verdicts of {rule_set} {version}, which is not in rule_sets.csv. Take the cut"
            " again."
        )
    behind = sorted((name, version) for name, version in found if (name, versions[name]) not in found)
    if behind:
        name, version = behind[0]
        raise CutError(
            f"derivations.csv holds verdicts of {name} {version} and none of {name} {versions[name]}, the newest in"
            " rule_sets.csv. Run `anakinra-registry derive` and take the cut again."
        )


def _pairs_of(rows: Rows[str]) -> set[tuple[str, str]]:
    """Return each rule set and version of which there is a verdict."""
    rule_set, version = rows.columns["rule_set"], rows.columns["version"]
    of_rule_set, of_version = (np.frombuffer(column.codes, dtype=np.intc) for column in (rule_set, version))
    width = len(version.values)
    found = np.unique(of_rule_set.astype(np.int64) * width + of_version).tolist()
    return {(rule_set.values[pair // width], version.values[pair % width]) for pair in found}
