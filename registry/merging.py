"""Two people saved the same record: what differs, and which of them changed it on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forms.form import Form
from forms.items import Item
from forms.values import Row, Value
from registry.log_history import HistoryEntry
from registry.tables import canonical

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An item that two versions of a record answer differently.

    ``suggested`` names the version that was changed on purpose where only one was; it is empty where both were.
    """

    name: str
    item: Item
    mine: Value
    theirs: Value
    suggested: str = ""


def differences(form: Form, mine: Row, theirs: Row, since: Sequence[HistoryEntry]) -> list[Difference]:
    """Return the items that differ, in declared order; ``since`` is what others saved after my page was opened."""
    before: dict[str, object] = {}
    for entry in since:
        for name, (old, _) in entry.changes.items():
            before.setdefault(name, old)
    found = []
    for name, item in form.typed_items.items():
        my_answer, their_answer = mine.get(name), theirs.get(name)
        if canonical(item, my_answer) == canonical(item, their_answer):
            continue
        i_changed_nothing = name in before and canonical(item, my_answer) == before[name]
        suggested = THEIRS if i_changed_nothing else "" if name in before else MINE
        found.append(Difference(name=name, item=item, mine=my_answer, theirs=their_answer, suggested=suggested))
    return found
