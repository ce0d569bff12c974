"""The checks of the response form on what came of the cells: relapse, persistence, B cells."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from forms.anchors import anchors_of, of_all, of_linked
from forms.context import Context
from forms.derivations import days_span
from forms.form import Anchor, Check
from forms.items import SOFT, WARNING
from forms.ordering import infusion_anchors, infusion_day
from forms.values import Measurement, Row, answer, day_of, latest
from forms.visits import DAY_28_WINDOW

REMISSION_CODES = ("cr", "cri", "scr")

RESPONSE_CODES = (*REMISSION_CODES, "vgpr", "pr")
"""Answers after which a return of the disease is a relapse; without any it is refractory disease."""

B_CELLS_LOST_ABOVE = 100
"""CD19+ cells per uL above which aplasia has ended; in percent of lymphocytes it is PERCENT_LOST_ABOVE."""

PERCENT_LOST_ABOVE = 1

B_CELL_ANTIGENS = frozenset({"cd19", "cd22"})


def _relapse_follows_remission(row: Row, context: Context) -> bool | None:
    relapsed, remissions = latest(answer(row, "relapsed_on")), _remission_days(row, context)
    return None if relapsed is None or not remissions else relapsed.date() > min(remissions)


def _remission_days(row: Row, context: Context) -> list[date]:
    days = (day_of(answer(one, "assessed_on")) for one in _of_infusion(row, context, REMISSION_CODES))
    return [day for day in days if day is not None]


def _of_infusion(row: Row, context: Context, responses: tuple[str, ...]) -> list[Row]:
    """Return the assessments of the same infusion, this one among them, with one of some responses."""
    same = [other for other in context.others("response", row) if answer(other, "infusion") == answer(row, "infusion")]
    return [one for one in (row, *same) if answer(one, "response") in responses]


def _remission_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    others = [one for one in _of_infusion(row, context, REMISSION_CODES) if one.get("key") != row.get("key")]
    return anchors_of("response", others, "assessed_on", "response")


def _relapse_needs_a_response(row: Row, context: Context) -> bool | None:
    if answer(row, "relapsed") is not True:
        return None
    return answer(row, "best_response") in RESPONSE_CODES or bool(_of_infusion(row, context, RESPONSE_CODES))


def _antigen_is_told_at_relapse(row: Row, context: Context) -> bool | None:
    return None if answer(row, "relapsed") is not True else row.get("antigen_state") is not None


def _cells_keep_b_cells_away(row: Row, context: Context) -> bool | None:
    infusion = context.linked("infusion", answer(row, "infusion"))
    antigens = answer(infusion, "antigens") if infusion else None
    if answer(row, "timepoint") != "day_28" or answer(row, "car_detectable") is not True:
        return None
    if not isinstance(antigens, tuple) or not B_CELL_ANTIGENS & set(antigens):
        return None
    return _is_at_most(answer(row, "cd19_cells"), B_CELLS_LOST_ABOVE)


def _aplasia_fits_the_count(row: Row, context: Context) -> bool | None:
    aplasia, cells, percent = (answer(row, name) for name in ("b_cell_aplasia", "cd19_cells", "cd19_percent"))
    if not isinstance(aplasia, bool):
        return None
    if aplasia:
        known = (_is_at_most(cells, B_CELLS_LOST_ABOVE), _is_at_most(percent, PERCENT_LOST_ABOVE))
        return None if known == (None, None) else False not in known
    none_left = isinstance(cells, Measurement) and cells.value == 0 and cells.sign != ">"
    return None if not isinstance(cells, Measurement) else not none_left


def _is_at_most(value: object, limit: int) -> bool | None:
    """Tell whether a value is at most a limit; None where it is not known, or only known to be below or above one."""
    if isinstance(value, Decimal):
        return value <= limit
    if not isinstance(value, Measurement):
        return None
    if value.sign == "<":
        return True if value.value <= limit else None
    return False if value.value > limit else (None if value.sign == ">" else True)


def _assay_fits_its_time(row: Row, context: Context) -> bool | None:
    days = days_span(infusion_day(row, context), answer(row, "car_assayed_on"))
    if days is None or answer(row, "timepoint") != "day_28":
        return None
    return days[0] <= DAY_28_WINDOW[1] and days[1] >= DAY_28_WINDOW[0]


COURSE_CHECKS: tuple[Check, ...] = (
    Check(
        id="response.relapse_follows_remission",
        group=41,
        severity=SOFT,
        items=("relapsed_on",),
        message="The relapse on {relapsed_on} is not after the first complete response. Correct a date, or say why.",
        holds=_relapse_follows_remission,
        uses=("response",),
        also=_remission_anchors,
    ),
    Check(
        id="response.relapse_needs_response",
        group=41,
        severity=WARNING,
        items=("relapsed", "best_response"),
        message="A relapse without any response before it: disease that never went away is “No response”. Add the "
        "assessment with the response, or answer No.",
        holds=_relapse_needs_a_response,
        uses=("response",),
        also=of_all("response", "response"),
    ),
    Check(
        id="response.antigen_at_relapse",
        group=41,
        severity=WARNING,
        items=("antigen_state", "relapsed"),
        message="Say what became of the antigen at relapse; “Not tested” is an answer too.",
        holds=_antigen_is_told_at_relapse,
    ),
    Check(
        id="response.cells_and_b_cells",
        group=42,
        severity=WARNING,
        items=("car_detectable", "cd19_cells"),
        message="CAR T cells against CD19 or CD22 are detectable on day 28, yet there are {cd19_cells} of B cells. "
        "Check the sample and the unit of both.",
        holds=_cells_keep_b_cells_away,
        also=of_linked("infusion", "infusion", "antigens"),
    ),
    Check(
        id="response.aplasia_fits_count",
        group=42,
        severity=WARNING,
        items=("b_cell_aplasia", "cd19_cells", "cd19_percent"),
        message="B-cell aplasia is answered {b_cell_aplasia}, with {cd19_cells} and {cd19_percent}. It ends above 100 "
        "cells/uL or 1 % unless the site has its own threshold. Correct one of them.",
        holds=_aplasia_fits_the_count,
    ),
    Check(
        id="response.assay_fits_day_28",
        group=42,
        severity=WARNING,
        items=("car_assayed_on", "timepoint"),
        message="The sample of {car_assayed_on} was not drawn 21 to 42 days after infusion, yet the page is called day "
        "28. Correct one of them.",
        holds=_assay_fits_its_time,
        also=infusion_anchors,
    ),
)
