"""The figures of the resolution chapter, each with its words and its numbers: curves, competing events, groups."""

from __future__ import annotations

import numpy as np

from analysis.chapters.group_results import Group, Grouped
from analysis.chapters.group_tables import figure_numbers, sentence_on_test
from analysis.chapters.resolution_sentences import alternative_text, days_aloud
from analysis.chapters.resolution_tables import curve_table, stacked_table
from analysis.estimators import IncidenceCurve
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import GREY_BELOW_AT_RISK, HORIZON_DAYS, READ_AT_DAYS, ResolutionEndpoint
from analysis.printing.canvas import BLUE
from analysis.printing.child_marks import Arm
from analysis.printing.curve_axes import first_thin_day, ticks_to
from analysis.printing.group_figure import SHARE_AXES_AT_MOST, group_figure
from analysis.printing.incidence_figure import incidence_figure
from analysis.printing.parts import FigureOnPage
from analysis.printing.risk_table import RULE_OF_AT_RISK, RULE_OF_ROWS
from analysis.printing.stacked_figure import Layer, Panel, stacked_figure
from analysis.study import Study
from analysis.wording import counted, headed, lower_first, percent

X_LABEL = "Days after the first anakinra dose"
DIED_PALE = "#EE9E6B"
"""A tint of the color of death in the curves: printed grey, the color itself is nearly that of the resolved."""
OUTCOMES = (
    Layer(name="Resolved", color=BLUE),
    Layer(name="Still unresolved", color="#E6E6E6"),
    Layer(name="Died first", color=DIED_PALE, hatch="////"),
)


def curve_figure(
    study: Study, endpoint: ResolutionEndpoint, resolved: IncidenceCurve, died: IncidenceCurve
) -> FigureOnPage:
    """Return the two incidences of an endpoint."""
    figure = incidence_figure(
        resolved,
        died,
        title=f"{endpoint.title}\nn = {resolved.n_subjects}",
        horizon=HORIZON_DAYS,
        grey_below=GREY_BELOW_AT_RISK,
        x_label=X_LABEL,
        footnote=f"{study.cut_line} · {endpoint.id}",
    )
    return FigureOnPage(
        id=endpoint.id,
        figure=figure,
        alt=alternative_text(endpoint, resolved, died),
        caption=f"{endpoint.title}: cumulative incidence, death competing. Bands: 95 % pointwise limits, from"
        f" the first event on. Grey: fewer than {GREY_BELOW_AT_RISK} at risk. {RULE_OF_ROWS} {resolved.method}.",
        numbers=curve_table(endpoint.id, resolved, died),
    )


def competing_figure(
    study: Study, endpoint: ResolutionEndpoint, resolved: IncidenceCurve, died: IncidenceCurve
) -> FigureOnPage:
    """Return resolved, still unresolved and died stacked to 100 %, as far as they are known."""
    id_ = f"{endpoint.id}_stacked"
    days = np.arange(HORIZON_DAYS + 1)
    shares = np.column_stack([resolved.at(days), 1 - resolved.at(days) - died.at(days), died.at(days)])
    shares[days > resolved.known_to] = np.nan
    ticks = ticks_to(HORIZON_DAYS)
    at_risk = resolved.at_risk_at(ticks)
    thin_from = first_thin_day(resolved, GREY_BELOW_AT_RISK, HORIZON_DAYS)
    panel = Panel(
        title="",
        edges=days.astype(np.float64),
        values=np.clip(shares[:-1], 0, 1),
        counts={day: int(count) for day, count in zip(ticks, at_risk, strict=True)},
    )
    figure = stacked_figure(
        [panel],
        OUTCOMES,
        title=f"{endpoint.toxicity}: resolved, unresolved or died\nn = {resolved.n_subjects}",
        x_label=X_LABEL,
        y_label="Share of children",
        count_label="At risk",
        footnote=f"{study.cut_line} · {id_}",
        is_share=True,
        thin_from=thin_from,
        thin_words=f"pale: fewer than {GREY_BELOW_AT_RISK} at risk",
    )
    read = "; ".join(
        f"day {day}: {percent(float(shares[day, 0]), 0)} resolved, {percent(float(shares[day, 1]), 0)} unresolved,"
        f" {percent(float(shares[day, 2]), 0)} died"
        for day in READ_AT_DAYS
    )
    return FigureOnPage(
        id=id_,
        figure=figure,
        alt=f"{endpoint.toxicity} after the first anakinra dose: shares that sum to 100 %. {read}.",
        caption="Every child is resolved, still unresolved, or died before resolution: the three sum to 100 %."
        f" Children who left observation count by the estimator (Aalen-Johansen). Pale: fewer than"
        f" {GREY_BELOW_AT_RISK} at risk. {RULE_OF_AT_RISK}.",
        numbers=stacked_table(id_, days, shares, resolved),
    )


def groups_figure(
    study: Study, endpoint: ResolutionEndpoint, grouped: Grouped, *, x_label: str = X_LABEL, whom: str = ""
) -> FigureOnPage:
    """Return the groups of one grouping: lines where there are enough children, else one mark per child.

    `whom` says under the title how many of how many are shown and why not all; without it, whose group is known.
    """
    id_ = f"{endpoint.id}_by_{grouped.grouping.id}_curves"
    figure = group_figure(
        [Arm(name=headed(group.name), curve=group.curve, outcomes=group.outcomes) for group in grouped.groups],
        title=f"{endpoint.toxicity}: {lower_first(grouped.grouping.title)}\n{whom or _whose_group_is_known(grouped)}",
        horizon=HORIZON_DAYS,
        grey_below=GREY_BELOW_AT_RISK,
        x_label=x_label,
        footnote=f"{study.cut_line} · {id_}",
    )
    return FigureOnPage(
        id=id_,
        figure=figure,
        alt=f"Resolution of {endpoint.toxicity} by group, {lower_first(grouped.grouping.title)}."
        f" {' '.join(_read_aloud(group) for group in grouped.groups)}",
        caption=_caption(grouped),
        numbers=figure_numbers(id_, grouped),
    )


def _whose_group_is_known(grouped: Grouped) -> str:
    known = sum(group.children for group in grouped.groups)
    if not grouped.not_known:
        return f"n = {known}"
    whom = counted(grouped.not_known, "child", "children")
    return f"n = {known} of {known + grouped.not_known}: {grouped.grouping.unknown} for {whom}"


def _caption(grouped: Grouped) -> str:
    lines = sum(group.curve is not None for group in grouped.groups)
    marks = any(group.curve is None for group in grouped.groups)
    told = []
    if lines:
        told.append(
            "Lines: cumulative incidence of resolution, death competing (Aalen-Johansen), with 95 % pointwise limits"
            " from the first event on;"
            f" grey from where a group has fewer than {GREY_BELOW_AT_RISK} at risk. {RULE_OF_ROWS}"
        )
    if lines > SHARE_AXES_AT_MOST:
        told.append("Thin lines behind a group are the others, to compare with.")
    if marks:
        told.append(
            f"Groups under {LEAST_FOR_A_SHARE} are shown child by child, each at the day of its event or of the last"
            " day seen."
        )
    return " ".join([*told, sentence_on_test(grouped)])


def _read_aloud(group: Group) -> str:
    if group.curve is not None:
        shares = ", ".join(f"day {day} {percent(group.curve.with_limits_at(day)[0], 0)}" for day in READ_AT_DAYS)
        return f"{group.name}, {counted(group.children, 'child', 'children')}: resolved by {shares}."
    return f"{group.name}, {counted(group.children, 'child', 'children')}: {days_aloud(group.outcomes)}."
