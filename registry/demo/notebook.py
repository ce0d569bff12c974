"""What a site enters about one child, and when: next day, days late, in one sitting weeks later, corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forms.values import Row
from registry.demo.answers import form_row
from registry.demo.chance import Chance
from registry.demo.children import Child

_DAYS_LATE = {1: 0.46, 2: 0.2, 3: 0.12, 5: 0.08, 8: 0.06, 13: 0.04, 24: 0.025, 45: 0.015}
_ABSTRACTED_WITHIN_DAYS = 30
_SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One save of one row, as the coordinator of a child's site makes it at a moment in UTC."""

    at: datetime
    child: Child
    form: str
    row: Row
    revision: int
    reason: str = ""
    confirmed: Mapping[str, str] = field(default_factory=dict)
    complete: bool | None = True
    void: bool = False


class Notebook:
    """The entries of one child in the order they are made. Links wait until what they point to has been entered."""

    def __init__(self, chance: Chance, child: Child) -> None:
        self.chance = chance
        self._child = child
        self._zone = ZoneInfo(child.site.time_zone)
        self._entries: list[Entry] = []
        self._latest: dict[str, Entry] = {}
        self._sitting = child.infused_on + timedelta(days=chance.between(26, 60))
        self._closed_at = datetime.max

    def add(
        self,
        form: str,
        on: date,
        answers: dict[str, Any],
        *,
        days_late: int | None = None,
        complete: bool | None = True,
        confirmed: Mapping[str, str] | None = None,
        after: str = "",
    ) -> str:
        """Enter a new row about a day; return its key. It waits for the rows it links to and for the one ``after``."""
        key = self.chance.key()
        row = form_row(form, key, answers)
        at = self._moment(on, row, days_late)
        if after:
            at = max(at, self._latest[after].at + timedelta(minutes=5))
        self._enter(
            Entry(
                at=at,
                child=self._child,
                form=form,
                row=row,
                revision=0,
                complete=complete,
                confirmed=confirmed or {},
            )
        )
        return key

    def amend(
        self,
        key: str,
        on: date,
        changes: dict[str, Any],
        *,
        reason: str = "",
        days_late: int | None = None,
        complete: bool | None = None,
        confirmed: Mapping[str, str] | None = None,
    ) -> None:
        """Save a row again with some answers changed; None takes an answer away."""
        before = self._latest[key]
        given = {**form_row(before.form, key, changes)}
        kept = {name: value for name, value in before.row.items() if name not in changes}
        row = {**kept, **given}
        at = max(self._moment(on, row, days_late), before.at + timedelta(minutes=self.chance.between(3, 90)))
        self._enter(
            Entry(
                at=at,
                child=self._child,
                form=before.form,
                row=row,
                revision=before.revision + 1,
                reason=reason,
                complete=complete,
                confirmed=confirmed or {},
            )
        )

    def void(self, key: str, on: date, reason: str) -> None:
        """Take a row out that was entered by mistake."""
        before = self._latest[key]
        at = max(self._moment(on, before.row, None), before.at + timedelta(minutes=self.chance.between(3, 90)))
        self._enter(replace(before, at=at, revision=before.revision + 1, reason=reason, complete=None, void=True))

    def close_after(self, key: str) -> None:
        """Take no entry after the latest one of a row: it told that consent was withdrawn."""
        self._closed_at = self._latest[key].at

    def entries(self, until: date) -> list[Entry]:
        """Return what has been entered before a day, in order of time."""
        end = datetime.combine(until, time(0))
        kept = (entry for entry in self._entries if entry.at < end and entry.at <= self._closed_at)
        return sorted(kept, key=lambda entry: entry.at)

    def _enter(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._latest[str(entry.row["key"])] = entry

    def _moment(self, on: date, row: Row, days_late: int | None) -> datetime:
        """Return when a row about a day is entered: on a working day, after the rows that it links to."""
        day = on.date() if isinstance(on, datetime) else on
        entered = day + timedelta(days=self._days_late(day) if days_late is None else days_late)
        if entered.weekday() >= _SATURDAY:
            entered += timedelta(days=7 - entered.weekday())
        at = self._utc(entered, time(8 + self.chance.between(0, 8), self.chance.between(0, 59)))
        linked = [self._latest[key].at for key in _keys(row) if key in self._latest and key != row["key"]]
        first = [self._entries[0].at] if self._entries else []
        return max([at, *(moment + timedelta(minutes=2) for moment in (*linked, *first))])

    def _days_late(self, day: date) -> int:
        if self._child.diligent or day > self._child.infused_on + timedelta(days=_ABSTRACTED_WITHIN_DAYS):
            return self.chance.weighted(_DAYS_LATE)
        return max(1, (self._sitting - day).days + self.chance.between(0, 2))

    def _utc(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self._zone).astimezone(UTC).replace(tzinfo=None)


def _keys(row: Row) -> list[str]:
    keys: list[str] = []
    for value in row.values():
        keys += [value] if isinstance(value, str) else list(value) if isinstance(value, tuple) else []
    return keys
