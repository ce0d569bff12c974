"""Figures: their bytes depend on their numbers alone, and the lines turn grey where too few are at risk."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import r_numbers as r
from analysis.estimators import cumulative_incidence
from analysis.printing.files import picture
from analysis.printing.incidence_figure import first_thin_day, incidence_figure, resolution_lines, step_points


@pytest.fixture
def curves():
    subjects = r.subjects("daily")
    return cumulative_incidence(**subjects, cause=1), cumulative_incidence(**subjects, cause=2)


def draw(curves):
    figure = incidence_figure(
        resolution_lines(*curves),
        title="Resolution",
        horizon=28,
        grey_below=5,
        x_label="Days",
        footnote="Cut 0123456789ab",
    )
    return picture(figure, "svg")


def test_the_same_numbers_give_the_same_bytes_without_a_date(curves):
    first, second = draw(curves), draw(curves)
    assert first == second
    assert b"<dc:date>" not in first and b"<script" not in first


def test_other_numbers_give_another_picture(curves):
    assert draw(curves) != draw(curves[::-1])


def test_the_grey_part_begins_with_the_first_day_under_five_at_risk(curves):
    resolved = curves[0]
    day = first_thin_day(resolved, 5, 28)
    assert day == 27
    assert (int(resolved.at_risk_at(day - 1)), int(resolved.at_risk_at(day))) == (5, 4)
    assert first_thin_day(resolved, 2, 28) is None


def test_a_line_starts_on_day_zero_with_the_events_of_that_day(curves):
    x, estimate, lower, upper = step_points(curves[0], 28)
    assert (x[0], x[-1]) == (0, 28)
    assert_array_equal(x, np.unique(x))
    assert_allclose(estimate[0], 1 / 60)
    assert_allclose(estimate, curves[0].at(x))
    assert (lower <= estimate).all() and (estimate <= upper).all()
