"""All rule sets in the order they are shown; versions of one stand beside each other, the newest last."""

from __future__ import annotations

from forms.grading.carhlh_open import CARHLH_COMPOSITE
from forms.grading.carhlh_set import CARHLH_COMPOSITE_1
from forms.grading.cartox import CARTOX, CARTOX_1
from forms.grading.crs import CRS
from forms.grading.ctcae import CTCAE_V5_1, CTCAE_V6_1
from forms.grading.ctcae_open import CTCAE_V5, CTCAE_V6
from forms.grading.episode_sets import CRS_EPISODES, ICANS_EPISODES, ICANS_LITERAL_EPISODES, TIAN_EPISODES
from forms.grading.hlh_2004 import HLH_2004
from forms.grading.hypotension import HYPOTENSION_P5_MEAN, HYPOTENSION_P5_SYSTOLIC, HYPOTENSION_PALS
from forms.grading.icaht import ICAHT_EARLY, ICAHT_LATE, T_ICAHT_EARLY, T_ICAHT_LATE
from forms.grading.icans import ICANS_ATTRIBUTABLE, ICANS_LITERAL
from forms.grading.iec_hs import IEC_HS_1
from forms.grading.iec_hs_before import IEC_HS
from forms.grading.iec_hs_breathing import IEC_HS_GRADE_2
from forms.grading.iec_hs_causes import IEC_HS_GRADE
from forms.grading.iec_hs_grade import IEC_HS_GRADE_1
from forms.grading.iec_hs_limits import IEC_HS_2
from forms.grading.infection import INFECTION_SEVERITY, INFECTION_TIMING_1
from forms.grading.infection_merging import INFECTION_MERGING
from forms.grading.infection_timing import INFECTION_TIMING
from forms.grading.recovery import ANC_RECOVERY, PLATELET_RECOVERY_20, PLATELET_RECOVERY_50
from forms.grading.tian import TIAN
from forms.rule_set import RuleSet

RULE_SETS: tuple[RuleSet, ...] = (
    CRS,
    ICANS_ATTRIBUTABLE,
    ICANS_LITERAL,
    TIAN,
    CRS_EPISODES,
    ICANS_EPISODES,
    ICANS_LITERAL_EPISODES,
    TIAN_EPISODES,
    HLH_2004,
    CARTOX_1,
    CARTOX,
    IEC_HS_1,
    IEC_HS_2,
    IEC_HS,
    IEC_HS_GRADE_1,
    IEC_HS_GRADE_2,
    IEC_HS_GRADE,
    CARHLH_COMPOSITE_1,
    CARHLH_COMPOSITE,
    ICAHT_EARLY,
    ICAHT_LATE,
    T_ICAHT_EARLY,
    T_ICAHT_LATE,
    ANC_RECOVERY,
    PLATELET_RECOVERY_20,
    PLATELET_RECOVERY_50,
    HYPOTENSION_PALS,
    HYPOTENSION_P5_SYSTOLIC,
    HYPOTENSION_P5_MEAN,
    CTCAE_V5_1,
    CTCAE_V5,
    CTCAE_V6_1,
    CTCAE_V6,
    INFECTION_MERGING,
    INFECTION_SEVERITY,
    INFECTION_TIMING_1,
    INFECTION_TIMING,
)
