"""An export as it would be made: who goes out, what is done to each item, what the gate lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry.release import rules
from registry.release.actions import Action, Verb
from registry.release.earlier_releases import ToldOfChild, earlier_releases, lacked_before, pools_before, told_before
from registry.release.gate import Passed, TooFewChildren, pass_gate
from registry.release.giving_away import withhold_what_tells
from registry.release.known_facts import facts_of, with_small_tiers_together
from registry.release.leaving_tables import leaving_tables
from registry.release.models import Cut
from registry.release.order import Order
from registry.release.package import Facts
from registry.release.pooling import Pools, pool_rare
from registry.release.profiles import Profile
from registry.release.quasi_identifiers import LADDER, ladder
from registry.release.refusal import ExportRefused
from registry.release.row_rules import RowRule, rows_of
from registry.release.rows import FormRows, pseudonymous
from registry.release.selecting import Selected, select_children
from registry.release.standing_out import ALWAYS_THERE, FOLLOWING, forms_that_tell_few, who_stands_out

Progress = Callable[[str], None]
Actions = Mapping[str, tuple[Action, ...]]
_LEFT_OUT_BY_THE_GATE = "others could know it, and with it too few children would look alike"
STEPS = (
    "Looking at the data cut",
    "Measuring the risk",
    "Writing the tables",
    "Writing other formats",
    "Last look",
    "Packing",
)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An export as it would be made: who goes out, what is done to each item, what the gate let through.

    Of the children ``standing_out`` no page but that of enrolment leaves, and no page of the forms ``telling_few``.
    ``was_in`` tells of each child in which of the earlier releases it was.
    """

    order: Order
    selected: Selected
    actions: Actions
    passed: Passed | None
    facts: Facts
    standing_out: frozenset[str] = frozenset()
    telling_few: frozenset[str] = frozenset()
    was_in: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)

    @property
    def forms(self) -> tuple[str, ...]:
        """Return the forms that leave, in the order of the casebook."""
        return tuple(name for name in CASEBOOK if name in self.order.forms and self._leaves(name))

    @property
    def other_formats(self) -> tuple[str, ...]:
        """Return the formats beside CSV; a public release has none."""
        return (
            () if self.order.profile is Profile.PUBLIC else tuple(name for name in self.order.formats if name != "csv")
        )

    def with_pages(self, form: str, children: Iterable[str]) -> list[str]:
        """Return the children whose pages of a form leave: those who would stand out have that of enrolment only."""
        return [child for child in children if form == ALWAYS_THERE or child not in self.standing_out]

    def shows(self, quasi: str) -> bool:
        """Tell whether a quasi-identifier leaves at any level."""
        return self.passed is None or self.passed.levels[quasi] is not None

    def _leaves(self, form: str) -> bool:
        if self.order.profile is not Profile.DEIDENTIFIED:
            return True
        rule = rows_of(form)
        is_there = rule.rule is not RowRule.LEFT_OUT and form not in self.telling_few
        return is_there and (not rule.needs or self.shows(rule.needs))


def quietly(_step: str) -> None:
    """Take a step without telling anybody."""


def prepare(
    session: Session, cut: Cut, order: Order, *, progress: Progress = quietly, until_id: int | None = None
) -> Prepared:
    """Return the export as it would be made, with its risk; ExportRefused when it cannot be. Writes nothing.

    ``until_id`` is what `until_id_of` says of the export that is written.
    """
    progress(STEPS[0])
    unknown = [name for name in order.forms if name not in CASEBOOK]
    if unknown or not order.forms:
        raise ExportRefused(f"There is no form {', '.join(unknown)}." if unknown else "Choose at least one form.")
    selected = select_children(session, cut, order)
    actions: Actions = rules.actions(order.profile)
    passed = None
    standing_out: frozenset[str] = frozenset()
    telling_few: frozenset[str] = frozenset()
    was_in: dict[str, tuple[bool, ...]] = {}
    if order.profile is Profile.DEIDENTIFIED:
        progress(STEPS[1])
        releases = earlier_releases(session, order, until_id=until_id)
        told = told_before(session, releases, selected.children) if releases else {}
        pools = pools_before(releases)
        lacked = lacked_before(session, releases, selected.children)
        session.commit()
        standing_out = who_stands_out(selected.files, selected.children, least=order.target, before=lacked)
        was_in = {child: tuple(map(bool, told.get(child, ()))) for child in selected.children}
        actions, passed, telling_few = _measure(selected, actions, order, told, pools, standing_out, was_in)
    facts = Facts(
        cut_id=selected.cut_id,
        change_seq=selected.change_seq,
        key_id=selected.pseudonyms.key_id,
        children=len(selected.children),
        sharing=selected.sharing,
        excluded=selected.excluded,
    )
    return Prepared(
        order=order,
        selected=selected,
        actions=actions,
        passed=passed,
        facts=facts,
        standing_out=standing_out,
        telling_few=telling_few,
        was_in=was_in,
    )


def _measure(
    selected: Selected,
    actions: Actions,
    order: Order,
    told: Mapping[str, ToldOfChild],
    pools: Pools,
    standing_out: frozenset[str],
    was_in: Mapping[str, tuple[bool, ...]],
) -> tuple[Actions, Passed, frozenset[str]]:
    """Return the actions after the gate, what it let through beside earlier releases, and which forms tell few."""
    children = sorted(selected.children)
    known = [told[child] for child in children] if told else ()
    facts = facts_of(selected.files, children, _terms(selected))
    facts["anakinra_dose"] = with_small_tiers_together(facts["anakinra_dose"], order.target)

    def let_through(told: Sequence[ToldOfChild]) -> Passed:
        return pass_gate(ladder(order.keep), facts, _responses(selected, children), target=order.target, told=told)

    try:
        passed = let_through(())
        if known:
            beside = let_through(known)
            passed = replace(beside, is_coarser_beside_others=beside.values != passed.values)
    except TooFewChildren as refused:
        raise ExportRefused(str(refused)) from None
    gated = after_gate(actions, passed)
    leaving = _rows_that_leave(selected, gated, passed)
    there = _children_with_rows(selected, leaving, [child for child in children if child not in standing_out])
    telling_few = forms_that_tell_few(there, was_in, least=order.target)
    pooled = pool_rare(
        selected.files,
        children,
        gated,
        least=order.target,
        cohorts=[was_in[child] for child in children],
        before=pools,
        leaving=leaving,
        away=standing_out,
    )
    return after_gate(pooled, passed, telling_few), passed, telling_few


def _rows_that_leave(selected: Selected, actions: Actions, passed: Passed) -> dict[str, FormRows]:
    """Return what chooses the rows of each form that leaves; answers of few children are looked for in these."""
    names = pseudonymous(selected.children, selected.pseudonyms)
    leaving = {name: own for name, own in actions.items() if rows_of(name).rule is not RowRule.LEFT_OUT}
    tables = leaving_tables(selected.files, names, leaving, Profile.DEIDENTIFIED, windows=passed.levels["course"])
    return {rows.table.name: rows for rows in tables}


def _children_with_rows(
    selected: Selected, leaving: Mapping[str, FormRows], children: Sequence[str]
) -> dict[str, frozenset[str]]:
    """Return of which children a row leaves, for the forms of which that may tell few."""
    found = {}
    for name in {*FOLLOWING, *FOLLOWING.values()} & leaving.keys():
        choose = leaving[name].chosen()
        with selected.files.form(name).opened() as rows_of_child:
            found[name] = frozenset(child for child in children if choose(child, rows_of_child(child)))
    return found


def _terms(selected: Selected) -> dict[str, list[str]]:
    """Return each child's adverse events as children.csv would show them."""
    found: dict[str, set[str]] = {}
    for row in selected.files.form("adverse_event").rows():
        found.setdefault(row["subject"], set()).add(row["event"] or "any")
    return {child: sorted(own) for child, own in found.items()}


def _responses(selected: Selected, children: Sequence[str]) -> list[str]:
    """Return each child's response at day 28; empty where it is not recorded."""
    rows = selected.files.form("response").rows()
    found = {row["subject"]: row["response"] for row in rows if row["timepoint"] == "day_28"}
    return [found.get(child, "") for child in children]


def after_gate(actions: Actions, passed: Passed, telling_few: frozenset[str] = frozenset()) -> Actions:
    """Return the actions with what the gate left out: an item whose place in children.csv is gone is dropped.

    So is one that tells it, or tells more than what stands there, and every item of a form without a table, such as
    one of those ``telling_few``.
    """
    left_out = {name for name, level in passed.levels.items() if level is None}
    telling = {item for name in left_out | passed.masked.keys() for item in rules.TELLS.get(name, ())}
    if passed.levels["adverse_events"] != 0:
        telling.add("adverse_event.event")

    def settle(action: Action) -> Action:
        is_without = rows_of(action.form).needs in left_out or action.form in telling_few
        has_no_table = is_without and action.has_column
        is_told = f"{action.form}.{action.item}" in telling or _column_of(action) in left_out
        if not is_told and not has_no_table:
            return action
        return replace(action, verb=Verb.DROP, why=_LEFT_OUT_BY_THE_GATE, detail="", column="")

    settled = {(action.form, action.item): settle(action) for own in actions.values() for action in own}
    coarser = {quasi.name for quasi in LADDER if len(quasi.items) == 1 and passed.levels[quasi.name] != 0}
    uncertain = {key for key, action in settled.items() if _column_of(action) in coarser | passed.masked.keys()}
    items = {key: CASEBOOK[key[0]].items[key[1]] for key in settled}
    closed = withhold_what_tells(settled, items, uncertain=uncertain)
    return {name: tuple(closed[name, action.item] for action in own) for name, own in actions.items()}


def _column_of(action: Action) -> str:
    return "course" if action.column == "window" else action.column
