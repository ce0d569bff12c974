"""The rule sets about doses: each order against its protocol, and what else was given beside anakinra."""

from __future__ import annotations

from forms.grading.rule_set import RuleSet
from forms.immunosuppressants import IMMUNOSUPPRESSANTS_BY_DAY
from forms.label import ANAKINRA_LABEL
from forms.regimen_judgement import REGIMEN_JUDGEMENT
from forms.steroids import STEROID_EQUIVALENT

DOSING_RULE_SETS: tuple[RuleSet, ...] = (
    REGIMEN_JUDGEMENT,
    ANAKINRA_LABEL,
    STEROID_EQUIVALENT,
    IMMUNOSUPPRESSANTS_BY_DAY,
)
