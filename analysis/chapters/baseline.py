"""The children before and at the infusion, by whether they were given anakinra and by the dose ordered first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analysis.chapters.baseline_rows import BaselineRow, Group, baseline_rows
from analysis.endpoints.baseline import Answers, at_first_dose_of, baseline_of
from analysis.endpoints.groupings import TIERS, dose_tier
from analysis.estimators.standardised_difference import SOURCE
from analysis.plan.baseline import BALANCE_BOUND, BASELINE_VARIABLES, FIRST_DOSE_VARIABLES
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import LOOKBACK_DAYS
from analysis.printing.love_figure import love_figure
from analysis.printing.parts import Chapter, FigureOnPage, Section, Table
from analysis.study import Study
from analysis.wording import counted, decimal, headed

GIVEN, NOT_GIVEN = "Given anakinra", "Not given"
DRAWN = 30
"""The largest differences are drawn, so that the figure stays readable; all stand in the table."""
NOTES = (
    "Numbers: median (lower to upper quartile, R type 7). Choices: n (percentage of the answered). Missing: asked"
    " and not answered, or not asked of this child.",
    f"Under {LEAST_FOR_A_SHARE} answers of a group: the values or counts alone. No test: groups are described, not"
    " compared.",
)

AT_FIRST_DOSE = (
    f"First dose: days after the last infusion by then; the last grade in the {24 * LOOKBACK_DAYS} hours before, the"
    " derived before the clinician's, else that of the course page, lowered to what the committee found where it judged"
    " the episode of that day; while sedated a child has no low grade of ICANS."
)


def chapter(study: Study) -> Chapter:
    """Return the baseline tables and the standardised differences as a figure."""
    answers = baseline_of(study.cut, study.children)
    sections = [_given_section(study, answers)]
    at_dose = at_first_dose_of(study.cut, study.children)
    treated = _by_tier(study, {subject: answers[subject] | then for subject, then in at_dose.items()})
    if any(group.answers for group in treated):
        sections.append(_tier_section(study, treated))
    rows = baseline_rows(_by_anakinra(study, answers))
    differences = {row.key: row.difference for row in rows if row.difference is not None}
    return Chapter(
        id="baseline",
        title="Baseline",
        sections=tuple(sections),
        results={"baseline": {"standardised_differences": differences}},
    )


def _given_section(study: Study, answers: Mapping[str, Answers]) -> Section:
    groups = _by_anakinra(study, answers)
    rows = baseline_rows(groups)
    table = _table("baseline_by_anakinra", "Children by whether anakinra was given", groups, rows)
    largest = sorted((row for row in rows if row.difference is not None), key=_size)
    return Section(
        id="baseline_by_anakinra",
        title="Given anakinra or not",
        paragraphs=tuple(_whom(study)),
        notices=(
            "Whether a child was given anakinra was decided after the infusion, by how ill it became: the table says"
            " who was treated. No outcome is compared between these two columns.",
        ),
        figures=(_figure(study, largest[:DRAWN]),) if largest else (),
        tables=(table,),
    )


def _whom(study: Study) -> Iterator[str]:
    """Yield who is described, and how many stand in neither column since nobody recorded where they belong."""
    yield f"{counted(len(study.children), 'infused child', 'infused children')}, by the first infusion."
    if unknown := sum(child.had_anakinra is None for child in study.children):
        yield (
            f"Of {counted(unknown, 'child', 'children')} it is not recorded whether anakinra was given: in neither"
            " column, and in no difference."
        )


def _figure(study: Study, rows: Sequence[BaselineRow]) -> FigureOnPage:
    had = [child.had_anakinra for child in study.children]
    whom = f"n = {len(had)} infused: {had.count(True)} given anakinra, {had.count(False)} not"
    whom += f", {had.count(None)} not recorded" if None in had else ""
    points = [(row.full_name, row.difference) for row in rows if row.difference is not None]
    return FigureOnPage(
        id="baseline_balance",
        figure=love_figure(
            points,
            bound=BALANCE_BOUND,
            title=f"Given anakinra or not: standardised differences\n{whom}",
            x_label="Absolute standardised difference",
            footnote=f"{study.cut_line} · baseline_balance",
        ),
        alt="Absolute standardised differences: " + "; ".join(f"{name} {decimal(value, 2)}" for name, value in points),
        caption=f"The {len(points)} largest differences between children given anakinra and not. Dashed:"
        f" {BALANCE_BOUND:g}, a customary bound. {SOURCE}.",
        numbers=Table(
            id="baseline_balance",
            title="Numbers of the figure",
            header=(),
            rows=(),
            csv_header=("variable", "absolute_standardised_difference"),
            csv_rows=tuple(points),
        ),
    )


def _tier_section(study: Study, groups: Sequence[Group]) -> Section:
    known = sum(len(group.answers) for group in groups)
    treated = sum(child.first_dose is not None for child in study.children)
    return Section(
        id="baseline_by_dose",
        title="By the dose ordered first",
        paragraphs=(
            f"{counted(treated, 'child', 'children')} with a first dose; for {treated - known} the dose ordered"
            " first is not known.",
        ),
        notices=("Dose differs by center, product and line: the columns are not a drug comparison.",),
        tables=(
            _table(
                "baseline_by_dose",
                "Treated children by the dose ordered first",
                groups,
                baseline_rows(groups, (*FIRST_DOSE_VARIABLES, *BASELINE_VARIABLES)),
                notes=(AT_FIRST_DOSE,),
            ),
        ),
    )


def _by_anakinra(study: Study, answers: Mapping[str, Answers]) -> list[Group]:
    return [
        Group(name=name, answers=[answers[child.subject] for child in study.children if child.had_anakinra is had])
        for name, had in ((GIVEN, True), (NOT_GIVEN, False))
    ]


def _by_tier(study: Study, answers: Mapping[str, Answers]) -> list[Group]:
    members: dict[str, list[Answers]] = {tier: [] for tier in TIERS}
    for child in study.children:
        tier = dose_tier(study.cut, child, child.first_dose) if child.first_dose else None
        if tier is not None:
            members[tier].append(answers[child.subject])
    return [Group(name=name, answers=found) for name, found in members.items()]


def _table(
    table_id: str, title: str, groups: Sequence[Group], rows: Sequence[BaselineRow], notes: tuple[str, ...] = ()
) -> Table:
    whose = "" if len(groups) == 2 else f", the largest between two groups of {LEAST_FOR_A_SHARE} or more"
    return Table(
        id=table_id,
        title=title,
        header=("", *(f"{headed(group.name)} (n = {len(group.answers)})" for group in groups), "SMD"),
        rows=tuple((row.name, *row.cells, row.difference_words) for row in rows),
        csv_header=(
            *("variable", "level", "group", "n_answered", "n_missing", "x", "median", "lower_quartile"),
            *("upper_quartile", "standardised_difference"),
        ),
        csv_rows=tuple(values for row in rows for values in row.csv_rows),
        notes=(*notes, *NOTES, f"SMD: absolute standardised difference{whose}. {SOURCE}."),
    )


def _size(row: BaselineRow) -> tuple[float, str]:
    return -(row.difference or 0.0), row.key
