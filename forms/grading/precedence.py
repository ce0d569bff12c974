"""Which of several words on one thing stands: adjudicated, then derived from complete signs, then the clinician's.

Source: CLINICAL.md D7 and, for sedation, D2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forms.grading.parts import SEDATED
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE, Certainty, Verdict
from forms.values import Row, answer

NOT_GRADED = "not_graded"


class GradeSource(StrEnum):
    """Where a grade came from."""

    ADJUDICATED = "adjudicated"
    DERIVED = "derived"
    CLINICIAN = "clinician"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """The grade that stands, and where it came from; without one, ``why`` is the code of the reason.

    A lower bound (``certainty`` AT_LEAST) stands only where there is no grade of any kind.
    """

    grade: int | None
    source: GradeSource
    certainty: Certainty = EXACT
    why: str = ""


def choose(derived: Verdict | None, clinician: int | None, adjudicated: int | None = None) -> Chosen:
    """Return the grade that stands.

    Of a child under sedation without any sign, the clinician's grade 0 is not believed: the day is unresolved.
    """
    if adjudicated is not None:
        return Chosen(grade=adjudicated, source=GradeSource.ADJUDICATED)
    value = None if derived is None or derived.value is None else int(derived.value)
    if derived is not None and derived.certainty is EXACT:
        return Chosen(grade=value, source=GradeSource.DERIVED)
    is_hidden = derived is not None and derived.why == SEDATED
    if is_hidden and value is None and not clinician:
        return Chosen(grade=None, source=GradeSource.DERIVED, certainty=NOT_ASSESSABLE, why=SEDATED)
    if clinician is not None:
        return Chosen(grade=clinician, source=GradeSource.CLINICIAN)
    if derived is None or value is None:
        why = derived.why if derived is not None else NOT_GRADED
        return Chosen(grade=None, source=GradeSource.NONE, certainty=NOT_ASSESSABLE, why=why)
    return Chosen(grade=value, source=GradeSource.DERIVED, certainty=AT_LEAST, why=derived.why)


def toxicity_of(episode: Row) -> str | None:
    """Return which toxicity an episode is; the committee's word goes before the clinician's."""
    toxicity = answer(episode, "adjudicated_toxicity") or answer(episode, "toxicity")
    return toxicity if isinstance(toxicity, str) else None
