"""Estimators: vectors in, frozen dataclasses out; each result names its method and the source of it."""

from analysis.estimators.competing_risks import cumulative_incidence
from analysis.estimators.cox import CoxRegression, cox_regression
from analysis.estimators.curves import IncidenceCurve, StepCurve, SurvivalCurve, median_with_limits
from analysis.estimators.exact_tests import ExactTest, boschloo_test, fisher_mid_p
from analysis.estimators.firth import FirthLogistic, firth_logistic
from analysis.estimators.gray import gray_test, permutation_gray
from analysis.estimators.group_tests import GroupTest
from analysis.estimators.inputs import InvalidInputError
from analysis.estimators.kaplan_meier import kaplan_meier
from analysis.estimators.landmarks import Landmark, landmark
from analysis.estimators.logrank import logrank_test
from analysis.estimators.occupancy import StateOccupancy, state_occupancy
from analysis.estimators.proportions import (
    Proportion,
    ProportionComparison,
    RiskDifference,
    compare_proportions,
    proportion,
    risk_difference,
)
from analysis.estimators.rates import IncidenceRate, RateComparison, compare_rates, incidence_rate
from analysis.estimators.restricted_means import (
    RestrictedMean,
    RestrictedMeanDifference,
    restricted_mean_difference,
    restricted_mean_time,
)
from analysis.estimators.standardised_difference import (
    StandardisedDifference,
    standardised_category_difference,
    standardised_mean_difference,
)
from analysis.estimators.start_stop import StartStop, start_stop
from analysis.estimators.state_days import mean_days_in_states
from analysis.estimators.stratified import StratifiedComparison, stratified_proportions

__all__ = [
    "CoxRegression",
    "ExactTest",
    "FirthLogistic",
    "GroupTest",
    "IncidenceCurve",
    "IncidenceRate",
    "InvalidInputError",
    "Landmark",
    "Proportion",
    "ProportionComparison",
    "RateComparison",
    "RestrictedMean",
    "RestrictedMeanDifference",
    "RiskDifference",
    "StandardisedDifference",
    "StartStop",
    "StateOccupancy",
    "StepCurve",
    "StratifiedComparison",
    "SurvivalCurve",
    "boschloo_test",
    "compare_proportions",
    "compare_rates",
    "cox_regression",
    "cumulative_incidence",
    "firth_logistic",
    "fisher_mid_p",
    "gray_test",
    "incidence_rate",
    "kaplan_meier",
    "landmark",
    "logrank_test",
    "mean_days_in_states",
    "median_with_limits",
    "permutation_gray",
    "proportion",
    "restricted_mean_difference",
    "restricted_mean_time",
    "risk_difference",
    "standardised_category_difference",
    "standardised_mean_difference",
    "start_stop",
    "state_occupancy",
    "stratified_proportions",
]
