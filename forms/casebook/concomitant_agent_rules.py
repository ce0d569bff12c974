"""The checks of the concomitant agent form, and the values it derives."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from forms.branching import When
from forms.context import Context
from forms.form import Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import entered_in_time, not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, earliest, latest

STEROIDS = ("dexamethasone", "methylprednisolone", "prednisone", "hydrocortisone")

TNF_BLOCKERS = ("etanercept", "other_tnf")

TOCILIZUMAB_BAND_KG = 30

TOCILIZUMAB_LOWEST_MG, TOCILIZUMAB_HIGHEST_MG = 20, 800

TOCILIZUMAB_MOST_DOSES = 4


def _end_of(row: Row) -> datetime | None:
    """Return the latest end that is known: open while it goes on, the start itself for a single dose."""
    if answer(row, "ongoing") is True:
        return datetime.max
    stopped = latest(answer(row, "stopped_at"))
    if stopped is None and (answer(row, "frequency") == "once" or answer(row, "doses_given") == 1):
        return latest(answer(row, "started_at"))
    return stopped


def timing(row: Row, context: Context) -> Answer | None:
    courses = [course for course in context.rows["anakinra_course"] if answer(course, "started_at") is not None]
    start = earliest(answer(row, "started_at"))
    if start is None:
        return None
    if not courses:
        return "no_anakinra"
    began = [earliest(answer(course, "started_at")) or datetime.max for course in courses]
    ended = [latest(answer(course, "stopped_at")) or datetime.max for course in courses]
    end = _end_of(row)
    if start > max(ended):
        return "after"
    if any(first <= start <= last for first, last in zip(began, ended, strict=True)):
        return "with"
    if end is None:
        return None
    if any(start <= last and first <= end for first, last in zip(began, ended, strict=True)):
        return "with"
    return "before" if end < min(began) else "after"


def _dose_is_plausible_tocilizumab(row: Row, context: Context) -> bool | None:
    dose = answer(row, "dose")
    if answer(row, "agent") != "tocilizumab" or not isinstance(dose, Decimal) or answer(row, "unit") != "mg":
        return None
    return TOCILIZUMAB_LOWEST_MG <= dose <= TOCILIZUMAB_HIGHEST_MG


def _dose_fits_the_weight_band(row: Row, context: Context) -> bool | None:
    dose, unit = answer(row, "dose"), answer(row, "unit")
    weight = answer(context.single("baseline"), "weight_kg")
    if answer(row, "agent") != "tocilizumab" or not isinstance(dose, Decimal) or not isinstance(weight, Decimal):
        return None
    per_kg = 8 if weight >= TOCILIZUMAB_BAND_KG else 12
    expected = min(per_kg * weight, Decimal(TOCILIZUMAB_HIGHEST_MG))
    given = {"mg": dose, "mg_per_kg": dose * weight}.get(str(unit))
    return None if given is None else abs(given - expected) <= expected / 10


def _tocilizumab_doses_are_few(row: Row, context: Context) -> bool | None:
    if answer(row, "agent") != "tocilizumab":
        return None
    rows = (*context.others("concomitant_agent", row), row)
    linked = set(_keys(row))
    counted = [
        _dose_count(other)
        for other in rows
        if answer(other, "agent") == "tocilizumab" and (not linked or linked & set(_keys(other)))
    ]
    return sum(counted) <= TOCILIZUMAB_MOST_DOSES


def _keys(row: Row) -> tuple[str, ...]:
    keys = answer(row, "episodes")
    return keys if isinstance(keys, tuple) else ()


def _dose_count(row: Row) -> int:
    count = answer(row, "doses_given")
    return count if isinstance(count, int) else 1


def _dose_has_a_unit(row: Row, context: Context) -> bool | None:
    return None if answer(row, "dose") is None else answer(row, "unit") is not None


def _steroid_is_systemic(row: Row, context: Context) -> bool | None:
    if answer(row, "agent") not in STEROIDS or answer(row, "route") is None:
        return None
    return answer(row, "route") not in ("topical", "inhaled")


def _tnf_blocker_is_apart(row: Row, context: Context) -> bool | None:
    return None if answer(row, "agent") not in TNF_BLOCKERS else timing(row, context) != "with"


def _treatment_names_an_episode(row: Row, context: Context) -> bool | None:
    return None if answer(row, "purpose") != "treatment" else bool(_keys(row))


CHECKS: tuple[Check, ...] = (
    not_before_infusion(
        "concomitant_agent",
        "started_at",
        label="The first dose",
        severity=CONFIRM,
        unless=When("purpose", is_in=("prevention", "premedication", "replacement", "gvhd", "other")),
    ),
    not_after_death("concomitant_agent", "started_at", label="The first dose", severity=HARD),
    not_after_death("concomitant_agent", "stopped_at", label="The last dose", severity=HARD),
    entered_in_time("concomitant_agent", "started_at"),
    not_before(
        "concomitant_agent",
        "stopped_at",
        "started_at",
        message="The last dose {stopped_at} is before the first {started_at}. Check both times.",
    ),
    Check(
        id="concomitant_agent.dose_has_unit",
        severity=SOFT,
        items=("dose", "unit"),
        message="A dose of {dose} without its unit cannot be used. Choose the unit.",
        holds=_dose_has_a_unit,
    ),
    Check(
        id="concomitant_agent.tocilizumab_dose",
        severity=CONFIRM,
        items=("dose", "agent"),
        message="{dose} mg of tocilizumab is outside 20 to 800 mg. Check it against the source.",
        holds=_dose_is_plausible_tocilizumab,
    ),
    Check(
        id="concomitant_agent.tocilizumab_band",
        severity=SOFT,
        items=("dose", "agent"),
        message="{agent} {dose} {unit} is more than a tenth from 12 mg/kg (under 30 kg) or 8 mg/kg (30 kg and over, "
        "at most 800 mg). Correct it, or say why.",
        holds=_dose_fits_the_weight_band,
    ),
    Check(
        id="concomitant_agent.tocilizumab_doses",
        severity=CONFIRM,
        items=("agent", "doses_given"),
        message="This makes more than 4 doses of tocilizumab for the episode. Check that no dose is entered twice.",
        holds=_tocilizumab_doses_are_few,
        uses=("concomitant_agent",),
    ),
    Check(
        id="concomitant_agent.steroid_is_systemic",
        severity=WARNING,
        items=("agent", "route"),
        message="Topical and inhaled steroid is not asked here. Fine if you want to keep it.",
        holds=_steroid_is_systemic,
    ),
    Check(
        id="concomitant_agent.tnf_blocker",
        severity=WARNING,
        items=("agent",),
        message="A TNF blocker together with anakinra raises the risk of infection. Look for an infection page.",
        holds=_tnf_blocker_is_apart,
    ),
    Check(
        id="concomitant_agent.treatment_names_episode",
        severity=SOFT,
        items=("episodes", "purpose"),
        message="It was given as treatment, but no episode is chosen. Choose the episodes it was given for.",
        holds=_treatment_names_an_episode,
    ),
)
