"""The toxicities of a child by its episode pages, each with its highest grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analysis.cut import Cut, Record
from forms.values import answer


def worst_grades(cut: Cut, subject: str) -> Mapping[str, int | None]:
    """Return toxicity -> highest grade over a child's episodes; None where no episode of it has a grade.

    The committee's word goes before the clinician's (CLINICAL.md D7): what it did not find to be a toxicity is none.
    """
    worst: dict[str, int | None] = {}
    for toxicity, grade in _episodes(cut.rows("toxicity_episode", subject)):
        known = worst.get(toxicity)
        worst[toxicity] = known if grade is None else max(grade, known or 0)
    return worst


def _episodes(rows: tuple[Record, ...]) -> Iterator[tuple[str, int | None]]:
    for row in rows:
        toxicity = answer(row, "adjudicated_toxicity") or answer(row, "toxicity")
        adjudicated, clinician = answer(row, "adjudicated_peak_grade"), answer(row, "peak_grade")
        grade = adjudicated if isinstance(adjudicated, int) else clinician
        if isinstance(toxicity, str):
            yield toxicity, grade if isinstance(grade, int) else None
