"""The toxicities of a child, each with its highest grade, and whether it was severe."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.cut import Cut, Record
from analysis.endpoints.committee import has_judged
from analysis.endpoints.told_grades import told_grades
from analysis.plan.resolution import CRS_R1, ICANS_R1, ResolutionEndpoint
from analysis.plan.timing import SEVERE_GRADE
from forms.grading.precedence import toxicity_of
from forms.values import answer, day_of


def worst_grades(cut: Cut, subject: str) -> Mapping[str, int | None]:
    """Return toxicity -> highest grade of a child; None where neither an episode nor an assessment of it has a grade.

    CLINICAL.md D7: on the days of an episode the committee's word stands alone. Elsewhere the higher counts of the
    episode page and, for CRS and ICANS, the grades of the assessments, derived before the clinician's: a page can be
    older than the worst day.
    """
    return cut.once("worst grades", subject, lambda: _worst_grades(cut, subject))


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
    for row in cut.rows("toxicity_episode", subject):
        if toxicity := toxicity_of(row):
            grade, known = _peak_grade(row), worst.get(toxicity)
            worst[toxicity] = max(grade, known or 0) if grade is not None else known
    for endpoint in (CRS_R1, ICANS_R1):
        toxicity = endpoint.grade_item.removesuffix("_grade")
        if highest := _highest_assessed(cut, subject, endpoint, toxicity):
            worst[toxicity] = max(highest, worst.get(toxicity) or 0)
    return worst


def _highest_assessed(cut: Cut, subject: str, endpoint: ResolutionEndpoint, toxicity: str) -> int:
    """Return the highest grade of the assessments on whose days no grade of the committee stands."""
    records, told = cut.records["assessment"], told_grades(cut, endpoint, awake_only=False)
    found = ((told.grades[place], place) for place in records.places_of(subject) if told.grades[place] > 0)
    for grade, place in sorted(found, key=lambda one: one[0], reverse=True):
        day = day_of(answer(records.rows[place], "assessed_at"))
        if not has_judged(cut, subject, toxicity, day):
            return grade
    return 0


def _peak_grade(episode: Record) -> int | None:
    """Return the highest grade of an episode's page, the committee's before the clinician's."""
    grades = (answer(episode, item) for item in ("adjudicated_peak_grade", "peak_grade"))
    return next((grade for grade in grades if isinstance(grade, int)), None)
