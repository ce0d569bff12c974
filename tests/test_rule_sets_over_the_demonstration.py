"""What the registry relies on when it asks a rule set: what it reads, that no clock decides, that order is nothing.

The arbitrary casebooks of the other tests are wild; these children have whole courses, at sites with protocols.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from demo_rows import UNTIL, demo_entries
from forms.casebook import CASEBOOK
from forms.context import Context, Protocol, ReferenceRange
from forms.form import ANCHOR_FORMS
from forms.rule_set import RuleSet, Verdict
from forms.rule_sets import RULE_SETS
from forms.values import Row
from registry.demo.sites import SITES
from run_folder import told_once

CHILDREN = 30

every_rule_set = pytest.mark.parametrize(
    "rule_set", RULE_SETS, ids=lambda rule_set: f"{rule_set.id} {rule_set.version}"
)
row_by_row = pytest.mark.parametrize(
    "rule_set",
    [one for one in RULE_SETS if one.judge_row is not None and one.form not in ANCHOR_FORMS],
    ids=lambda rule_set: f"{rule_set.id} {rule_set.version}",
)


class Watched(dict[str, tuple[Row, ...]]):
    """A child's rows by form that remember which forms were asked for."""

    def __init__(self, rows: Mapping[str, tuple[Row, ...]]) -> None:
        super().__init__(rows)
        self.asked: set[str] = set()

    def __getitem__(self, form: str) -> tuple[Row, ...]:
        self.asked.add(form)
        return super().__getitem__(form)

    def get(self, form: str, default: object = None) -> tuple[Row, ...]:  # type: ignore[override]
        return self[form]


@cache
def contexts() -> tuple[Context, ...]:
    """Return what the judge knows of children of the demonstration: all their rows, protocol and normal ranges."""
    newest = {str(entry.row["key"]): entry for entry in demo_entries(1)}
    found: dict[int, dict[str, list[Row]]] = {}
    for entry in newest.values():
        if not entry.void:
            forms = found.setdefault(entry.child.number, {name: [] for name in CASEBOOK})
            forms[entry.form].append({**entry.row, "entered_at": entry.at})
    sites = {entry.child.number: entry.child.site for entry in newest.values()}
    chosen = sorted(found, key=lambda number: -sum(len(rows) for rows in found[number].values()))[:CHILDREN]
    return tuple(
        Context(
            today=UNTIL,
            rows={name: tuple(rows) for name, rows in found[number].items()},
            protocols=(_protocol(sites[number].code),),
            reference_ranges=(ReferenceRange(analyte="alt", valid_from=date(2020, 1, 1), high=Decimal(40)),),
        )
        for number in chosen
    )


def _protocol(code: str) -> Protocol:
    published = next(site.published for site in SITES if site.code == code)
    return Protocol(
        version="1.0",
        effective_from=date(2020, 1, 1),
        max_single_mg=published.max_single_mg,
        max_day_mg=published.max_day_mg,
        rules=published.rules,
    )


def judged(rule_set: RuleSet, context: Context, forms: frozenset[str] | None = None) -> dict[str, Verdict]:
    """Return the verdicts on a child of whom nothing was worked out yet, perhaps with some forms loaded only."""
    rows = {name: rows for name, rows in context.rows.items() if forms is None or name in forms}
    return rule_set.verdicts(replace(context, rows=rows))


@cache
def alone(rule_set: RuleSet) -> tuple[dict[str, Verdict], ...]:
    """Return the verdicts of a rule set on each child, of whom no other had asked before."""
    return tuple(judged(rule_set, context) for context in contexts())


Unlike = Callable[[str, RuleSet, Callable[[Context], object]], list[int]]


@pytest.fixture
def unlike(shared_folder: Path) -> Unlike:
    """Return what tells which children a rule set judges differently in another way, by their places."""

    def told(way: str, rule_set: RuleSet, judge: Callable[[Context], object]) -> list[int]:
        def tell() -> list[int]:
            both = enumerate(zip(contexts(), alone(rule_set), strict=True))
            return [place for place, (context, known) in both if judge(context) != known]

        found: list[int] = told_once(shared_folder, f"{way}-{rule_set.id}-{rule_set.version}", tell)
        return found

    return told


@every_rule_set
def test_a_rule_set_judges_alike_with_nothing_loaded_but_the_forms_it_names(unlike: Unlike, rule_set: RuleSet) -> None:
    """A save loads these only; what is not loaded is an error, so that none can be read in secret."""
    assert unlike("named-forms", rule_set, lambda context: judged(rule_set, context, rule_set.reads)) == []


@every_rule_set
def test_a_rule_set_names_no_form_that_it_does_not_read(rule_set: RuleSet) -> None:
    """A form named in vain would have every child judged again for nothing."""
    asked: set[str] = set()
    for context in contexts():
        rows = Watched(context.rows)
        rule_set.verdicts(replace(context, rows=rows))
        asked |= rows.asked

    assert set(rule_set.uses) - asked == set()


@every_rule_set
def test_no_verdict_depends_on_today(unlike: Unlike, rule_set: RuleSet) -> None:
    """Otherwise what a save stored would be called wrong by the next day's `audit verify`."""
    later = UNTIL + timedelta(days=400)
    assert unlike("later", rule_set, lambda context: judged(rule_set, replace(context, today=later))) == []


@every_rule_set
def test_a_whole_course_is_judged_alike_in_any_order_of_its_rows(unlike: Unlike, rule_set: RuleSet) -> None:
    def turned(context: Context) -> Context:
        return replace(context, rows={name: rows[::-1] for name, rows in context.rows.items()})

    assert unlike("turned", rule_set, lambda context: judged(rule_set, turned(context))) == []


@row_by_row
def test_a_rule_set_that_judges_row_by_row_looks_at_no_sibling(unlike: Unlike, rule_set: RuleSet) -> None:
    """After a save only the rows that were saved are judged again by it."""

    def one_by_one(context: Context) -> dict[str, Verdict]:
        rows = context.rows[rule_set.form]
        only = (replace(context, rows={**context.rows, rule_set.form: (row,)}) for row in rows)
        found = {str(row["key"]): rule_set.of(row, known) for row, known in zip(rows, only, strict=True)}
        return {key: verdict for key, verdict in found.items() if verdict is not None}

    assert unlike("one-by-one", rule_set, one_by_one) == []


def test_rule_sets_that_share_what_is_remembered_of_a_child_judge_as_each_does_alone() -> None:
    for child, context in enumerate(contexts()):
        forward, backward = replace(context), replace(context)
        first = {rule_set: rule_set.verdicts(forward) for rule_set in RULE_SETS}
        second = {rule_set: rule_set.verdicts(backward) for rule_set in RULE_SETS[::-1]}
        assert first == second == {rule_set: alone(rule_set)[child] for rule_set in RULE_SETS}


def test_the_demonstration_has_something_to_judge_for_all_rule_sets_but_these() -> None:
    """Otherwise the tests above would hold for nothing; arbitrary casebooks stand in for these two."""
    silent = {rule_set.id for rule_set in RULE_SETS if not any(alone(rule_set))}
    assert silent == {"tian_2023", "hypotension_p5_mean"}


def test_no_derived_value_depends_on_today() -> None:
    for context in contexts():
        later = replace(context, today=UNTIL + timedelta(days=400))
        for name, form in CASEBOOK.items():
            for row in context.rows[name]:
                assert form.derive(row, later) == form.derive(row, replace(context))
