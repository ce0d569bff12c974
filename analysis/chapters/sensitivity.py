"""Which endpoints are primary, which secondary, and how the primary ones read when one thing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.endpoints.resolution import EndpointResult
from analysis.estimators import median_with_limits
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import DIED, READ_BRIEFLY_AT_DAYS, RESOLVED, Measure
from analysis.plan.sensitivity import SENSITIVITY
from analysis.printing.parts import Cell, Section, Table
from analysis.study import Study
from analysis.wording import (
    HALF_CSV,
    HALF_HEADER,
    HALF_NOTE,
    counted,
    days_with_limits,
    if_defined,
    note_on_limits,
    share_header,
    share_with_limits,
)
from forms.grading.carhlh_facts import RESCUE_CLASSES


def roles_section(study: Study) -> Section:
    """Return the endpoints of this chapter with what each is for."""
    results = (*study.endpoints, *study.secondary_endpoints)
    rows = tuple(
        (
            result.endpoint.role.value,
            result.endpoint.toxicity,
            result.endpoint.estimand.variable,
            len(result.cohort.rows),
        )
        for result in results
    )
    table = Table(
        id="resolution_endpoints",
        title="Endpoints of this chapter",
        header=("Role", "Toxicity and event", "Children"),
        rows=tuple(
            (role.capitalize(), f"{toxicity}\n{event}", str(children)) for role, toxicity, event, children in rows
        ),
        csv_header=("endpoint", "role", "toxicity", "variable", "children"),
        csv_rows=tuple((result.endpoint.id, *row) for result, row in zip(results, rows, strict=True)),
        notes=("Declared before the data were looked at; sensitivity analyses stand at the end of the chapter.",),
    )
    return Section(id="resolution_roles", title="What is primary, and what is not", tables=(table,))


def sensitivity_section(study: Study) -> Section:
    """Return one table per primary endpoint: itself, then each sensitivity analysis of it."""
    return Section(
        id="resolution_sensitivity",
        title="Sensitivity of the primary endpoints",
        paragraphs=(
            "Each line changes one thing of the primary endpoint. Where that is the grade itself, it also decides who"
            " was at grade 2 or more at the first dose. Of several events on one day, death counts first, then a second"
            " infusion or transplant, then a new rescue class, then resolution; what competes inside the confirmation"
            " window goes before resolution as well.",
        ),
        notices=("Sensitivity analyses: none of them takes the place of the primary endpoint.",),
        tables=tuple(_table(result, study.sensitivity_of(result.endpoint)) for result in study.endpoints),
    )


def sensitivity_values(study: Study) -> dict[str, Any]:
    """Return primary endpoint -> sensitivity analysis -> its counts and shares, for results.json."""
    return {
        result.endpoint.id: {
            variant.endpoint.id: {
                "title": variant.endpoint.title,
                "role": variant.endpoint.role.value,
                "estimand": dict(variant.endpoint.estimand.sentences()),
                **dict(zip(_VALUE_NAMES, _values(variant), strict=True)),
            }
            for variant in study.sensitivity_of(result.endpoint)
        }
        for result in study.endpoints
    }


_SHARE_NAMES = tuple(f"day_{day}{part}" for day in READ_BRIEFLY_AT_DAYS for part in ("", "_lower", "_upper"))
_VALUE_NAMES = ("children", "resolved", "died", "other_competing", "censored", *_SHARE_NAMES, *HALF_CSV)


def _table(primary: EndpointResult, variants: Sequence[EndpointResult]) -> Table:
    results = (primary, *variants)
    heads = tuple(map(share_header, READ_BRIEFLY_AT_DAYS))
    rows = tuple((_name(result), *_in_words(result)) for result in results)
    return Table(
        id=f"{primary.endpoint.id}_sensitivity",
        title=f"{primary.endpoint.toxicity}: sensitivity",
        header=("Analysis", "Children", "Resolved", "Died first", "Other first", "Censored", *heads, HALF_HEADER),
        rows=rows,
        csv_header=("endpoint", "role", "analysis", *_VALUE_NAMES),
        csv_rows=tuple(
            (result.endpoint.id, result.endpoint.role.value, _name(result), *_values(result)) for result in results
        ),
        notes=(*_notes(primary, variants), *note_on_limits(rows)),
    )


def _name(result: EndpointResult) -> str:
    return "Primary, for comparison" if result.endpoint.id in SENSITIVITY else result.endpoint.title


def _counts(result: EndpointResult) -> tuple[int, int, int, int, int]:
    """Return children, resolved, died, with another competing event first, and censored."""
    events = [row.event for row in result.cohort.rows]
    resolved, died = events.count(RESOLVED), events.count(DIED)
    other = sum(event not in (RESOLVED, DIED) and event in result.endpoint.competing for event in events)
    return len(events), resolved, died, other, len(events) - resolved - died - other


def _in_words(result: EndpointResult) -> tuple[str, ...]:
    counts = tuple(str(count) for count in _counts(result))
    if result.resolved is None or len(result.cohort.rows) < LEAST_FOR_A_SHARE:
        return (*counts, *("",) * (len(READ_BRIEFLY_AT_DAYS) + 1))
    shares = (share_with_limits(*_read(result, day)) for day in READ_BRIEFLY_AT_DAYS)
    return (*counts, *shares, days_with_limits(*median_with_limits(result.resolved)))


def _values(result: EndpointResult) -> tuple[Cell, ...]:
    if result.resolved is None or len(result.cohort.rows) < LEAST_FOR_A_SHARE:
        return (*_counts(result), *(None,) * len((*_SHARE_NAMES, *HALF_CSV)))
    shares = (value for day in READ_BRIEFLY_AT_DAYS for value in _read(result, day))
    return (*_counts(result), *map(if_defined, (*shares, *median_with_limits(result.resolved))))


def _read(result: EndpointResult, day: int) -> tuple[float, float, float]:
    assert result.resolved is not None
    return result.resolved.with_limits_at(day)


def _notes(primary: EndpointResult, variants: Sequence[EndpointResult]) -> tuple[str, ...]:
    cohort = primary.cohort
    notes = [
        "Source: the items named under the primary curve; rescue classes from the pages of concomitant agents,"
        " transplants from the follow-up pages. Aalen-Johansen with every competing event taken as such."
        f" {HALF_NOTE}",
        f"Rescue classes: {', '.join(dict.fromkeys(RESCUE_CLASSES.values()))}; tocilizumab and steroid are not.",
    ]
    if cohort.undated_rescue or cohort.undated_transplant:
        notes.append(
            "Not placed on a day, and so not counted as an event: a new rescue agent in"
            f" {counted(cohort.undated_rescue, 'child', 'children')}, a transplant in"
            f" {counted(cohort.undated_transplant, 'child', 'children')}."
        )
    if any(len(result.cohort.rows) < LEAST_FOR_A_SHARE for result in (primary, *variants)):
        notes.append(f"Under {LEAST_FOR_A_SHARE} children: counts alone.")
    if primary.endpoint.measure is Measure.COMPOSITE:
        notes.append(
            "Grade 0, 48 hours and the clinician's grade do not apply: the composite has no grade, and 48 hours are"
            " part of it. A new rescue class keeps it unresolved in the primary analysis, and competes here."
        )
    return tuple(notes)
