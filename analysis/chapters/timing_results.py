"""Resolution from qualification on: anakinra as time-varying exposure, and at landmarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from analysis.chapters.group_results import Grouped, in_groups
from analysis.endpoints.groupings import Groups
from analysis.endpoints.qualified import Qualified, QualifiedCohort, select_qualified
from analysis.estimators import (
    CoxRegression,
    IncidenceRate,
    InvalidInputError,
    StartStop,
    cox_regression,
    incidence_rate,
    landmark,
    start_stop,
)
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import DIED, RESOLVED, Measure, ResolutionEndpoint
from analysis.plan.timing import EVENTS_PER_PARAMETER, LANDMARK_DAYS, SEVERE_GRADE
from analysis.study import Study
from analysis.wording import counted

BY_THEN, NOT_YET = "anakinra begun by then", "not begun by then"
ANAKINRA, SEVERE = "anakinra", f"grade {SEVERE_GRADE} or more at qualification"


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The follow-up without, or after, the first dose: whose, how long, and what happened in it."""

    name: str
    children: int
    died: int
    rate: IncidenceRate


@dataclass(frozen=True, kw_only=True)
class Model:
    """One regression of the hazard of resolution; without a result, `why_not` says why, with the counts."""

    covariates: tuple[str, ...]
    result: CoxRegression | None
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class AtLandmark:
    """The children still unresolved after a landmark day, grouped by what was begun by then; who left before it."""

    day: int
    event_before: int
    censored_before: int
    grouped: Grouped | None


@dataclass(frozen=True, kw_only=True)
class TimingResult:
    """One toxicity from qualification on."""

    endpoint: ResolutionEndpoint
    cohort: QualifiedCohort
    exposures: tuple[Exposure, ...]
    models: tuple[Model, ...]
    landmarks: tuple[AtLandmark, ...]


def compute_timing(study: Study, endpoint: ResolutionEndpoint) -> TimingResult:
    """Return exposures, models and landmarks of one endpoint; without a child they are empty."""
    cohort = select_qualified(study.cut, study.children, endpoint)
    children = cohort.children
    split = _intervals(children) if children else None
    return TimingResult(
        endpoint=endpoint,
        cohort=cohort,
        exposures=() if split is None else (_exposure(split, exposed=False), _exposure(split, exposed=True)),
        models=() if split is None else tuple(_model(children, split, names) for names in _planned(endpoint)),
        landmarks=tuple(_at_landmark(children, day) for day in LANDMARK_DAYS) if children else (),
    )


def _planned(endpoint: ResolutionEndpoint) -> tuple[tuple[str, ...], ...]:
    return ((ANAKINRA,), (ANAKINRA, SEVERE)) if endpoint.measure is Measure.GRADE else ((ANAKINRA,),)


def _intervals(children: Sequence[Qualified]) -> StartStop:
    time, event = [child.row.day for child in children], [child.row.event for child in children]
    return start_stop(time, event, _began(children))


def _began(children: Sequence[Qualified]) -> list[float]:
    return [math.nan if child.anakinra_day is None else float(child.anakinra_day) for child in children]


def _exposure(split: StartStop, *, exposed: bool) -> Exposure:
    event = split.event[split.exposed == exposed]
    return Exposure(
        name="after the first dose" if exposed else "before a first dose, or never given",
        children=len(event),
        died=int(np.sum(event == DIED)),
        rate=incidence_rate(int(np.sum(event == RESOLVED)), split.person_days(exposed=exposed)),
    )


def _model(children: Sequence[Qualified], split: StartStop, names: tuple[str, ...]) -> Model:
    """Return the cause-specific regression within centers, or why the data do not bear it (CLINICAL.md D27)."""
    resolved = split.event == RESOLVED
    needed = EVENTS_PER_PARAMETER * len(names)
    if resolved.sum() < needed:
        found = counted(int(resolved.sum()), "child resolved", "children resolved")
        why = f"{found}, {counted(len(names), 'parameter needs', 'parameters need')} at least {needed}"
        return Model(covariates=names, result=None, why_not=why)
    severe = np.array([(child.grade or 0) >= SEVERE_GRADE for child in children])
    columns = {ANAKINRA: split.exposed, SEVERE: severe[split.rows]}
    if too_few := next(filter(None, (_too_few(split, columns[name], name) for name in names)), None):
        return Model(covariates=names, result=None, why_not=too_few)
    sites, subjects = (
        np.array(values) for values in zip(*((c.row.site, c.row.subject) for c in children), strict=True)
    )
    try:
        result = cox_regression(
            split.time,
            resolved,
            np.column_stack([columns[name] for name in names]),
            names=names,
            entry=split.entry,
            strata=sites[split.rows],
            cluster=subjects[split.rows],
        )
    except InvalidInputError as refused:
        return Model(covariates=names, result=None, why_not=str(refused).removesuffix("."))
    return Model(covariates=names, result=result)


def _too_few(split: StartStop, column: ArrayLike, name: str) -> str | None:
    """Return why a covariate does not enter a model: a group under ten children enters no test, here as elsewhere."""
    found = np.asarray(column, dtype=bool)
    smaller = min(len(np.unique(split.rows[found == side])) for side in (False, True))
    if not 0 < smaller < LEAST_FOR_A_SHARE:
        return None
    children = counted(smaller, "child", "children")
    return f"{children} on one side of {name}, each side needs at least {LEAST_FOR_A_SHARE}"


def _at_landmark(children: Sequence[Qualified], day: int) -> AtLandmark:
    time, event = [child.row.day for child in children], [child.row.event for child in children]
    if max(time) <= day:
        before = sum(code > 0 for code in event)
        return AtLandmark(day=day, event_before=before, censored_before=len(event) - before, grouped=None)
    found = landmark(time, event, _began(children), day=day)
    rows = [replace(children[place].row, day=children[place].row.day - day) for place in found.rows]
    groups = Groups(
        id=f"landmark_{day}",
        title=f"Anakinra begun within {24 * day} h after qualification",
        groups=(BY_THEN, NOT_YET),
        source="first dose on the page of the anakinra course; begun later counts as not begun",
    )
    begun = {row.subject: BY_THEN if exposed else NOT_YET for row, exposed in zip(rows, found.exposed, strict=True)}
    return AtLandmark(
        day=day,
        event_before=found.n_event_before,
        censored_before=found.n_censored_before,
        grouped=in_groups(groups, rows, begun),
    )
