"""The rule sets about doses: each order against its protocol, and what else was given beside anakinra."""

from __future__ import annotations

from forms.dosing.immunosuppressants import IMMUNOSUPPRESSANTS_BY_DAY_1
from forms.dosing.immunosuppressants_open import IMMUNOSUPPRESSANTS_BY_DAY
from forms.dosing.label import ANAKINRA_LABEL
from forms.dosing.regimen_judgement import REGIMEN_JUDGEMENT
from forms.dosing.steroids import STEROID_EQUIVALENT
from forms.rule_set import RuleSet

DOSING_RULE_SETS: tuple[RuleSet, ...] = (
    REGIMEN_JUDGEMENT,
    ANAKINRA_LABEL,
    STEROID_EQUIVALENT,
    IMMUNOSUPPRESSANTS_BY_DAY_1,
    IMMUNOSUPPRESSANTS_BY_DAY,
)
