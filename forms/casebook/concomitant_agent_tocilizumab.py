"""The checks of the concomitant agent form about tocilizumab: dose by weight, number, times (group 21)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from forms.anchors import anchors_of
from forms.context import Context
from forms.dosing.agents import (
    SHORTEST_HOURS,
    TOCILIZUMAB_HIGHEST_MG,
    TOCILIZUMAB_HOURS_APART,
    TOCILIZUMAB_LOWEST_MG,
    TOCILIZUMAB_MOST_DOSES,
    episodes_of,
    mg_per_dose,
    tocilizumab_mg,
)
from forms.dosing.protocol_words import number_words
from forms.dosing.weights import Weight, weights_near
from forms.form import Anchor, Check
from forms.items import CONFIRM, SOFT, WARNING
from forms.ordering import infusion_day
from forms.values import Row, Value, answer, earliest, is_before, latest

BAND_MAY_DIFFER_BY = Decimal("0.1")

HIGHEST_MG_PER_KG = 24
"""Twice what a child under 30 kg gets: a dose in mg, or ten times a dose, is above it."""

_PER_KG = ("mg_per_kg", "mg_per_kg_day")


def _is_tocilizumab(row: Row) -> bool:
    return answer(row, "agent") == "tocilizumab"


def _dose_is_plausible_tocilizumab(row: Row, context: Context) -> bool | None:
    dose = answer(row, "dose")
    if not _is_tocilizumab(row) or not isinstance(dose, Decimal) or answer(row, "unit") != "mg":
        return None
    return TOCILIZUMAB_LOWEST_MG <= dose <= TOCILIZUMAB_HIGHEST_MG


def _dose_per_kg_is_plausible_tocilizumab(row: Row, context: Context) -> bool | None:
    dose = answer(row, "dose")
    if not _is_tocilizumab(row) or not isinstance(dose, Decimal) or answer(row, "unit") not in _PER_KG:
        return None
    return dose <= HIGHEST_MG_PER_KG


def _weights(row: Row, context: Context) -> tuple[Weight, ...]:
    return weights_near(context, answer(row, "started_at"))


def _dose_fits_the_weight_band(row: Row, context: Context) -> bool | None:
    """Tell whether a dose of tocilizumab is within a tenth of its band, by a weight that may be the nearest."""
    if not _is_tocilizumab(row):
        return None
    known = [_is_in_band(row, weight.kg) for weight in _weights(row, context)]
    return any(known) if known and None not in known else None


def _is_in_band(row: Row, kg: Decimal) -> bool | None:
    mg, expected = mg_per_dose(row, weight_kg=kg, surface_m2=None), tocilizumab_mg(kg)
    return None if mg is None else abs(mg - expected) <= expected * BAND_MAY_DIFFER_BY


def _band(row: Row, context: Context) -> str:
    said = (
        f"{number_words(tocilizumab_mg(weight.kg))} mg at {number_words(weight.kg)} kg"
        for weight in _weights(row, context)
    )
    return " or ".join(dict.fromkeys(said))


def _weights_compared(row: Row, context: Context) -> tuple[Anchor, ...]:
    return tuple(weight.anchor for weight in _weights(row, context))


def _counted_with(row: Row, context: Context) -> list[Row]:
    """Return the other pages of tocilizumab for an episode of this one; without an episode, for the same infusion."""
    others = [other for other in context.others("concomitant_agent", row) if _is_tocilizumab(other)]
    linked = set(episodes_of(row))
    if linked:
        return [other for other in others if linked & set(episodes_of(other))]
    infusion = _infusion(row, context)
    return [other for other in others if infusion is not None and _infusion(other, context) == infusion]


def _infusion(row: Row, context: Context) -> object:
    """Return the infusion that a page certainly falls after; None where its date leaves it open."""
    first, last = earliest(answer(row, "started_at")), latest(answer(row, "started_at"))
    if first is None or last is None:
        return None
    found = {(context.infusion_before(moment.date()) or {}).get("key") for moment in (first, last)}
    return found.pop() if len(found) == 1 else None


def _tocilizumab_doses_are_few(row: Row, context: Context) -> bool | None:
    if not _is_tocilizumab(row):
        return None
    counted = [_dose_count(one) for one in (row, *_counted_with(row, context))]
    return sum(counted) <= TOCILIZUMAB_MOST_DOSES


def _dose_count(row: Row) -> int:
    count = answer(row, "doses_given")
    return count if isinstance(count, int) else 1


def _doses_counted(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("concomitant_agent", _counted_with(row, context), "agent", "doses_given", "started_at")


def _tocilizumab_is_apart(row: Row, context: Context) -> bool | None:
    if not _is_tocilizumab(row):
        return None
    hours = SHORTEST_HOURS.get(str(answer(row, "frequency")))
    if hours is not None and hours < TOCILIZUMAB_HOURS_APART:
        return False
    return None if answer(row, "started_at") is None else not _too_close(row, context)


def _too_close(row: Row, context: Context) -> list[Row]:
    """Return the other pages of tocilizumab with a first or last dose certainly under 8 hours from this one's first."""
    start = answer(row, "started_at")
    others = [other for other in context.others("concomitant_agent", row) if _is_tocilizumab(other)]
    return [
        other
        for other in others
        if _is_within_hours(start, answer(other, "started_at")) or _is_within_hours(start, answer(other, "stopped_at"))
    ]


def _is_within_hours(one: Value, other: Value) -> bool:
    moments = earliest(one), latest(one), earliest(other), latest(other)
    known = [moment for moment in moments if moment is not None]
    return len(known) == len(moments) and max(known) - min(known) < timedelta(hours=TOCILIZUMAB_HOURS_APART)


def _given_too_close(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("concomitant_agent", _too_close(row, context), "agent", "started_at", "stopped_at")


def _early_tocilizumab_is_prevention(row: Row, context: Context) -> bool | None:
    """Tell whether tocilizumab before the infusion was prevention; treatment is judged with all agents."""
    purpose = answer(row, "purpose")
    if not _is_tocilizumab(row) or purpose in (None, "treatment"):
        return None
    is_early = is_before(answer(row, "started_at"), infusion_day(row, context))
    return None if is_early is None else not is_early or purpose == "prevention"


def _infusion_day(row: Row, context: Context) -> tuple[Anchor, ...]:
    day = infusion_day(row, context)
    found = [infusion for infusion in context.rows["infusion"] if answer(infusion, "infused_on") == day]
    return anchors_of("infusion", found, "infused_on")


TOCILIZUMAB_CHECKS: tuple[Check, ...] = (
    Check(
        id="concomitant_agent.tocilizumab_dose",
        group=21,
        severity=CONFIRM,
        items=("dose", "agent"),
        message="{dose} mg of tocilizumab is outside 20 to 800 mg. Check it against the source.",
        holds=_dose_is_plausible_tocilizumab,
    ),
    Check(
        id="concomitant_agent.tocilizumab_dose_per_kg",
        group=21,
        severity=CONFIRM,
        items=("dose", "unit", "agent"),
        message="{dose} {unit} of tocilizumab: 12 mg/kg is the most that is usual, above 24 it may be a dose in mg. "
        "Check dose and unit against the source.",
        holds=_dose_per_kg_is_plausible_tocilizumab,
    ),
    Check(
        id="concomitant_agent.tocilizumab_band",
        group=21,
        version=2,
        severity=SOFT,
        items=("dose", "agent"),
        message="{agent} {dose} {unit} differs by more than a tenth from {why}: 12 mg/kg under 30 kg, 8 mg/kg from 30 "
        "kg on, at most 800 mg. Correct it, or say why.",
        holds=_dose_fits_the_weight_band,
        explain=_band,
        also=_weights_compared,
    ),
    Check(
        id="concomitant_agent.tocilizumab_doses",
        group=21,
        version=2,
        severity=CONFIRM,
        items=("agent", "doses_given"),
        message="This makes more than 4 doses of tocilizumab for the episode. Check that no dose is entered twice.",
        holds=_tocilizumab_doses_are_few,
        uses=("concomitant_agent",),
        also=_doses_counted,
    ),
    Check(
        id="concomitant_agent.tocilizumab_apart",
        group=21,
        severity=WARNING,
        items=("started_at", "frequency"),
        message="Less than 8 hours between two doses of tocilizumab. Check the times, and that no dose is entered "
        "twice.",
        holds=_tocilizumab_is_apart,
        uses=("concomitant_agent",),
        also=_given_too_close,
    ),
    Check(
        id="concomitant_agent.early_tocilizumab_is_prevention",
        group=21,
        severity=CONFIRM,
        items=("started_at", "purpose"),
        message="Tocilizumab on {started_at} is before the infusion, and not as prevention. Check day and purpose.",
        holds=_early_tocilizumab_is_prevention,
        also=_infusion_day,
    ),
)
