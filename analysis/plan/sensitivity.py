"""The sensitivity analyses of the primary endpoints: each changes one thing, and says which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analysis.plan.estimand import Estimand
from analysis.plan.resolution import (
    CARHLH_COMPOSITE,
    CRS_R1,
    ICANS_R1,
    NEW_CELLS,
    RESCUED,
    EventSource,
    ResolutionEndpoint,
    Role,
)

NEW_RESCUE = EventSource(
    code=RESCUED, name="new rescue class begun", form="concomitant_agent", items=("agent", "started_at")
)
NEW_CELLS_GIVEN = (
    EventSource(code=NEW_CELLS, name="second infusion", form="infusion", items=("infused_on",)),
    EventSource(code=NEW_CELLS, name="stem cell transplant", form="follow_up", items=("transplant_on",)),
)
ICANS_LITERAL = "icans_astct_2019_literal"


def _analysis_of(
    changed: ResolutionEndpoint, name: str, title: str, *, variable: str = "", population: str = ""
) -> ResolutionEndpoint:
    """Return the sensitivity analysis that a primary endpoint with one thing changed is: its id, title and estimand.

    Its population stays (D22), unless the grade itself is another: then that grade decides who was at 2 or more.
    """
    told = changed.estimand
    return replace(
        changed,
        id=f"{changed.id}_{name}",
        title=title,
        role=Role.SENSITIVITY,
        estimand=replace(told, variable=variable or told.variable, population=population or told.population),
    )


def _competing(primary: ResolutionEndpoint) -> tuple[ResolutionEndpoint, ...]:
    """Return new rescue and new cells, each as an event that competes with resolution (CLINICAL.md 3.1, 4)."""
    names = {source.name for source in NEW_CELLS_GIVEN}
    other_ends = tuple(source for source in primary.censorings if source.name not in names)
    rescue = replace(
        primary,
        events=(*primary.events, NEW_RESCUE),
        estimand=_also_competing(primary.estimand, "new rescue class before resolution", _LEFT_BY_RESCUE),
    )
    new_cells = replace(
        primary,
        events=(*primary.events, *NEW_CELLS_GIVEN),
        censorings=other_ends,
        estimand=_also_competing(primary.estimand, "second infusion or transplant before resolution", _LEFT_BY_CELLS),
    )
    return (
        _analysis_of(rescue, "new_rescue_competes", "A new rescue class after the first dose competes"),
        _analysis_of(new_cells, "new_cells_compete", "Second infusion or transplant competes"),
    )


_LEFT_BY_RESCUE = {
    "other immunosuppressants after time zero": "tocilizumab, steroid and rescue classes given by time zero",
    "new rescue class or organ support after time zero": "new organ support after time zero",
}
_LEFT_BY_CELLS = {"second infusion, transplant, transfer out of the registry": "transfer out of the registry"}
"""An intercurrent event of a primary endpoint -> what is left of it when a part of it competes."""


def _also_competing(estimand: Estimand, event: str, left: Mapping[str, str]) -> Estimand:
    """Return an estimand in which one more event competes, and no other line says that it does not."""
    others = ((left.get(name, name), strategy) for name, strategy in estimand.intercurrent_events)
    return replace(estimand, intercurrent_events=((event, "competing event (while alive)"), *others))


def _of_a_grade(primary: ResolutionEndpoint) -> tuple[ResolutionEndpoint, ...]:
    told = primary.estimand.variable
    return (
        _analysis_of(
            replace(primary, threshold=0),
            "r0",
            "Grade 0 (R0) instead of grade 1 or less",
            variable=told.replace("is 1 or less", "is 0").replace("R1", "R0"),
        ),
        _analysis_of(
            replace(primary, confirmation_days=2),
            "48h",
            "Sustained for 48 h instead of 24 h",
            variable=told.replace("the next calendar day too", "the next two calendar days too").replace(
                "24 h", "48 h"
            ),
        ),
        _analysis_of(
            replace(primary, clinician_only=True),
            "clinician",
            "The clinician's grade only",
            variable=f"{told}, by the clinician's grade only",
            population=f"{primary.estimand.population}, by the clinician's grade only",
        ),
        *_competing(primary),
    )


SENSITIVITY: Mapping[str, tuple[ResolutionEndpoint, ...]] = {
    CRS_R1.id: _of_a_grade(CRS_R1),
    ICANS_R1.id: (
        *_of_a_grade(ICANS_R1),
        _analysis_of(
            replace(ICANS_R1, rule_set=ICANS_LITERAL),
            "literal",
            "The ICANS table as printed (literal) instead of attributable",
            variable=ICANS_R1.estimand.variable.replace("attributable", "literal"),
            population=ICANS_R1.estimand.population.replace("attributable", "literal"),
        ),
    ),
    CARHLH_COMPOSITE.id: _competing(CARHLH_COMPOSITE),
}
"""Primary endpoint -> its sensitivity analyses, in the order they are printed."""
