"""Doses: what an order amounts to, the sites' protocols, and what is judged of each order and agent beside them.

The arithmetic stands here for whoever asks; the rest is asked for by its file.
"""

from forms.dosing.arithmetic import (
    CONTINUOUS,
    DOSE_BASES,
    FREQUENCIES,
    INTERVAL_HOURS,
    ROUNDING_STEPS_MG,
    SYRINGE_MG,
    Amounts,
    Caps,
    amounts,
    doses_per_day,
    exact_amounts,
    expected_given_mg,
    given_mg_per_day,
    given_mg_per_kg_day,
)

__all__ = [
    "CONTINUOUS",
    "DOSE_BASES",
    "FREQUENCIES",
    "INTERVAL_HOURS",
    "ROUNDING_STEPS_MG",
    "SYRINGE_MG",
    "Amounts",
    "Caps",
    "amounts",
    "doses_per_day",
    "exact_amounts",
    "expected_given_mg",
    "given_mg_per_day",
    "given_mg_per_kg_day",
]
