"""CR with and without carHLH in uniformly treated children, beside what the letter printed."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.chapters.response_tables import compare, note_on_recent, points, share_over_limits
from analysis.endpoints.responses import Counts, ResponsePopulation, counts_of, split_for
from analysis.endpoints.uniform_treatment import UniformCohort, select_uniform
from analysis.estimators import proportion
from analysis.literature import NCI_CD22_CR
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.responses import CR_BY_CARHLH, UNIFORM_CD22
from analysis.printing.parts import Cell, Section, Table
from analysis.study import Study
from analysis.wording import counted, p_value

Row = tuple[str, tuple[Counts, Counts], str]


def uniform_section(study: Study, population: ResponsePopulation) -> Section:
    """Return who was uniformly treated, and their CR rate beside all children's and the published one."""
    cohort = select_uniform(study.cut, population.children, UNIFORM_CD22)
    return Section(
        id=UNIFORM_CD22.id,
        title=f"{UNIFORM_CD22.title}, beside the letter",
        paragraphs=(
            "The letter restricts its comparison to a uniformly treated cohort, 51 of 58 children, and does not say"
            " what the seven lacked. Declared here before looking, from what the casebook holds of the first infusion:"
            " one CD22 product, fludarabine and cyclophosphamide, and cells per kg at one dose level. Which antigen"
            " earlier CAR T cells were against is not recorded, so they exclude nobody:"
            f" {counted(cohort.earlier_car_t, 'child', 'children')} of {len(cohort.children)} had them.",
        ),
        tables=(_comparison_table(population, cohort), _steps_table(len(population.children), cohort)),
        estimand=UNIFORM_CD22.estimand,
    )


def _comparison_table(population: ResponsePopulation, cohort: UniformCohort) -> Table:
    published = NCI_CD22_CR
    rows: Sequence[Row] = (
        ("Uniformly treated", _split(cohort), ""),
        ("All children", split_for(CR_BY_CARHLH, population), ""),
        (
            "Lichtenstein 2021 and Shah 2020",
            (_printed(*published.first), _printed(*published.second)),
            published.p_printed,
        ),
    )
    return Table(
        id="cr_uniform",
        title="CR or CRi with and without carHLH",
        header=("Children", "carHLH", "No carHLH", "Difference,\npoints", "P", "P as printed"),
        rows=tuple(
            (name, *(share_over_limits(one.responded, one.all) for one in groups), *_contrast_words(*groups), printed)
            for name, groups, printed in rows
        ),
        csv_header=(
            *("children", "group", "x", "n", "estimate", "lower", "upper"),
            *("risk_difference", "risk_difference_lower", "risk_difference_upper", "p_value", "p_printed"),
        ),
        csv_rows=tuple(csv_row for row in rows for csv_row in _csv_rows(*row)),
        notes=(
            f"{published.source}: counts and P as printed, limits computed here. {published.remark} Shown beside, never"
            " pooled. Limits: Clopper-Pearson; difference: Newcombe; P: Fisher exact test, two-sided.",
            f"No comparison where a group is under {LEAST_FOR_A_SHARE}.",
            *note_on_recent(population),
        ),
    )


def _printed(x: int, n: int) -> Counts:
    return Counts(responded=x, all=n, evaluable=n)


def _split(cohort: UniformCohort) -> tuple[Counts, Counts]:
    first, second = (
        counts_of([child for child in cohort.children if child.had_carhlh is wanted]) for wanted in (True, False)
    )
    return first, second


def _contrast_words(first: Counts, second: Counts) -> tuple[str, str]:
    found = compare(first, second)
    if found is None:
        return f"under {LEAST_FOR_A_SHARE}", ""
    limits = (found.risk_difference, found.risk_difference_lower, found.risk_difference_upper)
    return points(*limits), p_value(found.p_value)


def _csv_rows(name: str, groups: tuple[Counts, Counts], printed: str) -> list[tuple[Cell, ...]]:
    first, second = groups
    found = compare(first, second)
    contrast: tuple[Cell, ...] = (None,) * 4
    if found:
        contrast = (found.risk_difference, found.risk_difference_lower, found.risk_difference_upper, found.p_value)
    rows = []
    for group, counts in ((CR_BY_CARHLH.first_group, first), (CR_BY_CARHLH.second_group, second)):
        share = proportion(counts.responded, counts.all)
        values = (name, group, share.x, share.n, share.estimate, share.lower, share.upper)
        is_first = counts is first
        rows.append((*values, *(contrast if is_first else (None,) * 4), printed or None))
    return rows


def _steps_table(before: int, cohort: UniformCohort) -> Table:
    start = ("The children compared above, carHLH known or not", before, 0, 0)
    steps = [start, *((step.name, step.kept, step.differ, step.not_known) for step in cohort.steps)]
    return Table(
        id="cr_uniform_flow",
        title="Who left, and why",
        header=("Step", "Kept", "Left: different", "Left: not recorded"),
        rows=tuple((name, str(kept), str(differ), str(unknown)) for name, kept, differ, unknown in steps),
        csv_header=("step", "kept", "left_different", "left_not_recorded"),
        csv_rows=tuple(steps),
        notes=("Source: the page of the first infusion; cells per kg as recorded, or their total over the weight.",),
    )
