"""The tables of the chapter on timing: exposure, models, landmarks, what is refused, and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.chapters.group_results import Group
from analysis.chapters.timing_results import AtLandmark, Exposure, Model, TimingResult
from analysis.endpoints.qualified import Qualified
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import DIED, READ_BRIEFLY_AT_DAYS, ResolutionEndpoint
from analysis.plan.timing import REFUSED_GROUPINGS
from analysis.printing.parts import Cell, Table
from analysis.wording import (
    decimal,
    headed,
    note_on_limits,
    p_value,
    ratio,
    ratio_limits,
    share_header,
    share_with_limits,
)

PER_DAYS = 100


def exposure_table(endpoint: ResolutionEndpoint, exposures: Iterable[Exposure], children: Iterable[Qualified]) -> Table:
    """Return the follow-up without and with anakinra: days, events and the rate of resolution, and who has no day."""
    without_days = [child.row.event for child in children if child.row.day == 0]
    died = without_days.count(DIED)
    rows = tuple((exposure, *exposure.rate.per(PER_DAYS)) for exposure in exposures)
    return Table(
        id=f"{endpoint.id}_exposure",
        title=f"{endpoint.toxicity}: days without and with anakinra",
        header=(
            "Days",
            "Children",
            "Person-days",
            "Resolved",
            "Died first",
            f"Resolved per {PER_DAYS} days",
            "95 % limits",
        ),
        rows=tuple(
            (
                exposure.name.capitalize(),
                *(str(exposure.children), decimal(exposure.rate.person_days, 0), str(exposure.rate.events)),
                *(str(exposure.died), decimal(rate, 1), f"{decimal(lower, 1)} to {decimal(upper, 1)}"),
            )
            for exposure, rate, lower, upper in rows
        ),
        csv_header=("exposure", "children", "person_days", "resolved", "died", "rate", "rate_lower", "rate_upper"),
        csv_rows=tuple(
            (
                *(exposure.name, exposure.children, exposure.rate.person_days, exposure.rate.events, exposure.died),
                *(_known(value) for value in (rate, lower, upper)),
            )
            for exposure, rate, lower, upper in rows
        ),
        notes=(
            "A child that was given anakinra while unresolved stands in both lines: its days up to and with that of the"
            " first dose in the first, its later days in the second.",
            *(
                (
                    f"In neither line, since it has no day after that of qualification: {died} that died on it,"
                    f" {len(without_days) - died} known to be unresolved on no later day.",
                )
                if without_days
                else ()
            ),
            f"Rates are per {PER_DAYS} person-days with exact Poisson limits; they fall with time since qualification"
            " by themselves, so that the two lines are not a comparison.",
        ),
    )


def model_table(endpoint: ResolutionEndpoint, models: Sequence[Model]) -> Table:
    """Return the hazard ratios, or in their place why there are none."""
    rows: list[tuple[str, ...]] = []
    values: list[tuple[Cell, ...]] = []
    for model in models:
        kind = "Within centers" if len(model.covariates) == 1 else "Within centers, adjusted for grade"
        found = model.result
        for place, name in enumerate(model.covariates):
            if found is None:
                rows.append((kind, name, "no model", "", ""))
                values.append((kind, name, None, None, None, None, None, model.why_not))
                continue
            hazard_ratio, lower, upper, p = (
                float(series[place]) for series in (found.hazard_ratio, found.lower, found.upper, found.p_value)
            )
            rows.append((kind, name, ratio(hazard_ratio), ratio_limits(lower, upper), p_value(p)))
            values.append((kind, name, hazard_ratio, lower, upper, p, found.n_events, ""))
    fitted = next((model.result for model in models if model.result), None)
    return Table(
        id=f"{endpoint.id}_cox",
        title=f"{endpoint.toxicity}: hazard of resolution, anakinra as time-varying exposure",
        header=("Model", "Covariate", "Hazard ratio", "95 % limits", "P"),
        rows=tuple(rows),
        csv_header=("model", "covariate", "hazard_ratio", "lower", "upper", "p_value", "events", "why_not"),
        csv_rows=tuple(values),
        notes=(
            "Cause-specific: death censors. Above 1: resolves sooner. Strata: centers; rows of one child clustered.",
            *((f"{fitted.method}. P: {fitted.test}.",) if fitted else ()),
            *(f"No model of {' and '.join(model.covariates)}: {model.why_not}." for model in models if model.why_not),
        ),
    )


def landmark_table(endpoint: ResolutionEndpoint, landmarks: Sequence[AtLandmark]) -> Table:
    """Return the groups at each landmark with incidences counted from it, and Gray's test where there is one."""
    found = [(at, place, group) for at in landmarks if at.grouped for place, group in enumerate(at.grouped.groups)]
    names = [f"day_{day}{part}" for day in READ_BRIEFLY_AT_DAYS for part in ("", "_lower", "_upper")]
    rows = tuple(
        (
            *(f"{24 * at.day} h", headed(group.name), str(group.children), *_shares_in_words(group)),
            _p_in_words(at) if place == 0 else "",
        )
        for at, place, group in found
    )
    return Table(
        id=f"{endpoint.id}_landmarks",
        title=f"{endpoint.toxicity}: unresolved at a landmark, days counted from it",
        header=("Landmark", "Group", "Children", *map(share_header, READ_BRIEFLY_AT_DAYS), "P"),
        rows=rows,
        csv_header=("landmark_day", "group", "children", *names, "p_value"),
        csv_rows=tuple((at.day, group.name, group.children, *_shares(group), _p(at)) for at, _, group in found),
        notes=(
            "Shares resolved, death competing (Aalen-Johansen); P compares the two groups of a landmark over all days.",
            "Groups: anakinra begun by the landmark or not; what is begun after it is ignored.",
            *note_on_limits(rows),
            f"Groups under {LEAST_FOR_A_SHARE} have no shares: each child stands in tables/from_qualification.csv.",
            *(_left_before(at) for at in landmarks),
        ),
    )


def refused_table() -> Table:
    """Return the groupings by the future, each with the reason why it is not offered."""
    rows = tuple(
        (f"{refused.title[0].upper()}{refused.title[1:]}", f"{refused.why} {refused.instead}".replace("`", ""))
        for refused in REFUSED_GROUPINGS
    )
    return Table(
        id="refused_groupings",
        title="Groupings by the future",
        header=("Groups by", "Why not, and what instead"),
        rows=rows,
        csv_header=("grouping", "why"),
        csv_rows=tuple((refused.name, refused.explanation) for refused in REFUSED_GROUPINGS),
    )


def qualified_table(results: Iterable[TimingResult]) -> Table:
    """Return one row per child followed from qualification, naming the records behind its time zero and its event."""
    return Table(
        id="from_qualification",
        title="One row per child followed from qualification",
        header=(),
        rows=(),
        csv_header=(
            *("endpoint", "subject", "site", "grade_at_qualification", "anakinra_day", "day", "event", "reason"),
            *("source_form", "source_item", "source_record", "started_form", "started_item", "started_record"),
        ),
        csv_rows=tuple(
            (
                *(child.row.endpoint, child.row.subject, child.row.site, child.grade, child.anakinra_day),
                *(child.row.day, child.row.event, child.row.reason),
                *(child.row.source.form, child.row.source.item, child.row.source.record),
                *(child.row.started.form, child.row.started.item, child.row.started.record),
            )
            for result in results
            for child in sorted(result.cohort.children, key=lambda child: child.row.subject)
        ),
    )


def _shares_in_words(group: Group) -> tuple[str, ...]:
    curve = group.curve
    return tuple(share_with_limits(*curve.with_limits_at(day)) if curve else "" for day in READ_BRIEFLY_AT_DAYS)


def _shares(group: Group) -> tuple[Cell, ...]:
    if group.curve is None:
        return (None,) * (3 * len(READ_BRIEFLY_AT_DAYS))
    return tuple(_known(value) for day in READ_BRIEFLY_AT_DAYS for value in group.curve.with_limits_at(day))


def _known(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _p(at: AtLandmark) -> float | None:
    return at.grouped.test.p_value if at.grouped and at.grouped.test else None


def _p_in_words(at: AtLandmark) -> str:
    found = _p(at)
    return "no test" if found is None else p_value(found)


def _left_before(at: AtLandmark) -> str:
    """Return who had left before the landmark, and which test compares the groups after it, or why none does."""
    left = f"{24 * at.day} h: {at.event_before} resolved or died by then, {at.censored_before} no longer observed"
    if at.grouped is None:
        return f"{left}; nobody is left."
    return f"{left}; {f'{at.grouped.test.test} (centers)' if at.grouped.test else f'no test: {at.grouped.no_test}'}."
