"""The checks of the response form, and the values it derives."""

from __future__ import annotations

from decimal import Decimal

from forms.casebook.response_course_rules import COURSE_CHECKS, REMISSION_CODES
from forms.code_lists import LEUKEMIAS
from forms.context import Context
from forms.derivations import days_between
from forms.form import Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import (
    entered_in_time,
    infusion_anchors,
    infusion_day,
    not_after_death,
    not_before,
    not_before_infusion,
)
from forms.values import Answer, Measurement, Row, answer
from forms.visits import DAY_28_WINDOW

MRD_THRESHOLD_PERCENT = Decimal("0.01")

RELAPSE_BLASTS_PERCENT = 5

_DISEASE_SIGNS: dict[str, dict[object, bool]] = {
    "circulating_blasts": {True: True, False: False},
    "extramedullary": {True: True, False: False},
    "cns_status": {"cns1": False, "cns2": True, "cns3": True},
}
"""Item -> answer -> whether it is disease that no complete response has (CNS1 is part of one: CLINICAL.md D11)."""

_SIGN_WORDS = {
    "circulating_blasts": "blasts in the blood",
    "extramedullary": "extramedullary disease",
    "cns_status": "blasts in the CNS",
}


def mrd_class(row: Row, context: Context) -> Answer | None:
    result, found, limit = (answer(row, name) for name in ("mrd_result", "mrd_percent", "mrd_lod_percent"))
    if result == "not_detected":
        if not isinstance(limit, Decimal):
            return None
        return "negative" if limit <= MRD_THRESHOLD_PERCENT else "negative_insufficient"
    if result == "below_quantification":
        return "positive_low"
    if result == "detected" and isinstance(found, Decimal):
        return "positive" if found >= MRD_THRESHOLD_PERCENT else "positive_low"
    return None


def _day_28_is_in_window(row: Row, context: Context) -> bool | None:
    days = days_between(infusion_day(row, context), answer(row, "assessed_on"))
    if days is None or answer(row, "timepoint") != "day_28":
        return None
    return DAY_28_WINDOW[0] <= days <= DAY_28_WINDOW[1]


def _response_fits_disease(row: Row, context: Context) -> bool | None:
    group, response = answer(row, "disease_group"), answer(row, "response")
    if group is None or response is None:
        return None
    if response in ("scr", "vgpr"):
        return group == "myeloma"
    return not (response == "cri" and group not in LEUKEMIAS)


def _remission_fits_blasts(row: Row, context: Context) -> bool | None:
    blasts = answer(row, "marrow_blasts_percent")
    if not isinstance(blasts, Decimal) or answer(row, "response") not in REMISSION_CODES:
        return None
    return blasts < RELAPSE_BLASTS_PERCENT


def _remission_fits_disease(row: Row, context: Context) -> bool | None:
    if answer(row, "response") not in REMISSION_CODES:
        return None
    signs = [_DISEASE_SIGNS[name].get(answer(row, name)) for name in _DISEASE_SIGNS]
    return False if True in signs else None if None in signs else True


def _disease_found(row: Row, context: Context) -> str:
    found = [name for name in _DISEASE_SIGNS if _DISEASE_SIGNS[name].get(answer(row, name))]
    return " and ".join(_SIGN_WORDS[name] for name in found)


def _negative_mrd_is_in_remission(row: Row, context: Context) -> bool | None:
    response = answer(row, "response")
    if answer(row, "mrd_result") != "not_detected" or response in (None, "not_assessed"):
        return None
    return response in REMISSION_CODES


def _mrd_value_fits_result(row: Row, context: Context) -> bool | None:
    result, found = answer(row, "mrd_result"), answer(row, "mrd_percent")
    if not isinstance(found, Decimal) or result is None:
        return None
    return found > 0 if result == "detected" else found == 0


def _mrd_value_reaches_limit(row: Row, context: Context) -> bool | None:
    found, limit = answer(row, "mrd_percent"), answer(row, "mrd_lod_percent")
    if not isinstance(found, Decimal) or not isinstance(limit, Decimal) or answer(row, "mrd_result") != "detected":
        return None
    return found >= limit


def _complete_response_has_counts(row: Row, context: Context) -> bool | None:
    if answer(row, "response") != "cr" or answer(row, "disease_group") not in LEUKEMIAS:
        return None
    counts = ((answer(row, "anc"), 1), (answer(row, "platelets"), 100))
    low = [count.is_below(limit) for count, limit in counts if isinstance(count, Measurement)]
    known = [is_low for is_low in low if is_low is not None]
    return not any(known) if known else None


CHECKS: tuple[Check, ...] = (
    not_before_infusion("response", "assessed_on", label="The assessment", group=40),
    not_after_death("response", "assessed_on", label="The assessment"),
    entered_in_time("response", "assessed_on"),
    not_before(
        "response",
        "assessed_on",
        "relapsed_on",
        group=41,
        severity=SOFT,
        message="Relapse on {relapsed_on} is after this assessment on {assessed_on}. Enter it at the next "
        "assessment, or say why.",
    ),
    Check(
        id="response.day_28_window",
        group=40,
        severity=SOFT,
        items=("assessed_on", "timepoint"),
        message="{assessed_on} is not 21 to 42 days after infusion, yet it is called day 28. Correct one of them, "
        "or say why.",
        holds=_day_28_is_in_window,
        also=infusion_anchors,
    ),
    Check(
        id="response.fits_disease",
        severity=WARNING,
        items=("response", "disease_group"),
        message="“{response}” is not used for {disease_group}. Correct one of them.",
        holds=_response_fits_disease,
    ),
    Check(
        id="response.remission_fits_blasts",
        group=40,
        severity=CONFIRM,
        items=("response", "marrow_blasts_percent"),
        message="{marrow_blasts_percent} marrow blasts do not fit a complete response (under 5 %). Check both "
        "against the source.",
        holds=_remission_fits_blasts,
    ),
    Check(
        id="response.remission_fits_disease",
        group=40,
        severity=SOFT,
        items=("response", "circulating_blasts", "extramedullary", "cns_status"),
        message="“{response}” beside {why}. Correct one of them, or say why.",
        holds=_remission_fits_disease,
        explain=_disease_found,
    ),
    Check(
        id="response.counts_recovered",
        group=41,
        version=2,
        severity=WARNING,
        items=("response", "anc", "platelets"),
        message="Neutrophils {anc} or platelets {platelets} are too low for CR; it would be CRi. Correct one of them.",
        holds=_complete_response_has_counts,
    ),
    Check(
        id="response.mrd_value_fits_result",
        group=40,
        version=2,
        severity=HARD,
        items=("mrd_percent", "mrd_result"),
        message="MRD is “{mrd_result}”, yet the value is {mrd_percent}. Correct one of them.",
        holds=_mrd_value_fits_result,
    ),
    Check(
        id="response.mrd_value_reaches_limit",
        group=40,
        severity=WARNING,
        items=("mrd_percent", "mrd_lod_percent"),
        message="MRD {mrd_percent} is below the limit of detection {mrd_lod_percent}. Correct one of them.",
        holds=_mrd_value_reaches_limit,
    ),
    Check(
        id="response.negative_mrd_in_remission",
        group=40,
        severity=WARNING,
        items=("mrd_result", "response"),
        message="MRD is “{mrd_result}”, which goes with a complete response (CR or CRi), not with “{response}”. "
        "Correct one of them.",
        holds=_negative_mrd_is_in_remission,
    ),
    *COURSE_CHECKS,
)
