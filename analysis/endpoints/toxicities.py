"""The toxicities of a child, each with its highest grade, and whether it was severe."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.cut import Cut, Record
from analysis.endpoints.grades import told_grade
from analysis.plan import CRS_R1, ICANS_R1, SEVERE_GRADE
from forms.grading.precedence import toxicity_of
from forms.values import answer


def worst_grades(cut: Cut, subject: str) -> Mapping[str, int | None]:
    """Return toxicity -> highest grade of a child; None where neither an episode nor an assessment of it has a grade.

    CLINICAL.md D7: the committee's word stands alone. Without it the higher counts of the episode page and, for CRS and
    ICANS, the grades of the assessments, derived before the clinician's: a page can be older than the worst day.
    """
    known: Mapping[str, int | None] | None = cut.memory.get(("worst grades", subject))
    if known is None:
        known = cut.memory["worst grades", subject] = _worst_grades(cut, subject)
    return known


def was_severe(cut: Cut, subject: str, toxicity: str) -> bool | None:
    """Return whether a child had a severe toxicity in any episode; False of a child that had none at all.

    None where no grade of it is severe and an episode of it has none: assessments may have missed the worst hour.
    """
    highest = worst_grades(cut, subject).get(toxicity)
    if highest is not None and highest >= SEVERE_GRADE:
        return True
    episodes = [row for row in cut.rows("toxicity_episode", subject) if toxicity_of(row) == toxicity]
    return None if any(_peak_grade(row) is None for row in episodes) else False


def _worst_grades(cut: Cut, subject: str) -> Mapping[str, int | None]:
    worst: dict[str, int | None] = {}
    judged = set()
    for row in cut.rows("toxicity_episode", subject):
        named, found = answer(row, "toxicity"), answer(row, "adjudicated_toxicity")
        if found is not None or answer(row, "adjudicated_peak_grade") is not None:
            judged |= {named, found}
        if toxicity := toxicity_of(row):
            grade, known = _peak_grade(row), worst.get(toxicity)
            worst[toxicity] = max(grade, known or 0) if grade is not None else known
    assessments = [(row, str(row["record"])) for row in cut.rows("assessment", subject)]
    for endpoint in (CRS_R1, ICANS_R1):
        toxicity = endpoint.grade_item.removesuffix("_grade")
        highest = max((told_grade(cut, *one, endpoint)[1] or 0 for one in assessments), default=0)
        if highest and toxicity not in judged:
            worst[toxicity] = max(highest, worst.get(toxicity) or 0)
    return worst


def _peak_grade(episode: Record) -> int | None:
    """Return the highest grade of an episode's page, the committee's before the clinician's."""
    grades = (answer(episode, item) for item in ("adjudicated_peak_grade", "peak_grade"))
    return next((grade for grade in grades if isinstance(grade, int)), None)
