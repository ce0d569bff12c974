"""The rule sets about doses: each order against its protocol, and what else was given beside anakinra."""

from __future__ import annotations

from forms.grading.rule_set import RuleSet
from forms.regimen_judgement import REGIMEN_JUDGEMENT

DOSING_RULE_SETS: tuple[RuleSet, ...] = (REGIMEN_JUDGEMENT,)
