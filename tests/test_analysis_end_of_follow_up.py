"""How far figures are drawn: to the last day on which anybody was followed, unless everybody had an event."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.chapters.resolution_figures import OUTCOMES
from analysis.estimators import cumulative_incidence
from analysis.printing.curve_axes import Line, draw_line, first_thin_day, step_points, value_before_grey
from analysis.printing.stacked_figure import Panel, stacked_figure


def test_a_line_ends_with_the_last_day_on_which_anybody_was_followed():
    # cmprsk::cuminc gives no value after day 9; a curve on which everybody had an event goes on to the horizon
    followed = cumulative_incidence([2, 3, *[9] * 8], [1, 1, *[0] * 8], cause=1)
    complete = cumulative_incidence([2, 3], [1, 2], cause=1)
    assert [step_points(curve, 28)[0][-1] for curve in (followed, complete)] == [9, 28]
    axes = Figure().add_subplot()
    draw_line(axes, Line(name="", curve=followed, color="#0072B2", dashes="-"), 28, first_thin_day(followed, 5, 28))
    assert max(float(x) for line in axes.lines for x in line.get_xdata()) == 9


def test_a_stack_is_drawn_to_the_end_of_the_last_day_that_is_known():
    values = np.array([[0.25, 0.75], [0.5, 0.5], [np.nan, np.nan]])
    panel = Panel(title="", edges=np.array([-0.5, 0.5, 1.5, 2.5]), values=values, counts={0: 4, 2: 0})
    words = {"title": "CRS", "x_label": "Days", "y_label": "Share", "count_label": "Children", "footnote": "Cut 01"}
    figure = stacked_figure([panel], OUTCOMES[:2], is_share=True, **words)
    axes = figure.axes[0]
    assert [layer.get_datalim(axes.transData).x1 for layer in axes.collections] == [pytest.approx(1.5)] * 2
    assert axes.get_xlim() == (-0.5, 2.5)


def resolving_one_a_day(name, children):
    curve = cumulative_incidence(range(1, children + 1), [1] * children, cause=1)
    return Line(name=name, curve=curve, color="#0072B2", dashes="-")


def test_groups_are_read_on_one_day_the_last_before_any_of_them_is_grey():
    lines = [resolving_one_a_day(name, children) for name, children in (("late", 12), ("early", 6), ("few", 3))]
    # four of the six are at risk on day 3. R 4.2.2, survival 3.5-3:
    # 1 - summary(survfit(Surv(c(1:12, 1:6)) ~ rep(1:2, c(12, 6))), times = 2)$surv is 0.1667 and 0.3333;
    # the three are grey throughout
    assert [value_before_grey(line, lines, 28, 5) for line in lines] == ["17 % by day 2", "33 % by day 2", ""]
