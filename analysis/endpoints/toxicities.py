"""The toxicities of a child, each with its highest grade."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.cut import Cut
from analysis.endpoints.grades import told_grade
from analysis.plan import CRS_R1, ICANS_R1
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


def _worst_grades(cut: Cut, subject: str) -> Mapping[str, int | None]:
    worst: dict[str, int | None] = {}
    judged = set()
    for row in cut.rows("toxicity_episode", subject):
        named, found = answer(row, "toxicity"), answer(row, "adjudicated_toxicity")
        adjudicated, clinician = answer(row, "adjudicated_peak_grade"), answer(row, "peak_grade")
        if found is not None or adjudicated is not None:
            judged |= {named, found}
        if toxicity := toxicity_of(row):
            grade = adjudicated if isinstance(adjudicated, int) else clinician
            known = worst.get(toxicity)
            worst[toxicity] = max(grade, known or 0) if isinstance(grade, int) else known
    assessments = [(row, str(row["record"])) for row in cut.rows("assessment", subject)]
    for endpoint in (CRS_R1, ICANS_R1):
        toxicity = endpoint.grade_item.removesuffix("_grade")
        highest = max((told_grade(cut, *one, endpoint)[1] or 0 for one in assessments), default=0)
        if highest and toxicity not in judged:
            worst[toxicity] = max(highest, worst.get(toxicity) or 0)
    return worst
