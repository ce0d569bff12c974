"""What each site's protocol states, and what its orders were judged against it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from analysis.cut import Cut
from analysis.manifest import CutError
from forms.dosing.protocol_rules import ProtocolRules
from forms.dosing.regimen_judgement import REGIMEN_JUDGEMENT

UNREADABLE = (ValueError, TypeError, AttributeError, KeyError, ArithmeticError, RecursionError)
"""What a text that is no protocol raises on its way to one: broken JSON, other names, other kinds of values."""


@dataclass(frozen=True, kw_only=True)
class StatedProtocol:
    """The version of a site's protocol in force on the day of the data; `earlier` counts those before it."""

    version: str
    effective_from: date
    line: str
    max_single_mg: str
    max_day_mg: str
    rules: ProtocolRules
    earlier: int


def protocols_of(cut: Cut) -> dict[str, StatedProtocol]:
    """Return site -> the protocol in force on the day of the data; of two with one first day the later in the cut."""
    in_force: dict[str, StatedProtocol] = {}
    rows = cut.tables["protocols"]
    for row in sorted(rows, key=lambda row: (row["site"], row["effective_from"])):
        try:
            began, rules = date.fromisoformat(row["effective_from"]), _rules_of(row["rules"])
        except UNREADABLE:
            raise CutError(
                f"protocols.csv: the protocol of {row['site']} cannot be read: its first day or its rules are damaged. "
                "Take the cut again."
            ) from None
        if began > cut.data_date:
            continue
        before = in_force.get(row["site"])
        in_force[row["site"]] = StatedProtocol(
            version=row["version"],
            effective_from=began,
            line=row["line"],
            max_single_mg=row["max_single_mg"],
            max_day_mg=row["max_day_mg"],
            rules=rules,
            earlier=before.earlier + 1 if before else 0,
        )
    return in_force


def _rules_of(text: str) -> ProtocolRules:
    return ProtocolRules.from_plain(json.loads(text or "{}"))


def order_verdicts(cut: Cut) -> Mapping[str, str]:
    """Return the key of each judged order -> its stored verdict, such as `conform` or `other_dose`.

    The newest version of the rule set is read; where it says nothing of an order, none stands in for it.
    """
    return cut.verdicts.words.get(REGIMEN_JUDGEMENT.id, {})
