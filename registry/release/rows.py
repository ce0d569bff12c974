"""Rows of a cut as they leave: which of a child's rows, and what each cell becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Measured
from registry.release.actions import Action, Verb
from registry.release.columns import POOLED, Column, Kind, Table, child_column, form_path, item_columns, record_column
from registry.release.cut_files import CutFiles, whole_day
from registry.release.first_pages import first_records, in_time
from registry.release.profiles import Profile
from registry.release.pseudonyms import Pseudonyms
from registry.release.quasi_identifiers import WINDOWS, coarse_window, window
from registry.release.row_rules import WINDOWED, RowRule, rows_of

CellRow = list[str]
CellOf = Callable[[CellRow], str]
FINE = 0
"""The level at which windows of days leave as they are; at the next one they are coarser."""
NO_DAY = "no day"
_WINDOW_CODES = {words: words for words in (*WINDOWS, NO_DAY)}
_COARSE_CODES = {words: words for words in (*dict.fromkeys(map(coarse_window, WINDOWS)), NO_DAY)}
_WORST_FIRST = ("crs_grade", "icans_grade", "carhlh_grade", "ferritin")
"""Of several pages in a window the one with the highest of these leaves."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What children, sites and records are called in a package."""

    child: Callable[[str], str]
    record: Callable[[str], str]


def pseudonymous(children: Mapping[str, str], pseudonyms: Pseudonyms) -> Names:
    """Return the codes of a project; ``children`` maps a child's key to its random enrolment id."""
    codes = {key: pseudonyms.child(enrolment_uuid) for key, enrolment_uuid in children.items()}
    return Names(child=codes.__getitem__, record=lru_cache(maxsize=200_000)(pseudonyms.record))


def recognisable(codes: Mapping[str, str]) -> Names:
    """Return names for who may know the children: the code that a child has in the registry, and record keys."""
    return Names(child=codes.__getitem__, record=str)


@dataclass(frozen=True, kw_only=True)
class FormRows:
    """One form as it leaves: its table and its rows, child by child.

    ``instead`` is what `standing_for` returns of the forms that it links to.
    """

    table: Table
    cut: CutFiles
    names: Names
    actions: tuple[Action, ...]
    profile: Profile
    windows: int | None = None
    day_0: Mapping[str, str] | None = None
    instead: Mapping[str, str] = field(default_factory=dict)

    def rows(self, children: Sequence[str]) -> Iterator[CellRow]:
        """Yield the rows of the given children, in their order."""
        form = CASEBOOK[self.table.name]
        file = self.cut.form(form.name)
        places = {name: place for place, name in enumerate(file.header)}
        choose = self._chooser(places)
        cells = _cells(form, self.actions, self.table.columns, places, self._code_of)
        record = places["record"]
        made = [(number, cell) for number, cell in enumerate(cells) if not isinstance(cell, int)]
        copy = itemgetter(record, *(cell if isinstance(cell, int) else record for cell in cells))
        with file.opened() as rows_of_child:
            for child in children:
                code = self.names.child(child)
                for window_words, row in choose(child, rows_of_child(child)):
                    _, *copied = copy(row)
                    for number, make in made:
                        copied[number] = make(row)
                    start = (code, self.names.record(row[record]))
                    yield [*start, *copied] if window_words is None else [*start, window_words, *copied]

    def count(self, children: Sequence[str]) -> tuple[int, int]:
        """Return how many rows the given children have, and how many of them leave."""
        file = self.cut.form(self.table.name)
        there = sum(map(file.count, children))
        if self.profile is not Profile.DEIDENTIFIED or rows_of(self.table.name).rule is RowRule.ALL:
            return there, there
        choose = self.chosen()
        with file.opened() as rows_of_child:
            return there, sum(len(choose(child, rows_of_child(child))) for child in children)

    def chosen(self) -> Callable[[str, list[CellRow]], list[CellRow]]:
        """Return what chooses those of a child's rows that leave."""
        file = self.cut.form(self.table.name)
        choose = self._chooser({name: place for place, name in enumerate(file.header)})
        return lambda child, rows: [row for _, row in choose(child, rows)]

    def standing_for(self) -> dict[str, str]:
        """Return the key of each record that stays inside -> the key of the one of its child that leaves in its place.

        Of several episodes of a toxicity that is the first, of several courses too: a link to what is not there would
        tell that there was another one.
        """
        file, choose = self.cut.form(self.table.name), self.chosen()
        record = file.header.index("record")
        kind = file.header.index("toxicity" if "toxicity" in file.header else "subject")
        found: dict[str, str] = {}
        with file.opened() as rows_of_child:
            for child in file.children:
                rows = rows_of_child(child)
                leaves = {row[kind]: row[record] for row in choose(child, rows)}
                found |= {row[record]: leaves.get(row[kind], "") for row in rows}
        return found

    def _code_of(self, key: str) -> str:
        """Return the code of the record that a link names, or of the one that leaves in its place; empty without."""
        stands = self.instead.get(key, key)
        return self.names.record(stands) if stands else ""

    def _chooser(
        self, places: Mapping[str, int]
    ) -> Callable[[str, list[CellRow]], Sequence[tuple[str | None, CellRow]]]:
        """Return what chooses which rows of a child leave, each with its window where the form has windows."""
        if self.profile is not Profile.DEIDENTIFIED:
            return lambda child, rows: [(None, row) for row in rows]
        rule = rows_of(self.table.name).rule
        if rule is RowRule.ALL:
            record = places["record"]
            return lambda child, rows: [(None, row) for row in sorted(rows, key=lambda r: self.names.record(r[record]))]
        if rule is RowRule.ONE_PER_WINDOW:
            return self._windows(places)
        if rule is RowRule.DAY_28:
            timepoint = places["timepoint"]
            return lambda child, rows: [(None, row) for row in rows if row[timepoint] == "day_28"][:1]
        if rule is RowRule.FIRST_OF_EACH:
            toxicity = itemgetter(places["toxicity"])
            return lambda child, rows: [(None, row) for row in self._first_of_each(rows, places, toxicity)]
        if rule is RowRule.FIRST_OF_EVENTS:
            event = self._event(places)
            return lambda child, rows: [(None, row) for row in self._first_of_each(rows, places, event)]
        record, firsts = places["record"], first_records(self.cut, self.table.name)
        return lambda child, rows: [(None, row) for row in rows if row[record] in firsts]

    def _first_of_each(
        self, rows: list[CellRow], places: Mapping[str, int], kind: Callable[[CellRow], str]
    ) -> list[CellRow]:
        """Return the row of each kind that began first, in the order of their codes."""
        found: dict[str, CellRow] = {}
        for row in sorted(rows, key=lambda row: in_time(row[places["onset_on"]], row[places["record"]])):
            found.setdefault(kind(row), row)
        return sorted(found.values(), key=lambda row: self.names.record(row[places["record"]]))

    def _event(self, places: Mapping[str, int]) -> CellOf:
        """Return what reads the event of a row; all are one where children.csv does not tell which there were."""
        is_told = any(action.item == "event" and action.verb is not Verb.DROP for action in self.actions)
        return itemgetter(places["event"]) if is_told else lambda row: ""

    def _windows(
        self, places: Mapping[str, int]
    ) -> Callable[[str, list[CellRow]], Sequence[tuple[str | None, CellRow]]]:
        day_place = places[WINDOWED[self.table.name].partition(".")[2]]
        worst = [places[name] for name in _WORST_FIRST if name in places]
        record = places["record"]

        def rank(row: CellRow) -> tuple[float, ...]:
            return tuple(float(row[place]) if row[place] else -1.0 for place in worst)

        def choose(child: str, rows: list[CellRow]) -> Sequence[tuple[str | None, CellRow]]:
            best: dict[str, CellRow] = {}
            for row in sorted(rows, key=lambda row: self.names.record(row[record])):
                words = self._window_of(child, row[day_place])
                if words not in best or rank(row) > rank(best[words]):
                    best[words] = row
            in_order = sorted(best, key=lambda words: self.names.record(best[words][record]))
            return [(words if self.windows is not None else None, best[words]) for words in in_order]

        return choose

    def _window_of(self, child: str, text: str) -> str:
        day, day_0 = whole_day(text), whole_day((self.day_0 or {}).get(child, ""))
        if self.windows is None:
            return ""
        if day is None or day_0 is None:
            return NO_DAY
        fine = window((day - day_0).days)
        return fine if self.windows == FINE else coarse_window(fine)


def form_table(form: Form, actions: Sequence[Action], profile: Profile, *, windows: int | None = None) -> Table:
    """Return the table of a form as it leaves; ``windows`` is the level of its windows of days, None without them."""
    is_pseudonym = profile is not Profile.IDENTIFIED
    columns = [child_column(is_pseudonym=is_pseudonym), record_column(is_pseudonym=is_pseudonym)]
    if windows is not None and form.name in WINDOWED and profile is Profile.DEIDENTIFIED:
        codes = _WINDOW_CODES if windows == FINE else _COARSE_CODES
        columns.append(Column(name="window", label="Window of days from the infusion", kind=Kind.CODE, codes=codes))
    if profile is not Profile.DEIDENTIFIED:
        columns.append(Column(name="site", label="Site", kind=Kind.TEXT))
        columns.append(Column(name="instance", label="Number of the record", kind=Kind.INTEGER))
        columns.append(Column(name="completed", label="Marked complete", kind=Kind.BOOLEAN))
    for action in actions:
        columns += item_columns(form, action, typed=profile is Profile.IDENTIFIED)
    return Table(
        name=form.name,
        title=form.title,
        path=form_path(form.name),
        key=("child", "record"),
        columns=tuple(columns),
    )


def _cells(
    form: Form,
    actions: Sequence[Action],
    columns: Sequence[Column],
    places: Mapping[str, int],
    code_of: Callable[[str], str],
) -> list[int | CellOf]:
    """Return what each column after child, record and window holds: the place of a cell, or what is made of a row."""
    own = [column for column in columns if column.name not in ("child", "record", "window")]
    by_item = {action.item: action for action in actions}
    return [_cell(form, by_item, column, places, code_of) for column in own]


def _cell(
    form: Form,
    actions: Mapping[str, Action],
    column: Column,
    places: Mapping[str, int],
    code_of: Callable[[str], str],
) -> int | CellOf:
    action = column.action
    if action is None:
        return places[column.name]
    if column.name == f"{action.item}_unit" and isinstance(item := form.items[action.item], Measured):
        value, unit = places[action.item], item.unit
        return lambda row: unit if row[value] else ""
    place = places[column.name]
    if column.name != action.item:
        return place
    if action.verb is Verb.RECODE:
        return lambda row: ";".join(sorted({code_of(key) for key in row[place].split(";") if key} - {""}))
    if bands := action.bands:
        sign = places.get(f"{action.item}_sign")
        return lambda row: bands.read(row[place], row[sign] if sign is not None else "")
    if pooled := actions[action.item].pooled:
        return lambda row: _pool(row[place], pooled)
    return place


def _pool(text: str, pooled: frozenset[str]) -> str:
    """Return the answers of a cell with the rare ones put together at its end: their places would tell them apart."""
    codes = text.split(";")
    plain = [code for code in codes if code not in pooled]
    return ";".join(plain if len(plain) == len(codes) else [*plain, POOLED])
