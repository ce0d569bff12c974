"""The checks of the anakinra regimen form that look at its place in the course: route, times, kidneys, taper.

Times of single doses are not collected. So what group 17 asks of them (the median interval, a dose within an hour of
another) is judged from what is: the counts of an order against its times, orders against each other. Nor are volume
and stability of an IV bolus (group 16) collected; that IV is outside the label stands in the rule set of `label.py`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from forms.anchors import anchors_of, of_linked
from forms.context import Context
from forms.dosing import INTERVAL_HOURS
from forms.dosing.kidneys import kidney_findings
from forms.dosing.regimens import Order, begun, earlier
from forms.form import Anchor, Check
from forms.items import SOFT, WARNING
from forms.values import Row, answer, latest

ENTERED_TWICE_WITHIN = timedelta(hours=1)
LONGEST_GAP = timedelta(hours=36)
INTERVAL_MAY_DIFFER_BY = Decimal("0.5")
SHORTEST_HOURS_AT_LOW_CLEARANCE = 48
"""CLINICAL.md groups 16 to 18 and 20 of section 5, and the renal rule of section 4."""


def _continuous_fits_route(row: Row, context: Context) -> bool | None:
    order = Order(row, context)
    if order.frequency is None or order.route is None:
        return None
    return (order.frequency == "continuous") == (order.route == "iv_continuous")


def _previous(row: Row, context: Context) -> Row | None:
    before = earlier(row, context)
    return before[-1] if before else None


def _route_change_has_a_reason(row: Row, context: Context) -> bool | None:
    previous = _previous(row, context)
    route, before = answer(row, "route"), answer(previous, "route") if previous else None
    if route is None or before is None or route == before:
        return None if route is None or before is None else True
    # “First regimen of the course” is no reason for what another regimen preceded.
    return answer(row, "change_reason") not in (None, "start")


def _route_before(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("anakinra_regimen", [_previous(row, context)], "route", "from_at")


def _doses_fit_the_times(row: Row, context: Context) -> bool | None:
    """Tell whether the doses of an order can have been half to one and a half of the interval apart.

    The time told as the end may be that of the last dose or of the change of the order: one interval more.
    """
    start, end = begun(row), latest(answer(row, "until_at"))
    hours = INTERVAL_HOURS.get(str(answer(row, "frequency")))
    given = answer(row, "doses_given")
    if start is None or end is None or hours is None or not isinstance(given, int):
        return None
    left_out = [answer(row, name) for name in ("doses_held", "doses_missed")]
    told = [count for count in left_out if isinstance(count, int)]
    counted, span = given + sum(told), Decimal((end - start).total_seconds()) / 3600
    if counted < 1 or span < 0:
        return None
    shortest, longest = hours * (1 - INTERVAL_MAY_DIFFER_BY), hours * (1 + INTERVAL_MAY_DIFFER_BY)
    # How many were left out may not be told: then too few prove nothing.
    is_too_few = len(told) == len(left_out) and span / counted > longest
    is_too_many = counted > 1 and span / (counted - 1) < shortest
    return not is_too_few and not is_too_many


def _entered_once(row: Row, context: Context) -> bool | None:
    if begun(row) is None or answer(row, "frequency") in (None, "once"):
        return None
    return not _begun_together(row, context)


def _begun_together(row: Row, context: Context) -> list[Row]:
    """Return the orders of the course that began less than an hour before this one; single doses may precede."""
    start = begun(row)
    return [
        other
        for other in earlier(row, context)
        if answer(other, "frequency") not in (None, "once")
        and start is not None
        and start - (begun(other) or start) < ENTERED_TWICE_WITHIN
    ]


def _twins(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("anakinra_regimen", _begun_together(row, context), "from_at")


def _follows_without_a_gap(row: Row, context: Context) -> bool | None:
    previous, start = _previous(row, context), begun(row)
    ended = latest(answer(previous, "until_at")) if previous else None
    if previous is None or ended is None or start is None:
        return None
    return start - ended <= LONGEST_GAP or _was_held(previous)


def _was_held(row: Row) -> bool:
    held, why = answer(row, "doses_held"), answer(row, "hold_reasons")
    return (isinstance(held, int) and held > 0) or (isinstance(why, tuple) and "none" not in why)


def _end_before(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("anakinra_regimen", [_previous(row, context)], "until_at")


def _interval_fits_the_kidneys(row: Row, context: Context) -> bool | None:
    """Tell whether an order at a clearance under 30 or on dialysis has 48 hours between doses, or says why not."""
    frequency, start = answer(row, "frequency"), begun(row)
    if start is None or frequency is None or frequency == "once":
        return None
    hours = INTERVAL_HOURS.get(str(frequency), 0)
    if hours >= SHORTEST_HOURS_AT_LOW_CLEARANCE:
        return True
    if not kidney_findings(row, context, start):
        return None
    return answer(row, "renally_adjusted") is True or answer(row, "renal_rationale") is not None


def _kidney_answers(row: Row, context: Context) -> tuple[Anchor, ...]:
    start = begun(row)
    return tuple(anchor for found in kidney_findings(row, context, start) for anchor in found.anchors) if start else ()


def _what_the_kidneys_are(row: Row, context: Context) -> str:
    start = begun(row)
    return kidney_findings(row, context, start)[0].words if start else "failing kidneys"


def _taper_does_not_rise(row: Row, context: Context) -> bool | None:
    if answer(row, "taper_step") is not True:
        return None
    previous = _previous(row, context)
    if previous is None:
        return None
    now, before = Order(row, context).ordered, Order(previous, context).ordered
    for basis in ("mg_per_kg_day", "mg_flat_day"):
        found, last = now.in_basis(basis), before.in_basis(basis)
        if found is not None and last is not None:
            return found <= last
    return None


def _dose_before(row: Row, context: Context) -> tuple[Anchor, ...]:
    items = ("dose_value", "dose_basis", "frequency", "from_at")
    weight = of_linked("course", "anakinra_course", "dosing_weight_kg")(row, context)
    return anchors_of("anakinra_regimen", [_previous(row, context)], *items) + weight


PLACE_CHECKS: tuple[Check, ...] = (
    Check(
        id="anakinra_regimen.continuous_fits_route",
        group=16,
        severity=WARNING,
        items=("frequency", "route"),
        message="Frequency “{frequency}” and route “{route}” do not go together. Check both against the chart.",
        holds=_continuous_fits_route,
    ),
    Check(
        id="anakinra_regimen.route_change_has_reason",
        group=16,
        severity=WARNING,
        items=("route", "change_reason"),
        message="The route changes to “{route}”. Choose the reason for this order.",
        holds=_route_change_has_a_reason,
        uses=("anakinra_regimen",),
        also=_route_before,
    ),
    Check(
        id="anakinra_regimen.doses_fit_times",
        group=17,
        severity=SOFT,
        items=("doses_given", "from_at", "until_at", "frequency"),
        message="{doses_given} doses from {from_at} to {until_at} are not “{frequency}”, those held and missed counted "
        "too. Correct counts, times or frequency, or say why.",
        holds=_doses_fit_the_times,
    ),
    Check(
        id="anakinra_regimen.entered_once",
        group=17,
        severity=SOFT,
        items=("from_at",),
        message="Another order of this course began less than an hour before {from_at}. If it is the same one, void "
        "one page; or say why there are two.",
        holds=_entered_once,
        uses=("anakinra_regimen",),
        also=_twins,
    ),
    Check(
        id="anakinra_regimen.no_gap",
        group=17,
        severity=WARNING,
        items=("from_at",),
        message="More than 36 hours lie between the last dose of the order before and {from_at}, and none was held. "
        "Check both times, or enter the order between.",
        holds=_follows_without_a_gap,
        uses=("anakinra_regimen",),
        also=_end_before,
    ),
    Check(
        id="anakinra_regimen.interval_fits_kidneys",
        group=18,
        severity=SOFT,
        items=("frequency", "renal_rationale"),
        message="“{frequency}” with {why}: the label lets 48 hours pass between doses when clearance is under 30. "
        "Correct it, or say why the interval was kept.",
        holds=_interval_fits_the_kidneys,
        explain=_what_the_kidneys_are,
        uses=("laboratory", "support"),
        also=_kidney_answers,
    ),
    Check(
        id="anakinra_regimen.taper_does_not_rise",
        group=20,
        severity=WARNING,
        items=("taper_step", "dose_value", "frequency"),
        message="A step of a taper, yet {dose_value} {dose_basis}, {frequency:small}, is more per day than the order "
        "before. Check dose and step.",
        holds=_taper_does_not_rise,
        uses=("anakinra_regimen",),
        also=_dose_before,
    ),
)
