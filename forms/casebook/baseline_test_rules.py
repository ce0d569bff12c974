"""The check that a test of cognition stands on the baseline page, once later ones are compared with it (group 28)."""

from __future__ import annotations

from forms.anchors import anchors_of
from forms.context import Context
from forms.form import Anchor, Check
from forms.grading.child import count_of
from forms.items import SOFT
from forms.values import Row, answer


def _test_was_recorded(row: Row, context: Context) -> bool | None:
    """Tell whether a score stands on the page when the child was tested later: without one nothing is compared."""
    scores = (row.get("baseline_ice"), row.get("baseline_capd"))
    if any(isinstance(score, int) for score in scores):
        return True
    is_missing = answer(row, "baseline_instrument") == "neither" or any(score is not None for score in scores)
    return False if is_missing and _first_tested(context) else None


def _first_tested(context: Context) -> Row | None:
    """Return an assessment that has a score."""
    scored = (row for row in context.rows["assessment"] if _has_score(row))
    return next(scored, None)


def _has_score(row: Row) -> bool:
    return count_of(row, "ice_total") is not None or count_of(row, "capd_total") is not None


def _compared(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("assessment", [_first_tested(context)], "ice_total", "capd_total")


CHECKS: tuple[Check, ...] = (
    Check(
        id="baseline.test_recorded",
        group=28,
        severity=SOFT,
        items=("baseline_instrument", "baseline_ice", "baseline_capd"),
        message="No ICE or CAPD from before the infusion: ICANS is then graded by the table alone, and an old deficit "
        "counts as ICANS. Enter the score, or say why there is none.",
        holds=_test_was_recorded,
        uses=("assessment",),
        also=_compared,
    ),
)
