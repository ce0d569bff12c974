"""What other pages of a child could tell a new one, asked of its form."""

from typing import Any

from bedside import child, row_of
from forms.casebook import CASEBOOK

BASELINE = {"key": "b1", "assessed_on": "2026-02-26", "disease": "b_all", "disease_burden": "high"}
INFUSION = {"key": "i1", "infused_on": "2026-03-05", "burden_at_lymphodepletion": "mrd_only"}


def offered(form: str, answers: dict[str, Any], **rows: Any) -> dict[str, tuple[str, str, str]]:
    """Return item -> answer, form and date of the page that tells it."""
    recorded = CASEBOOK[form].recorded
    assert recorded is not None
    context = child(**{"baseline": [BASELINE], "infusion": [INFUSION], **rows})
    found = recorded(row_of(form, {"key": "x1", **answers}), context)
    return {name: (str(one.value), one.form, one.when) for name, one in found.items()}
