"""Answers of few children: put together with others, or their item is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import YesNo
from registry.release.actions import Action, Verb
from registry.release.cut_files import CutFiles
from registry.release.row_rules import RowRule, rows_of

_A_NUMBER = "a number"

Actions = Mapping[str, tuple[Action, ...]]


def pool_rare(cut: CutFiles, children: Sequence[str], actions: Actions, *, least: int) -> dict[str, tuple[Action, ...]]:
    """Return the actions with what the answers of these children make of POOL: kept, put together, or cleared.

    An answer given for fewer than ``least`` children is put together with the next rarest ones until the pool holds
    that many children; where everything would be in the pool, the item is cleared. Of a yes-or-no item both answers
    need that many children, of a number any answer at all.
    """
    decided = {}
    for name, own in actions.items():
        looked_at = [action for action in own if action.has_column and action.verb is not Verb.RECODE]
        is_left_out = rows_of(name).rule is RowRule.LEFT_OUT
        counts = {} if is_left_out else _children_by_answer(cut, name, looked_at, children)
        decided[name] = tuple(
            _settle(CASEBOOK[name], action, counts[action.item], least) if action.item in counts else action
            for action in own
        )
    return decided


def _children_by_answer(
    cut: CutFiles, form: str, actions: Iterable[Action], children: Sequence[str]
) -> dict[str, dict[str, bytearray]]:
    """Return item -> answer -> a byte per child, 1 where the child gave the answer at least once.

    All numbers of an item are one answer.
    """
    file = cut.form(form)
    places = [(file.header.index(action.item), action.item, action.verb is Verb.POOL) for action in actions]
    found: dict[str, dict[str, bytearray]] = {item: {} for _, item, _ in places}
    with file.opened() as rows_of_child:
        for number, child in enumerate(children):
            columns = list(zip(*rows_of_child(child), strict=True))
            for place, item, has_codes in places if columns else ():
                texts = set(columns[place]) - {""}
                for part in {one for text in texts for one in (text.split(";") if has_codes else (_A_NUMBER,))}:
                    found[item].setdefault(part, bytearray(len(children)))[number] = 1
    return found


def _settle(form: Form, action: Action, answers: Mapping[str, bytearray], least: int) -> Action:
    pool: list[str] = []
    together = 0
    for code, given in sorted(answers.items(), key=lambda entry: (sum(entry[1]), entry[0])):
        if sum(given) < least or 0 < together.bit_count() < least:
            pool.append(code)
            together |= int.from_bytes(given)
    if action.verb is not Verb.POOL and not pool:
        return action
    if not pool:
        return replace(action, verb=Verb.KEEP, detail="", pooled=frozenset())
    if isinstance(form.items[action.item], YesNo) or together.bit_count() < least or len(pool) == len(answers):
        return replace(action, verb=Verb.CLEAR, why=f"an answer was given for fewer than {least} children", detail="")
    return replace(action, detail=f"put together: {', '.join(sorted(pool))}", pooled=frozenset(pool))
