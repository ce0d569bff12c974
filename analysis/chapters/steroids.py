"""Steroid and tocilizumab around the first anakinra dose: how much, how soon less, and what ended last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis.chapters.shares import SHARE_CSV, share_cells, share_values
from analysis.chapters.steroid_files import children_table, trace_table
from analysis.chapters.steroid_windows import quartiles_of, window_table
from analysis.endpoints.steroid_sparing import HALF, LAST, LOW, OFF, Spared, spared_of
from analysis.estimators import cumulative_incidence, proportion
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import DIED, READ_AT_DAYS, RESOLVED
from analysis.plan.steroids import STEROID_BY_DAY, STEROID_DAYS, STEROID_SPARING
from analysis.printing.parts import Cell, Chapter, FigureOnPage, Section, Table
from analysis.printing.quartile_figure import DayQuartiles, quartile_figure
from analysis.study import Study
from analysis.wording import counted, decimal, note_on_limits, share_header, share_with_limits

NOTICE = (
    "Not causal: there is no group without anakinra here, steroid is tapered as toxicity settles with any treatment,"
    " and most children had other agents too."
)
DAYS_IN_WORDS = (-1, 0, 3, 7, 14, 28)
"""Days of the figure whose medians its alternative text names."""
GOALS = {HALF: "half of the dose at start", LOW: "0.5 mg/kg per day or less", OFF: "off steroid"}


def chapter(study: Study) -> Chapter:
    """Return steroid before and after the first anakinra dose, what was reached when, and the other agents."""
    found = spared_of(study.cut, study.children)
    on_steroid = [child for child in found if child.start]
    return Chapter(
        id="steroids",
        title="Steroids and tocilizumab",
        sections=(_amounts(study, found, on_steroid), _goals(found, on_steroid), _others(found)),
        files=(trace_table(found), children_table(found)),
        results={
            "steroids": {
                "treated": len(found),
                "on_steroid_at_start": len(on_steroid),
                "start_not_known": sum(child.start is None for child in found),
                "weaned_last": dict(sorted(Counter(child.last for child in found).items())),
            }
        },
    )


def _amounts(study: Study, found: Sequence[Spared], on_steroid: Sequence[Spared]) -> Section:
    unknown = sum(child.start is None for child in found)
    pages = sum(child.unknown_pages for child in found)
    paragraph = (
        f"{counted(len(found), 'child', 'children')} with a dated first dose: {len(on_steroid)} had steroid in the 24"
        f" hours before it, {len(found) - len(on_steroid) - unknown} had none, of {unknown} it is not known. Steroid"
        f" pages without day, dose, unit, frequency or weight: {pages}; a day with one of them is left out of the sums."
    )
    is_drawn = len(on_steroid) >= LEAST_FOR_A_SHARE
    return Section(
        id="steroid_amounts",
        title="Prednisone equivalents before and after",
        paragraphs=(paragraph,),
        notices=(NOTICE,),
        figures=(_figure(study, on_steroid, of=len(found)),) if is_drawn else (),
        tables=(window_table(found, on_steroid),),
        estimand=STEROID_BY_DAY,
    )


def _figure(study: Study, on_steroid: Sequence[Spared], *, of: int) -> FigureOnPage:
    """Return the prednisone equivalent by day of the children with steroid at the first dose, `of` so many treated."""
    days = _quartiles(on_steroid)
    told = "; ".join(f"day {day.day}: {decimal(day.median, 2)} in {day.n}" for day in days if day.day in DAYS_IN_WORDS)
    return FigureOnPage(
        id="steroid_by_day",
        figure=quartile_figure(
            days,
            title="Steroid around the first anakinra dose\n"
            f"n = {len(on_steroid)} of {of}: steroid in the 24 h before that dose",
            x_label="Days after the first anakinra dose",
            y_label="Prednisone equivalent, mg/kg per day",
            footnote=f"{study.cut_line} · steroid_by_day",
        ),
        alt=f"Median prednisone equivalent in mg/kg by day. {told}.",
        caption="Prednisone equivalent given on each calendar day: median (line) and quartiles (band) of the"
        " children with steroid at the first anakinra dose who were observed on the day and whose dose is"
        " known. Who died or left is no longer in it. Dotted: the day of the first dose begins.",
        numbers=Table(
            id="steroid_by_day",
            title="Numbers of the figure",
            header=(),
            rows=(),
            csv_header=("day", "n", "lower_quartile", "median", "upper_quartile"),
            csv_rows=tuple((day.day, day.n, day.lower, day.median, day.upper) for day in days),
        ),
    )


def _quartiles(children: Sequence[Spared]) -> list[DayQuartiles]:
    days = []
    for day in range(STEROID_DAYS[0], STEROID_DAYS[1] + 1):
        amounts = [amount for child in children if (amount := child.days.get(day)) is not None]
        if amounts:
            lower, median, upper = quartiles_of(amounts)
            days.append(DayQuartiles(day=day, n=len(amounts), lower=lower, median=median, upper=upper))
    return days


def _goals_table(found: Sequence[Spared]) -> Table:
    """Return each goal of sparing steroid: who could reach it, who did, and the share by the days that are read."""
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    for goal, title in GOALS.items():
        own = [row for child in found for row in child.rows if row.endpoint == goal]
        if not own:
            rows.append((title, "0", "0", "0", *("",) * len(READ_AT_DAYS)))
            continue
        days, events = [row.day for row in own], [row.event for row in own]
        curve = cumulative_incidence(days, events, cause=RESOLVED)
        words = []
        for day in READ_AT_DAYS:
            share = curve.with_limits_at(day) if len(own) >= LEAST_FOR_A_SHARE else None
            words.append(share_with_limits(*share) if share else "")
            csv_rows.append((goal, day, len(own), int(curve.at_risk_at(day)), *(share or (None,) * 3)))
        rows.append((title, str(len(own)), str(events.count(RESOLVED)), str(events.count(DIED)), *words))
    return Table(
        id="steroid_goals",
        title="Steroid reduced after the first anakinra dose",
        header=(
            "Reached",
            "In the risk set",
            "Reached it",
            "Died first",
            *map(share_header, READ_AT_DAYS),
        ),
        rows=tuple(rows),
        csv_header=("goal", "day", "n", "n_at_risk", "estimate", "lower", "upper"),
        csv_rows=tuple(csv_rows),
        notes=(
            "Aalen-Johansen, death competing; 95 % pointwise limits. A day counts when the next calendar day is at or"
            f" below the threshold too. Fewer than {LEAST_FOR_A_SHARE} children: counts alone.",
            *note_on_limits(rows),
        ),
    )


def _goals(found: Sequence[Spared], on_steroid: Sequence[Spared]) -> Section:
    judged = [child.halved for child in on_steroid if child.halved is not None]
    halved = proportion(sum(judged), len(judged))
    cells = share_cells(halved)
    outside = len(found) - len(on_steroid)
    return Section(
        id="steroid_goals",
        title="Days to less steroid",
        paragraphs=(
            f"Not in any risk set: {outside} without steroid at the first dose or with a dose that is not known; not in"
            " that of 0.5 mg/kg: those who began at or below it.",
            f"Halved on day 3 with neither CRS nor ICANS (attributable) worse than at the first dose: {cells[0]}"
            + (f", {cells[1]} (95 % limits {cells[2]})" if cells[1] else "")
            + f"; not known for {len(on_steroid) - len(judged)}; death by day 3 counts as not halved.",
        ),
        notices=(NOTICE,),
        tables=(_goals_table(found),),
        estimand=STEROID_SPARING,
    )


def _others(found: Sequence[Spared]) -> Section:
    doses = Counter("not known" if child.tocilizumab is None else str(min(child.tocilizumab, 3)) for child in found)
    names = {"0": "none", "1": "1", "2": "2", "3": "3 or more", "not known": "not known"}
    ended = Counter(child.last for child in found)
    return Section(
        id="other_agents",
        title="Tocilizumab after the start, and what ended last",
        tables=(
            _count_table(
                "tocilizumab_after",
                "Doses of tocilizumab after the first anakinra dose",
                "Doses",
                [(words, doses[name]) for name, words in names.items()],
                len(found),
                "Doses after the moment of the first anakinra dose and before the next infusion. Not known: pages that"
                " span that dose with more than two doses, or without a number of doses.",
            ),
            _count_table(
                "weaned_last",
                "Agent with the last dose",
                "Agent",
                [(name, ended[name]) for name in LAST],
                len(found),
                "By calendar day, among agents begun before the next infusion and given at or after the first anakinra"
                " dose.",
            ),
        ),
    )


def _count_table(
    table_id: str, title: str, first: str, counts: Sequence[tuple[str, int]], total: int, note: str
) -> Table:
    shares = [(name, proportion(number, total)) for name, number in counts]
    return Table(
        id=table_id,
        title=title,
        header=(first, "Children", "Share", "95 % limits"),
        rows=tuple((name, *share_cells(share, least=LEAST_FOR_A_SHARE)) for name, share in shares),
        csv_header=(first.lower(), *SHARE_CSV),
        csv_rows=tuple((name, *share_values(share)) for name, share in shares),
        notes=(note, "Exact limits (Clopper-Pearson)."),
    )
