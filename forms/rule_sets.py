"""Every rule set of the registry, in the order in which the dictionary lists them."""

from __future__ import annotations

from forms.grading.rule_set import RuleSet
from forms.grading.rule_sets import RULE_SETS as GRADING

RULE_SETS: tuple[RuleSet, ...] = GRADING
