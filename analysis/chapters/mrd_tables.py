"""Which MRD class the children with CR or CRi had, with and without carHLH."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.chapters.response_tables import share_over_limits
from analysis.endpoints.day_28 import DIED_BEFORE
from analysis.endpoints.responses import Responder
from analysis.estimators import proportion
from analysis.printing.parts import Table
from analysis.wording import headed
from forms.casebook.response_leukemia import MRD_CLASSES

NOT_KNOWN = "CR or CRi, MRD class not known; or not assessed"
NO_CR = "No CR or CRi"


def mrd_table(children: Sequence[Responder]) -> Table:
    """Return the classes of the population of the MRD outcome; the shares are of all children of a column."""
    columns = {
        "all children": list(children),
        "carHLH": [child for child in children if child.had_carhlh is True],
        "no carHLH": [child for child in children if child.had_carhlh is False],
    }
    names = (*MRD_CLASSES.labels.values(), NO_CR, DIED_BEFORE.capitalize(), NOT_KNOWN)
    counts = {
        group: {name: sum(_class_of(child) == name for child in found) for name in names}
        for group, found in columns.items()
    }
    return Table(
        id="mrd_classes",
        title="MRD class at day 28",
        header=("Class", *map(headed, columns)),
        rows=tuple(
            (name, *(share_over_limits(counts[group][name], len(found)) for group, found in columns.items()))
            for name in names
        ),
        csv_header=("class", "group", "x", "n", "estimate", "lower", "upper"),
        csv_rows=tuple(
            (name, group, share.x, share.n, share.estimate, share.lower, share.upper)
            for name in names
            for group, found in columns.items()
            for share in (proportion(counts[group][name], len(found)),)
        ),
        notes=(
            "Only the first class counts as MRD-negative. Source: MRD class of the day 28 page, from result, value and"
            " limit of detection; without a limit of detection a negative result has no class.",
        ),
    )


def _class_of(child: Responder) -> str:
    if not child.evaluable:
        return DIED_BEFORE.capitalize() if child.reason == DIED_BEFORE else NOT_KNOWN
    return MRD_CLASSES.labels.get(child.reason, NO_CR)
