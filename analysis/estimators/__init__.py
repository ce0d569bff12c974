"""Estimators: vectors in, frozen dataclasses out; each result names its method and the source of it."""

from analysis.estimators.competing_risks import cumulative_incidence
from analysis.estimators.curves import IncidenceCurve, StepCurve, SurvivalCurve
from analysis.estimators.inputs import InvalidInputError
from analysis.estimators.kaplan_meier import kaplan_meier
from analysis.estimators.proportions import Proportion, ProportionComparison, compare_proportions, proportion

__all__ = [
    "IncidenceCurve",
    "InvalidInputError",
    "Proportion",
    "ProportionComparison",
    "StepCurve",
    "SurvivalCurve",
    "compare_proportions",
    "cumulative_incidence",
    "kaplan_meier",
    "proportion",
]
