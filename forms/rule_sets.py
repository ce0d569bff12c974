"""Every rule set of the registry, in the order in which the dictionary lists them."""

from __future__ import annotations

from forms.dosing.rule_sets import DOSING_RULE_SETS
from forms.grading.rule_sets import RULE_SETS as GRADING_RULE_SETS
from forms.rule_set import RuleSet

RULE_SETS: tuple[RuleSet, ...] = GRADING_RULE_SETS + DOSING_RULE_SETS
