"""Every rule set of the registry, in the order in which the dictionary lists them."""

from __future__ import annotations

from forms.grading.rule_set import RuleSet

RULE_SETS: tuple[RuleSet, ...] = ()
