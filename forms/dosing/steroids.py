"""Systemic steroid as prednisone: a versioned table of equivalents, and what each steroid page amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from forms.context import Context
from forms.dosing import agents
from forms.dosing.protocol_words import number_words
from forms.dosing.weights import weight_near, weights_near
from forms.rule_set import NOT_ASSESSABLE, RuleSet, Verdict
from forms.values import Row, answer


@dataclass(frozen=True, kw_only=True)
class SteroidTable:
    """How many mg of prednisone one mg of each steroid equals against inflammation, in one version, with its source."""

    version: str
    source: str
    prednisone_mg: Mapping[str, Decimal]


EQUIVALENTS = SteroidTable(
    version="1",
    source="hydrocortisone 20 mg = prednisone or prednisolone 5 mg = methylprednisolone 4 mg = dexamethasone 0.75 mg, "
    "from secondary sources (CLINICAL.md 2.9, source 33)",
    prednisone_mg={
        "hydrocortisone": Decimal("0.25"),
        "prednisone": Decimal(1),
        "methylprednisolone": Decimal("1.25"),
        "dexamethasone": Decimal("6.667"),
    },
)


@dataclass(frozen=True, kw_only=True)
class PrednisoneDose:
    """What a steroid page amounts to in prednisone; None where it cannot be told."""

    mg_per_day: Decimal | None = None
    mg_per_kg_day: Decimal | None = None
    mg_per_m2_day: Decimal | None = None


def prednisone_dose(row: Row, context: Context, table: SteroidTable = EQUIVALENTS) -> PrednisoneDose | None:
    """Return what a steroid page amounts to in 24 hours; None for another agent.

    The weight is the recorded one nearest to the first dose, the height that of the baseline.
    """
    factor = table.prednisone_mg.get(str(answer(row, "agent")))
    if factor is None:
        return None
    kg = weight_near(context, answer(row, "started_at"))
    height = answer(context.single("baseline"), "height_cm")
    surface = agents.surface_m2(weight_kg=kg, height_cm=height if isinstance(height, Decimal) else None)
    day = agents.mg_per_day(row, weight_kg=kg, surface_m2=surface)
    if day is None:
        return PrednisoneDose(mg_per_kg_day=_per_kg_ordered(row, factor))
    mg = day * factor
    return PrednisoneDose(
        mg_per_day=mg, mg_per_kg_day=mg / kg if kg else None, mg_per_m2_day=mg / surface if surface else None
    )


def _per_kg_ordered(row: Row, factor: Decimal) -> Decimal | None:
    """Return the mg/kg of a day that an order in mg/kg says by itself, without any weight."""
    dose, times = answer(row, "dose"), agents.TIMES_A_DAY.get(str(answer(row, "frequency")))
    if not isinstance(dose, Decimal):
        return None
    if answer(row, "unit") == "mg_per_kg_day":
        return dose * factor
    return dose * times * factor if answer(row, "unit") == "mg_per_kg" and times else None


def judge_steroid(row: Row, context: Context) -> Verdict | None:
    """Return the prednisone equivalent of a steroid page in mg/kg per day; 0 for one that does not count."""
    found = prednisone_dose(row, context)
    if found is None:
        return None
    amounts = {name: _told(value) for name, value in vars(found).items() if value is not None}
    uncounted = _why_not_counted(row)
    if uncounted:
        return Verdict(value="0", because=f"not counted: {uncounted}", details={**amounts, "counted": "no"})
    if found.mg_per_kg_day is None:
        missing = _lacking(row, context)
        lacking = " and ".join(_NAMES[name] for name in missing)
        return Verdict(
            value=None,
            certainty=NOT_ASSESSABLE,
            because=f"missing: {lacking}" if missing else "unit and frequency leave the mg of a day open",
            why="answers_missing" if missing else "unit_or_frequency",
            missing=missing,
            details=amounts,
        )
    surface = f", {amounts['mg_per_m2_day']} mg/m2 per day" if "mg_per_m2_day" in amounts else ""
    return Verdict(
        value=amounts["mg_per_kg_day"],
        because=f"{amounts['mg_per_kg_day']} mg/kg per day of prednisone{surface}",
        details={**amounts, "counted": "yes"},
    )


def _why_not_counted(row: Row) -> str:
    if agents.is_counted_steroid(row):
        return ""
    route = answer(row, "route")
    if route in agents.NOT_SYSTEMIC:
        return f"{route}, not systemic"
    return {"replacement": "physiological replacement", "antiemetic": "against nausea"}.get(
        str(answer(row, "purpose")), "premedication"
    )


def _lacking(row: Row, context: Context) -> tuple[str, ...]:
    lacking = tuple(name for name in ("dose", "unit", "frequency") if answer(row, name) is None)
    if not lacking and weight_near(context, answer(row, "started_at")) is None:
        lacking = ("started_at",) if weights_near(context, None) else ("baseline.weight_kg",)
    if answer(row, "unit") == "mg_per_m2" and answer(context.single("baseline"), "height_cm") is None:
        lacking += ("baseline.height_cm",)
    return lacking


_NAMES = {
    "dose": "the dose",
    "unit": "the unit",
    "frequency": "the frequency",
    "started_at": "the day of the first dose",
    "baseline.weight_kg": "a weight",
    "baseline.height_cm": "the height",
}


def _told(value: Decimal) -> str:
    return number_words(round(value, 2))


STEROID_EQUIVALENT = RuleSet(
    id="steroid_equivalent",
    version=EQUIVALENTS.version,
    title="Steroid as prednisone, mg/kg per day",
    source=EQUIVALENTS.source,
    verified=False,
    form="concomitant_agent",
    values=("N",),
    counts=("mg/kg per day",),
    judge_row=judge_steroid,
)
