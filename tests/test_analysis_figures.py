"""Figures: their bytes depend on their numbers alone, and the lines turn grey where too few are at risk."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.testing import assert_allclose, assert_array_equal

import r_numbers as r
from analysis.estimators import cumulative_incidence
from analysis.printing.canvas import spread
from analysis.printing.curve_axes import first_thin_day, step_points
from analysis.printing.files import picture
from analysis.printing.group_figure import Arm, group_figure
from analysis.printing.incidence_figure import incidence_figure
from analysis.printing.risk_table import counts_on


@pytest.fixture
def curves():
    subjects = r.subjects("daily")
    return cumulative_incidence(**subjects, cause=1), cumulative_incidence(**subjects, cause=2)


def draw(curves):
    figure = incidence_figure(
        *curves,
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


def words_of(figure):
    return {text.get_text(): text for axes in figure.axes for text in axes.texts}


def overlapping(figure):
    """Return the pairs of words on a figure, names of ticks among them, whose boxes touch."""
    drawn = FigureCanvasAgg(figure).get_renderer()
    axis = [label for axes in figure.axes if axes.axison for label in axes.get_xticklabels()]
    words = [*axis, *(text for axes in figure.axes for text in axes.texts)]
    boxes = [(text.get_text(), text.get_window_extent(drawn)) for text in words if text.get_text()]
    return [
        (first, second)
        for number, (first, box) in enumerate(boxes)
        for second, other in boxes[number + 1 :]
        if box.overlaps(other)
    ]


def test_names_at_the_ends_of_nearly_equal_curves_do_not_touch():
    # two children of ten apart, all end between 90 and 100 %
    days = [(day, 1) for day in range(1, 10)]
    names = ("< 4 mg/kg per day", "4 to < 7 mg/kg per day", "≥ 7 mg/kg per day", "limited by a cap")
    arms = []
    for number, name in enumerate(names):
        outcomes = (*days, (10 + number, number % 2))
        time, event = zip(*outcomes, strict=True)
        arms.append(Arm(name=name, curve=cumulative_incidence(time, event, cause=1), outcomes=outcomes))
    figure = group_figure(arms, title="Dose", horizon=28, grey_below=5, x_label="Days", footnote="Cut 0123456789ab")
    assert {f"{names[0]}\n90 %", f"{names[1]}\n100 %"} <= set(words_of(figure))
    assert overlapping(figure) == []


def test_a_small_group_is_one_mark_per_child_and_no_line():
    outcomes = ((2, 1), (2, 1), (5, 2), (9, 0), (40, 1), (33, 1))
    arm = Arm(name="IV", curve=None, outcomes=outcomes)
    figure = group_figure([arm], title="Route", horizon=28, grey_below=5, x_label="Days", footnote="Cut 0123456789ab")
    assert "IV (n = 6)" in words_of(figure) and "after day 28" in words_of(figure)
    (strip,) = figure.axes
    legend, marks = strip.collections[:3], strip.collections[3:]
    assert [len(one.get_offsets()) for one in legend] == [1, 1, 1]
    # resolved, died, censored; those after the horizon stand on one place beside the axis
    places = [sorted(float(x) for x, _ in one.get_offsets()) for one in marks]
    assert places == [[2, 2, 29, 29], [5], [9]]
    assert len({(float(x), float(y)) for one in marks for x, y in one.get_offsets()}) == 6
    assert overlapping(figure) == []


def test_the_numbers_under_the_axis_are_at_risk_before_and_events_up_to_each_day():
    # days 0, 2, 2, 3, 7: resolved, died, resolved, censored, resolved
    curve = cumulative_incidence([0, 2, 2, 3, 7], [1, 2, 1, 0, 1], cause=1)
    at_risk, resolved, died, censored = counts_on(curve, (0, 3, 7))
    assert at_risk.tolist() == [5, 2, 1]
    assert resolved.tolist() == [1, 2, 3]
    assert died.tolist() == [0, 1, 1]
    assert censored.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([], []),
        ([0.5], [0.5]),
        ([0.2, 0.8], [0.2, 0.8]),
        # two at one place move apart by half the gap each
        ([0.5, 0.5], [0.45, 0.55]),
        # near the top all move down
        ([1.0, 0.99, 0.98], [0.95, 0.85, 0.75]),
        ([0.0, 0.01], [0.05, 0.15]),
    ],
)
def test_names_move_as_little_as_they_must(wanted, placed):
    assert_allclose(spread(wanted, gap=0.1, low=0.05, high=0.95), placed)
