"""One domain of a scale, and how domains make a grade together: a lower bound where an answer is missing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, Verdict

SIGNS_MISSING, SEDATED = "signs_missing", "sedated"
UNDETERMINED = "undetermined"


def in_details(low: int, high: int) -> str:
    """Return a grade between two as the details of a verdict show it."""
    if low == high:
        return str(low)
    return f"at_least_{low}" if low else UNDETERMINED


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Part:
    """What one domain says: the lowest and the highest grade it can be, the same when nothing is missing.

    ``words`` name the sign, or say why one was not counted. Parts are compared by identity, so that a combination of
    them is looked up instead of worked out: ``part`` makes each of them once.
    """

    name: str
    low: int
    high: int
    words: str = ""
    missing: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """Return its grade as the details of a verdict show it."""
        return in_details(self.low, self.high)


@cache
def part(name: str, low: int, high: int, words: str = "", missing: tuple[str, ...] = ()) -> Part:
    """Return the one part that says this."""
    return Part(name=name, low=low, high=high, words=words, missing=missing)


@lru_cache(maxsize=16_384)
def combined(*parts: Part) -> Verdict:
    """Return the grade of the worst part; at least that grade while a missing answer could raise it."""
    if all(part.missing for part in parts) and not any(part.low for part in parts):
        return Verdict(
            value=None,
            certainty=NOT_ASSESSABLE,
            because="not assessable: none of the signs was answered",
            why=SIGNS_MISSING,
            missing=_missing(parts, below=0),
            details=_details(parts),
        )
    grade = max(part.low for part in parts)
    missing = _missing(parts, below=grade)
    if missing:
        return Verdict(
            value=str(grade),
            certainty=AT_LEAST,
            because=f"at least grade {grade}: {_words(parts, grade)}",
            why=SIGNS_MISSING,
            missing=missing,
            details=_details(parts),
        )
    return Verdict(value=str(grade), because=f"grade {grade}: {_words(parts, grade)}", details=_details(parts))


@lru_cache(maxsize=4_096)
def combined_under_sedation(hidden: tuple[str, ...], *parts: Part) -> Verdict:
    """Return the grade of what sedation does not hide: a lower bound, and without any sign not assessable.

    ``hidden`` names the items that sedation blanks. Source: CLINICAL.md D2.
    """
    grade = max(part.low for part in parts)
    details = {**_details(parts), **dict.fromkeys(("test", "consciousness"), SEDATED)}
    if grade == 0:
        return Verdict(
            value=None,
            certainty=NOT_ASSESSABLE,
            because="not assessable: sedated, and no seizure, weakness or raised pressure",
            why=SEDATED,
            missing=(*hidden, *_missing(parts, below=0)),
            details=details,
        )
    words = _words(parts, grade)
    if grade >= HIGHEST_OF_THE_LIVING:
        return Verdict(value=str(grade), because=f"grade {grade}: {words}", details=details)
    return Verdict(
        value=str(grade),
        certainty=AT_LEAST,
        because=f"at least grade {grade}: {words}; sedation hides the test and consciousness",
        why=SEDATED,
        missing=(*hidden, *_missing(parts, below=grade)),
        details=details,
    )


HIGHEST_OF_THE_LIVING = 4


def died_of(toxicity: str) -> Verdict:
    """Return grade 5: it stands on the record of a death and its cause, never on signs."""
    return Verdict(value="5", because=f"grade 5: death from {toxicity}", details={"death": "5"})


def not_assessable(words: str, why: str, *missing: str) -> Verdict:
    """Return that nothing can be said: why in words and as a code, and the items whose answers would help."""
    because = f"not assessable: {words}"
    return Verdict(value=None, certainty=NOT_ASSESSABLE, because=because, why=why, missing=missing)


def _missing(parts: tuple[Part, ...], *, below: int) -> tuple[str, ...]:
    """Return the items that could raise the grade, each once."""
    return tuple(dict.fromkeys(item for part in parts if part.high > below for item in part.missing))


def _words(parts: tuple[Part, ...], grade: int) -> str:
    """Return what decided; for grade 0 why signs were not counted, if that is known."""
    return "; ".join(part.words for part in parts if part.low == grade and part.words) or "no sign"


def _details(parts: tuple[Part, ...]) -> dict[str, str]:
    return {part.name: part.state for part in parts}
