"""One row per child and day 28 outcome as the report counts it: who belongs to its population, and the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.study import Study

NOT_ASSESSED, NOT_KNOWN = "not assessed", "not known"


@dataclass(frozen=True, kw_only=True)
class ResponseRow:
    """One child in one outcome: yes, no or not assessed, which counts as no among all; exposures before the result."""

    subject: str
    outcome: str
    result: str
    anakinra: str
    carhlh: str


def response_rows(study: Study) -> Iterator[ResponseRow]:
    """Yield the rows of every outcome's population, in the order of the plan and of the subject keys."""
    for population in study.day_28:
        for child in sorted(population.children, key=lambda child: child.subject):
            yield ResponseRow(
                subject=child.subject,
                outcome=population.outcome.id,
                result=_yes_no(child.responded) if child.evaluable else NOT_ASSESSED,
                anakinra=_yes_no(child.had_anakinra),
                carhlh=_yes_no(child.had_carhlh),
            )


def _yes_no(answer: bool | None) -> str:
    return NOT_KNOWN if answer is None else ("yes" if answer else "no")
