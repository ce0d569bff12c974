"""Orders as the centers' protocols say, and the verdict on an order under a protocol."""

from typing import Any

from courses import ORDER, course_context, protocol_of
from forms.context import Protocol
from forms.dosing.regimen_judgement import REGIMEN_JUDGEMENT
from forms.rule_set import Verdict

CNH_ORDER = {"dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h", "route": "iv_intermittent"}
AS_CNH_SAYS = {**ORDER, **CNH_ORDER, "given_mg": "40"}


def judged(center: str | Protocol, order: dict[str, str], *others: dict[str, str], **child: Any) -> Verdict:
    """Return the verdict on an order under a center's protocol."""
    protocol = protocol_of(center) if isinstance(center, str) else center
    context = course_context((protocol,), anakinra_regimen=[order, *others], **child)
    return REGIMEN_JUDGEMENT.verdicts(context)[order["key"]]


def order(value: str, basis: str, frequency: str, route: str, given: str = "", **more: str) -> dict[str, str]:
    """Return what is typed for an order; an empty answer is left out."""
    typed = {**ORDER, "dose_value": value, "dose_basis": basis, "frequency": frequency, "route": route}
    typed |= {"given_mg": given, **more}
    return {name: text for name, text in typed.items() if text}


def graded(day: int, hour: int, grade: str) -> dict[str, str]:
    return {"key": f"a{day}-{hour}", "assessed_at": f"2026-03-{day:02} {hour:02}:00", "crs_grade": grade}
