"""The table of a de-identified package with one row per child: what others could know, as the gate lets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from registry.release.columns import MASKED_CODES, Column, Kind, Table, child_column
from registry.release.gate import MASKED, Passed
from registry.release.quasi_identifiers import CODES, LADDER, NONE, OR, UNKNOWN, windows_in

_PLAIN = {NONE: "None", UNKNOWN: "Not known"}


def children_table(passed: Passed) -> Table:
    """Return the table of the children."""
    columns = [child_column(is_pseudonym=True)]
    for quasi in LADDER:
        if quasi.name in passed.values:
            columns.append(
                Column(
                    name=quasi.name,
                    label=quasi.label,
                    kind=Kind.CODE,
                    codes={text: _label(quasi.name, text) for text in sorted(set(_shown(passed, quasi.name)))},
                )
            )
    return Table(name="children", title="Children", path="children.csv", key=("child",), columns=tuple(columns))


def _shown(passed: Passed, name: str) -> Sequence[str]:
    """Return what the table shows of each child; which kind of page there is in a window, the rows of the forms say."""
    values = passed.values[name]
    return tuple(map(windows_in, values)) if name == "course" else values


def _label(name: str, text: str) -> str:
    if text == MASKED:
        return MASKED_CODES[MASKED]
    labels = CODES[name].labels if name in CODES else {}
    if name == "anakinra_dose":
        return OR.join(labels.get(part, _PLAIN.get(part, part)) for part in text.split(OR))
    return ", ".join(labels.get(part, _PLAIN.get(part, part)) for part in text.split(";"))


def children_rows(
    table: Table, passed: Passed, children: Sequence[str], code_of: Callable[[str], str]
) -> Iterator[list[str]]:
    """Yield a row per child in the order of their codes; ``children`` stand in the order of the gate's facts."""
    places = {key: number for number, key in enumerate(children)}
    shown = [_shown(passed, column.name) for column in table.columns if column.name in passed.values]
    for key in sorted(children, key=code_of):
        yield [code_of(key), *(values[places[key]] for values in shown)]
