"""Answers of few children: put together with others, or their item is left out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import YesNo
from registry.release.actions import Action, Verb
from registry.release.cut_files import CutFiles
from registry.release.row_rules import RowRule, rows_of
from registry.release.rows import CellRow, FormRows
from registry.release.standing_out import ALWAYS_THERE

_A_NUMBER = "a number"

_BOTH_WAYS: Mapping[tuple[str, str], str] = {("enrolment", "consent_scopes"): "sharing"}
"""Form and item -> an answer of which also those who did not give it may not be few.

A package says no smaller number than "all but fewer than 11" of who agreed to sharing; its rows may not tell it either.
"""

Actions = Mapping[str, tuple[Action, ...]]
Pools = Mapping[tuple[str, str], frozenset[str]]
"""A form and one of its items -> the answers that earlier releases put together."""


@dataclass(frozen=True, kw_only=True)
class _Cohort:
    """Children who were in the same earlier releases, as bits: how many of them any answer needs, if not none."""

    children: int
    least: int

    def is_too_few(self, given: int) -> bool:
        return 0 < (given & self.children).bit_count() < self.least

    def without(self, given: bytearray) -> int:
        """Return as bits the children who did not give an answer."""
        return self.children & ~int.from_bytes(given)


def pool_rare(
    cut: CutFiles,
    children: Sequence[str],
    actions: Actions,
    *,
    least: int,
    cohorts: Sequence[Hashable] = (),
    before: Pools = MappingProxyType({}),
    leaving: Mapping[str, FormRows] = MappingProxyType({}),
    away: frozenset[str] = frozenset(),
) -> dict[str, tuple[Action, ...]]:
    """Return the actions with what the answers of these children make of POOL: kept, put together, or cleared.

    An answer given for fewer than ``least`` children is put together with the next rarest ones until the pool holds
    that many children; where everything would be in the pool, the item is cleared. Of a yes-or-no item both answers
    need that many children, of a number any answer at all. Of what stands in ``_BOTH_WAYS`` the children who did not
    give the answer need to be as many, or none.

    Counted is what stands in the rows that leave: those that ``leaving`` chooses, of a form that it does not name all.
    Of the children ``away`` only the enrolment pages leave.

    Beside earlier releases, ``cohorts`` says for each child in which of them it was, and ``before`` what they put
    together. Whoever has all of them knows the cohort of a child by its code, so each cohort gave an answer for as many
    children, or for none. What was put together stays together: otherwise the difference of two pools names a child.
    """
    decided = {}
    groups = _cohorts(cohorts or [()] * len(children), least)
    for name, own in actions.items():
        looked_at = [action for action in own if action.has_column and action.verb is not Verb.RECODE]
        is_left_out = rows_of(name).rule is RowRule.LEFT_OUT
        there = [child if name == ALWAYS_THERE or child not in away else "" for child in children]
        counts = {} if is_left_out else _children_by_answer(cut, name, looked_at, there, leaving.get(name))
        decided[name] = tuple(
            _settle(CASEBOOK[name], action, counts[action.item], groups, before.get((name, action.item), frozenset()))
            if action.item in counts
            else action
            for action in own
        )
    return decided


def _children_by_answer(
    cut: CutFiles, form: str, actions: Iterable[Action], children: Sequence[str], leaving: FormRows | None
) -> dict[str, dict[str, bytearray]]:
    """Return item -> answer -> a byte per child, 1 where the child gave the answer at least once.

    All numbers of an item are one answer. A child that is empty has no rows.
    """
    file = cut.form(form)
    places = [(file.header.index(action.item), action.item, action.verb is Verb.POOL) for action in actions]
    found: dict[str, dict[str, bytearray]] = {item: {} for _, item, _ in places}
    choose = leaving.chosen() if leaving else _all_rows
    with file.opened() as rows_of_child:
        for number, child in enumerate(children):
            columns = list(zip(*choose(child, rows_of_child(child)), strict=True))
            for place, item, has_codes in places if columns else ():
                texts = set(columns[place]) - {""}
                for part in {one for text in texts for one in (text.split(";") if has_codes else (_A_NUMBER,))}:
                    found[item].setdefault(part, bytearray(len(children)))[number] = 1
    return found


def _all_rows(_child: str, rows: list[CellRow]) -> list[CellRow]:
    return rows


def _cohorts(told: Sequence[Hashable], least: int) -> list[_Cohort]:
    """Return all children together, who need ``least``, and each cohort; one that is smaller needs all of its own."""
    members: dict[Hashable, bytearray] = {}
    for number, known in enumerate(told):
        members.setdefault(known, bytearray(len(told)))[number] = 1
    apart = [int.from_bytes(bits) for bits in members.values()]
    everybody = _Cohort(children=sum(apart), least=least)
    return [everybody, *(_Cohort(children=bits, least=min(least, bits.bit_count())) for bits in apart)]


def _settle(
    form: Form, action: Action, answers: Mapping[str, bytearray], cohorts: Sequence[_Cohort], before: frozenset[str]
) -> Action:
    """Return the action with what the answers make of it; ``answers`` says as bits which children gave each of them.

    The rarest answers go into the pool first, until neither it nor an answer outside is given by too few of a cohort.
    """

    def is_rare(given: int) -> bool:
        return any(cohort.is_too_few(given) for cohort in cohorts)

    pool, together = set(before), 0
    for code in before & answers.keys():
        together |= int.from_bytes(answers[code])
    for code, given in sorted(answers.items(), key=lambda entry: (sum(entry[1]), entry[0])):
        bits = int.from_bytes(given)
        if code not in pool and (is_rare(bits) or is_rare(together)):
            pool.add(code)
            together |= bits
    plain = _BOTH_WAYS.get((form.name, action.item), "")
    if plain in answers and plain not in pool and is_rare(cohorts[0].without(answers[plain])):
        why = f"fewer than {cohorts[0].least} children did not give the answer {plain}"
        return replace(action, verb=Verb.CLEAR, why=why, detail="")
    if action.verb is not Verb.POOL and not pool:
        return action
    if not pool:
        return replace(action, verb=Verb.KEEP, detail="", pooled=frozenset())
    if isinstance(form.items[action.item], YesNo) or is_rare(together) or answers.keys() <= pool:
        why = f"an answer was given for fewer than {cohorts[0].least} children"
        return replace(action, verb=Verb.CLEAR, why=why, detail="")
    return replace(action, detail=f"put together: {', '.join(sorted(pool))}", pooled=frozenset(pool))
