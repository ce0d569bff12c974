"""How children are grouped at the first dose, and from how many on a group is described or tested."""

from __future__ import annotations

from forms.dosing import tiers

LEAST_FOR_A_SHARE = 10
"""Smaller groups are shown child by child (tables/time_to_event.csv), not as shares, and enter no test."""
PERMUTE_BELOW = 20
"""A test with a smaller group permutes the labels within centers instead of trusting chi-squared."""
PERMUTATIONS = 2_000
"""How often the labels are permuted: a P of 0.05 is then known to about 0.01, one of 0.5 to about 0.02."""
PERMUTATION_SEED = 20261128
"""Where the permutations begin, so that the same cut gives the same P value."""
DOSE_TIER_EDGES = tiers.EDGES
"""mg/kg per day as ordered (CLINICAL.md D24)."""
DOSE_TOLERANCE = tiers.TOLERANCE
"""An order up to this share below an edge counts as reaching it: rounding to a syringe must not split one dose."""
TIMING_EDGES = (1, 3)
"""Whole days to the first dose, from qualification where it came before, else from onset: at most 1, 2 to 3, more."""
REPORTED_GROUPINGS = ("dose", "route", "timing", "agents")
"""The groupings under each primary curve, by name."""
AGENTS_HOURS = 72
"""Tocilizumab and steroids given this long before the first dose belong to its group (CLINICAL.md D23)."""
NEARLY_ALL = 0.90
"""From this share on, a group whose children come from one center is a group of that center (CLINICAL.md D25)."""
