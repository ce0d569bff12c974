"""Figures: their bytes depend on their numbers alone, and the lines turn grey where too few are at risk."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

import r_numbers as r
from analysis.estimators import cumulative_incidence
from analysis.plan.resolution import PRIMARY_ENDPOINTS
from analysis.plan.secondary_resolution import SECONDARY_ENDPOINTS
from analysis.printing.canvas import GREY, SERIES, new_figure, spread, styled
from analysis.printing.child_marks import Arm
from analysis.printing.curve_axes import SAMPLE, Line, draw_line, first_thin_day, step_points
from analysis.printing.files import picture, write_table_csv
from analysis.printing.forest_figure import ForestRow, forest_figure
from analysis.printing.group_figure import group_figure
from analysis.printing.group_panels import OTHERS
from analysis.printing.incidence_figure import incidence_figure
from analysis.printing.page import render_page
from analysis.printing.parts import INDENT, Chapter, FigureOnPage, Section, Table
from analysis.printing.risk_table import counts_on
from analysis.wording import NO_LIMITS, headed, note_on_limits


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


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("neither", "Neither"),
        ("no carHLH", "No carHLH"),
        ("carHLH", "carHLH"),
        ("carHLH begins", "carHLH begins"),
        ("< 4 mg/kg per day", "< 4 mg/kg per day"),
        ("SC", "SC"),
    ],
)
def test_the_name_of_a_group_begins_with_a_capital_letter_unless_it_has_its_own(name, first):
    assert headed(name) == first


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


def nearly_equal_arms(names):
    """Return an arm of ten children for each name, one event a day up to day 9; all end between 90 and 100 %."""
    days = [(day, 1) for day in range(1, 10)]
    arms = []
    for number, name in enumerate(names):
        outcomes = (*days, (10 + number, number % 2))
        time, event = zip(*outcomes, strict=True)
        arms.append(Arm(name=name, curve=cumulative_incidence(time, event, cause=1), outcomes=outcomes))
    return arms


def test_names_at_the_ends_of_nearly_equal_curves_do_not_touch():
    names = ("< 4 mg/kg per day", "4 to < 7 mg/kg per day")
    arms = nearly_equal_arms(names)
    figure = group_figure(arms, title="Dose", horizon=28, grey_below=5, x_label="Days", footnote="Cut 0123456789ab")
    # on day 7 four are at risk: 6 of 10 had resolved on the day before
    assert {f"{name}\n60 % by day 6" for name in names} <= set(words_of(figure))
    assert "grey: fewer than 5 of the group at risk" in words_of(figure)
    samples = [line for line in figure.axes[0].lines if tuple(line.get_xdata()) == SAMPLE]
    assert [line.get_color() for line in samples] == [color for color, _ in SERIES[:2]]
    assert figure.axes[0].get_ylabel() == "Cumulative incidence\nof resolution"
    assert overlapping(figure) == []


@pytest.mark.parametrize("count", [3, 4, 5])
def test_each_of_many_groups_has_a_panel_with_its_own_limits_and_the_others_behind(count):
    # the longest names that groups have
    names = ("4 to < 7 mg/kg per day", "Tocilizumab and steroid", "≥ 7 mg/kg per day", "Limited by a cap", "IV and SC")
    arms = nearly_equal_arms(names[:count])
    figure = group_figure(arms, title="Dose", horizon=28, grey_below=5, x_label="Days", footnote="Cut 0123456789ab")
    panels = [axes for axes in figure.axes if axes.get_xlabel() == "Days"]
    for axes, name, (color, _) in zip(panels, names[:count], SERIES[:count], strict=True):
        assert [text.get_text() for text in axes.texts] == [name, "60 % by day 6"]
        # ribbons: in color to day 7, then grey; behind them the shade, so that grey is told on grey paper as well
        assert len(axes.collections) == 2
        assert [patch.get_x() for patch in axes.patches] == [7]
        colors = [line.get_color() for line in axes.lines]
        assert colors == [*[OTHERS] * (count - 1), color, GREY]
    # the picture taken alone says of what: its title names the grouping, and the ends of its lines the groups
    of_what = "Cumulative incidence\nof resolution"
    assert [axes.get_ylabel() for axes in panels] == [of_what if number % 2 == 0 else "" for number in range(count)]
    key = figure.texts[-1].get_text()
    assert key == "grey: fewer than 5 of the group at risk; thin lines: the other groups"
    assert overlapping(figure) == []


def test_a_line_without_grey_is_named_with_its_last_value_and_needs_no_key():
    outcomes = [(3, 1), *[(40, 0)] * 9]
    time, event = zip(*outcomes, strict=True)
    arm = Arm(name="IV", curve=cumulative_incidence(time, event, cause=1), outcomes=tuple(outcomes))
    figure = group_figure([arm], title="Route", horizon=28, grey_below=5, x_label="Days", footnote="Cut 0123456789ab")
    assert "IV\n10 % by day 28" in words_of(figure)
    assert not any("grey" in words for words in words_of(figure))


def test_a_line_that_is_grey_from_the_start_is_named_without_a_value():
    curve = cumulative_incidence([2, 5], [1, 1], cause=1)
    arm = Arm(name="IV", curve=curve, outcomes=((2, 1), (5, 1)))
    figure = group_figure([arm], title="Route", horizon=28, grey_below=5, x_label="Days", footnote="Cut 0123456789ab")
    assert "IV" in [text.get_text() for text in figure.axes[0].texts]


def test_color_ends_before_what_happens_on_the_first_thin_day():
    # of 6 children 2 resolve on day 2, when 6 are at risk, and 1 on day 4, when 4 are
    curve = cumulative_incidence([2, 2, 4, 30, 30, 30], [1, 1, 1, 0, 0, 0], cause=1)
    axes = Figure().add_subplot()
    draw_line(axes, Line(name="", curve=curve, color="#0072B2", dashes="-"), 28, first_thin_day(curve, 5, 28))
    colored, grey = axes.lines
    assert first_thin_day(curve, 5, 28) == 3
    assert [(x, round(y, 3)) for x, y in colored.get_xydata()] == [(0, 0), (2, 0.333), (3, 0.333)]
    assert [(x, round(y, 3)) for x, y in grey.get_xydata()] == [(3, 0.333), (3, 0.333), (4, 0.5), (28, 0.5)]


def test_a_ribbon_begins_with_the_first_event():
    curve = cumulative_incidence([3, 7, 30, 30, 30, 30, 30], [1, 1, 0, 0, 0, 0, 0], cause=1)
    never = cumulative_incidence([30] * 7, [0] * 7, cause=1)
    axes = Figure().add_subplot()
    for one in (curve, never):
        draw_line(axes, Line(name="", curve=one, color="#0072B2", dashes="-"), 28, None)
    drawn = [path.get_extents() for ribbon in axes.collections for path in ribbon.get_paths()]
    assert [(box.x0, box.x1) for box in drawn] == [(3, 28)]


def test_how_many_stand_under_the_title_and_a_long_title_stays_on_the_figure():
    titles = [endpoint.title for endpoint in (*PRIMARY_ENDPOINTS, *SECONDARY_ENDPOINTS)]
    longest = max(titles, key=len)
    for title, width in ((longest, 7.2), (longest, 3.5), ("Short", 7.2)):
        with styled():
            figure = new_figure(width, 4, title=f"{title}\nn = 12 of 13", footnote="Cut 0123456789ab")
        drawn = FigureCanvasAgg(figure).get_renderer()
        head, below, _ = [text.get_window_extent(drawn) for text in figure.texts]
        assert head.x0 >= 0 and head.x1 <= figure.bbox.x1
        assert figure.texts[1].get_text() == "n = 12 of 13" and below.y1 < head.y0


def test_a_forest_plot_says_its_unit_and_which_side_is_whose():
    rows = [ForestRow(name="Center", difference=(-5.0, -20.0, 10.0), weight=1.0)]
    figure = forest_figure(rows, title="CR", first_group="carHLH", second_group="no carHLH", footnote="Cut")
    (axes,) = figure.axes
    assert axes.get_xlabel().strip() == "carHLH minus no carHLH, percentage points"
    sides = {text.get_text(): text.xy[0] for text in axes.texts}
    assert sides["← No carHLH higher"] < 0 < sides["carHLH higher →"]
    assert overlapping(figure) == []


def test_what_is_read_has_printed_units_and_minus_signs_and_its_csv_the_letters_of_the_forms(tmp_path):
    with styled():
        figure = new_figure(7, 4, title="B cells, cells/uL", footnote="Cut 0123456789ab")
    table = Table(
        id="b_cells",
        title="B cells, cells/uL",
        header=("By", "Change, 10^9/L", "P"),
        rows=(("24 h", "-3 (-5 to 1)", "<0.001"), (f"{INDENT}48 h", "under 10", "no test")),
        csv_header=("change",),
        csv_rows=((-3,), ("cells/uL",), ("-9 to 28",), ('=HYPERLINK("x")',), ("a;@x",)),
    )
    on_page = FigureOnPage(id="b", figure=figure, alt="5 cells/uL", caption="In cells/uL.", numbers=table)
    section = Section(id="s", title="Counts", figures=(on_page,), tables=(table,))
    pictures = {"figures/b.svg": picture(figure, "svg")}
    page = render_page(
        title="Report",
        lead=(),
        chapters=(Chapter(id="c", title="C", sections=(section,)),),
        pictures=pictures,
        cut_line="Data cut 0123456789ab, data to 2026-03-05",
    )
    write_table_csv(tmp_path / "b_cells.csv", table, cut="0123456789ab")

    assert figure.texts[0].get_text() == "B cells, cells/µL"
    assert "uL" not in page and 'alt="5 cells/µL"' in page
    assert '<th scope="col">By</th>' in page and '<td class="short">24 h</td>' in page
    assert '<td class="number short">−3 (−5 to 1)</td><td class="number">&lt;0.001</td>' in page
    assert '<td class="number short">under 10</td><td class="number short">no test</td>' in page
    assert '<td class="short under">48 h</td>' in page
    assert "data to 2026-03-05" in page
    # What somebody at a site typed into its protocol runs as no formula in a spreadsheet.
    cells = ["-3", "cells/uL", "-9 to 28", '"\'=HYPERLINK(""x"")"', "a;'@x"]
    assert (tmp_path / "b_cells.csv").read_text() == "change,cut\n" + "".join(f"{one},0123456789ab\n" for one in cells)


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


def test_why_limits_are_not_defined_is_said_only_where_they_are_not():
    assert note_on_limits([("IV", "76 (64 to 85)"), ("SC", "")]) == ()
    assert note_on_limits([("IV", "76 (64 to 85)"), ("SC", "100 (not defined)")]) == (NO_LIMITS,)
