"""The grade of a diagnosed IEC-HS, version 2: breathing counts where it needs more than the child has at home.

Recalled, not verified. Source: CLINICAL.md 2.3, D5.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from forms.grading.crs_signs import is_beyond_home
from forms.grading.iec_hs_grade import (
    IEC_HS_GRADE_1,
    NOT_FOR_BREATHING,
    Signs,
    breathing_as_recorded,
    grade,
    judge_iec_hs_grade,
)
from forms.grading.parts import Part, part

_NONE = part("breathing", 0, 0)


def breathing_beyond_home(signs: Signs) -> Part:
    """Return the part of oxygen and ventilation that goes beyond the child's own, and is for breathing."""
    found = breathing_as_recorded(signs)
    if signs.oxygen_mode is None or signs.pulmonary_edema == "ventilation":
        return found
    if signs.ventilation_reason in NOT_FOR_BREATHING:
        return _NONE
    is_beyond = is_beyond_home(signs.oxygen_mode, signs.oxygen_flow_l_min, signs.baseline_support)
    if is_beyond is None:
        return part(found.name, 0, found.high, missing=("oxygen_flow_l_min",))
    return found if is_beyond else _NONE


IEC_HS_GRADE_2 = replace(
    IEC_HS_GRADE_1,
    version="2",
    decisions=(
        *IEC_HS_GRADE_1.decisions,
        "Oxygen and ventilation that are no more than the child has at home do not count, nor does ventilation of any "
        "kind for the airway, a procedure, a seizure or coma.",
    ),
    changed="Oxygen, CPAP or BiPAP that a child also has at home no longer makes grade 3, nor intubation grade 4; CPAP "
    "and BiPAP for the airway, a procedure, a seizure or coma no longer do either.",
    judge_child=partial(judge_iec_hs_grade, of_signs=partial(grade, breathing=breathing_beyond_home)),
)
