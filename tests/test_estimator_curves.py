"""Limits on the log-log scale where they are about to leave what a computer can hold."""

import numpy as np

from analysis.estimators.curves import log_log_limits


def test_limits_that_say_nothing_are_zero_and_one_without_a_warning() -> None:
    """Expected: R 4.2.2, p <- 1e-9; se <- 1e-3; p^exp(qnorm(.975) * se / (p * log(p)) * c(-1, 1)) gives 0 1."""
    lower, upper = log_log_limits(np.array([1e-9, 1 - 1e-9]), np.array([1e-3, 1e-3]), 0.95)

    np.testing.assert_allclose(lower, [0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(upper, [1.0, 1.0], atol=1e-12)
