"""The checks of the concomitant agent form about steroid: unit, route, and the dose as prednisone (group 22)."""

from __future__ import annotations

from decimal import Decimal

from forms.context import Context
from forms.dosing.agents import STEROIDS, is_counted_steroid
from forms.dosing.protocol_words import number_words
from forms.dosing.steroids import prednisone_dose
from forms.dosing.weights import weights_near
from forms.form import Anchor, Check
from forms.items import CONFIRM, SOFT, WARNING
from forms.values import Row, answer

CUSTOMARY_MG_PER_KG_DAY, HIGHEST_MG_PER_KG_DAY = 10, 60
"""As prednisone: CLINICAL.md section 4; asked to be confirmed, not refused, as decision D13 has it for doses."""


def _dose_has_a_unit(row: Row, context: Context) -> bool | None:
    return None if answer(row, "dose") is None else answer(row, "unit") is not None


def _steroid_is_systemic(row: Row, context: Context) -> bool | None:
    if answer(row, "agent") not in STEROIDS or answer(row, "route") is None:
        return None
    return answer(row, "route") not in ("topical", "inhaled")


def _steroid_route_is_told(row: Row, context: Context) -> bool | None:
    if answer(row, "agent") not in STEROIDS or answer(row, "dose") is None:
        return None
    return answer(row, "route") is not None


def _prednisone(row: Row, context: Context) -> Decimal | None:
    """Return the mg/kg per day of prednisone of a steroid that counts."""
    if answer(row, "agent") not in STEROIDS or not is_counted_steroid(row):
        return None
    found = prednisone_dose(row, context)
    return found.mg_per_kg_day if found else None


def _steroid_is_within_experience(row: Row, context: Context) -> bool | None:
    found = _prednisone(row, context)
    return None if found is None else found <= HIGHEST_MG_PER_KG_DAY


def _steroid_is_customary(row: Row, context: Context) -> bool | None:
    found = _prednisone(row, context)
    return None if found is None or found > HIGHEST_MG_PER_KG_DAY else found <= CUSTOMARY_MG_PER_KG_DAY


def _prednisone_words(row: Row, context: Context) -> str:
    found = _prednisone(row, context)
    return f"{number_words(round(found, 1))} mg/kg per day of prednisone" if found is not None else "much prednisone"


def _weights_compared(row: Row, context: Context) -> tuple[Anchor, ...]:
    return tuple(weight.anchor for weight in weights_near(context, answer(row, "started_at")))


STEROID_CHECKS: tuple[Check, ...] = (
    Check(
        id="concomitant_agent.dose_has_unit",
        group=22,
        severity=SOFT,
        items=("dose", "unit"),
        message="A dose of {dose} without its unit cannot be used. Choose the unit.",
        holds=_dose_has_a_unit,
    ),
    Check(
        id="concomitant_agent.steroid_within_experience",
        group=22,
        severity=CONFIRM,
        items=("dose", "unit", "frequency"),
        message="{agent} {dose} {unit}, {frequency:small}, is {why}: more than 60. Check dose, unit and frequency "
        "against the source.",
        holds=_steroid_is_within_experience,
        explain=_prednisone_words,
        also=_weights_compared,
    ),
    Check(
        id="concomitant_agent.steroid_is_customary",
        group=22,
        severity=WARNING,
        items=("dose", "unit", "frequency"),
        message="{agent} {dose} {unit}, {frequency:small}, is {why}: more than 10. Fine if the chart says so.",
        holds=_steroid_is_customary,
        explain=_prednisone_words,
        also=_weights_compared,
    ),
    Check(
        id="concomitant_agent.steroid_route_is_told",
        group=22,
        severity=WARNING,
        items=("route",),
        message="The route of {agent} is not told: without it nobody knows whether it reached the whole body. Choose "
        "it.",
        holds=_steroid_route_is_told,
    ),
    Check(
        id="concomitant_agent.steroid_is_systemic",
        group=22,
        severity=WARNING,
        items=("agent", "route"),
        message="Topical and inhaled steroid is not asked here. Fine if you want to keep it.",
        holds=_steroid_is_systemic,
    ),
)
