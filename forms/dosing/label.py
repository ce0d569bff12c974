"""What the label of anakinra says beside each order: information only, since all use in the registry is off-label."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from forms.context import Context
from forms.dosing.arithmetic import INTERVAL_HOURS
from forms.dosing.kidneys import kidney_findings
from forms.dosing.protocol_words import number_words
from forms.dosing.regimens import Order, begun, earlier
from forms.rule_set import NOT_ASSESSABLE, RuleSet, Verdict
from forms.values import Row

START_MG_PER_KG_DAY, HIGHEST_MG_PER_KG_DAY = (1, 2), 8
SHORTEST_HOURS, SHORTEST_HOURS_AT_LOW_CLEARANCE = 12, 48
LOWEST_WEIGHT_KG = 10


def judge_by_label(context: Context) -> Mapping[str, Verdict]:
    """Return how each regimen page stands beside the label for NOMID and DIRA, by its key."""
    return {str(row["key"]): _judge(row, context) for row in context.rows["anakinra_regimen"]}


def _judge(row: Row, context: Context) -> Verdict:
    order = Order(row, context)
    per_kg, hours = order.ordered.mg_per_kg_day, INTERVAL_HOURS.get(order.frequency or "")
    found = [*_dose(per_kg, is_first=not earlier(row, context)), *_setting(order)]
    if hours is not None and hours < SHORTEST_HOURS:
        found.append(("frequency", "more than two doses a day"))
    start = begun(row)
    is_short = hours is not None and hours < SHORTEST_HOURS_AT_LOW_CLEARANCE
    if is_short and start is not None and kidney_findings(row, context, start):
        found.append(("kidneys", "less than 48 hours between doses at a clearance under 30 or on dialysis"))
    if found:
        return Verdict(
            value="off_label",
            because=f"beside the label: {'; '.join(words for _, words in found)}",
            details=dict.fromkeys((name for name, _ in found), "other"),
        )
    missing = order.lacking if per_kg is None else (() if order.frequency else ("frequency",))
    missing += () if order.route else ("route",)
    if missing or per_kg is None:
        words = "dose, frequency or route are not told"
        return Verdict(value=None, certainty=NOT_ASSESSABLE, because=words, why="answers_missing", missing=missing)
    return Verdict(value="within_label", because="dose, frequency and route as the label has them")


def _dose(per_kg: Decimal | None, *, is_first: bool) -> list[tuple[str, str]]:
    if per_kg is None:
        return []
    if per_kg > HIGHEST_MG_PER_KG_DAY:
        return [("dose", f"{number_words(per_kg)} mg/kg per day is above its highest, {HIGHEST_MG_PER_KG_DAY}")]
    low, high = START_MG_PER_KG_DAY
    if is_first and not low <= per_kg <= high:
        return [("dose", f"{number_words(per_kg)} mg/kg per day is not its start, {low} to {high}")]
    return []


def _setting(order: Order) -> list[tuple[str, str]]:
    found = []
    if order.route is not None and order.route != "sc":
        found.append(("route", "not under the skin"))
    if order.weight_kg is not None and order.weight_kg < LOWEST_WEIGHT_KG:
        found.append(("weight", f"under {LOWEST_WEIGHT_KG} kg"))
    return found


ANAKINRA_LABEL = RuleSet(
    id="anakinra_label",
    version="1",
    title="Anakinra order beside the label (information only)",
    source="US label for NOMID and DIRA: SC, start 1 to 2 mg/kg per day, at most 8, once a day or in two doses, every "
    "other day at a clearance under 30; EU label from 10 kg (CLINICAL.md 2.9)",
    verified=True,
    form="anakinra_regimen",
    uses=("laboratory", "support"),
    values=("within_label", "off_label"),
    judge_child=judge_by_label,
)
