"""What holds for every rule set: its name, its sources, what it reads, and that it never fails on what is missing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from arbitrary_casebooks import SEEDS, casebook
from bedside import TODAY
from forms.casebook import CASEBOOK
from forms.context import Context
from forms.form import ANCHOR_FORMS
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE, RuleSet, Verdict
from forms.rule_sets import RULE_SETS
from forms.values import Row

NO_RESULT = (None, "undetermined", "not_comparable")
"""What a verdict can say where nothing can be told."""

LONGEST_NAME = 40
"""What a column of the table of verdicts holds."""

every_rule_set = pytest.mark.parametrize(
    "rule_set", RULE_SETS, ids=lambda rule_set: f"{rule_set.id} {rule_set.version}"
)


def forms_of(rule_set: RuleSet) -> list[str]:
    """Return the forms that a rule set says it reads: a context holds these and no others."""
    return sorted({rule_set.form, *rule_set.uses, *ANCHOR_FORMS})


def loaded(rows: dict[str, tuple[Row, ...]]) -> Context:
    return Context(today=TODAY, rows=rows)


def test_each_rule_set_has_a_name_and_version_of_its_own() -> None:
    names = [(rule_set.id, rule_set.version) for rule_set in RULE_SETS]

    assert len(set(names)) == len(names)
    assert all(len(id_) <= LONGEST_NAME for id_, _ in names)


def test_the_versions_of_a_rule_set_are_counted_from_1_stand_together_and_each_later_one_says_what_it_changed() -> None:
    by_id: dict[str, list[RuleSet]] = {}
    for rule_set in RULE_SETS:
        by_id.setdefault(rule_set.id, []).append(rule_set)

    assert [rule_set for versions in by_id.values() for rule_set in versions] == list(RULE_SETS)
    for versions in by_id.values():
        assert [one.version for one in versions] == [str(number + 1) for number in range(len(versions))]
        assert [bool(one.changed) for one in versions] == [one.version != "1" for one in versions]
        assert len({(one.form, one.beside, one.title) for one in versions}) == 1


@every_rule_set
def test_a_rule_set_names_source_form_and_the_item_it_stands_beside(rule_set: RuleSet) -> None:
    assert rule_set.source and rule_set.title
    assert rule_set.values
    assert rule_set.form in CASEBOOK
    assert not rule_set.beside or rule_set.beside in CASEBOOK[rule_set.form].items


@every_rule_set
def test_a_rule_set_is_silent_or_says_why_about_a_record_without_answers(rule_set: RuleSet) -> None:
    empty: dict[str, tuple[Row, ...]] = {name: ({"key": f"{name}-1"},) for name in forms_of(rule_set)}

    found = rule_set.verdicts(loaded(empty))

    assert all(verdict.value in NO_RESULT and verdict.why for verdict in found.values())


@every_rule_set
@given(seed=SEEDS)
def test_no_combination_of_answers_makes_a_rule_set_fail_or_say_what_it_must_not(rule_set: RuleSet, seed: int) -> None:
    for verdict in rule_set.verdicts(loaded(casebook(seed, forms_of(rule_set)))).values():
        assert problems(rule_set, verdict) == []


@every_rule_set
@given(seed=SEEDS)
def test_the_order_of_the_rows_changes_nothing(rule_set: RuleSet, seed: int) -> None:
    rows = casebook(seed, forms_of(rule_set))
    turned = {name: tuple(reversed(found)) for name, found in rows.items()}

    assert rule_set.verdicts(loaded(rows)) == rule_set.verdicts(loaded(turned))


def problems(rule_set: RuleSet, verdict: Verdict) -> list[str]:
    """Return what is wrong with a verdict whatever the rule."""
    found = []
    said = re.sub(r"day_[0-9]+", "day_N", verdict.value or "undetermined")
    said = re.sub(r"^[0-9]+(\.[0-9]+)?$", "N", said) if rule_set.counts else said
    if said not in (*rule_set.values, "undetermined"):
        found.append(f"{verdict.value} is not one of its values")
    if verdict.certainty is EXACT and (verdict.missing or verdict.why or verdict.value is None):
        found.append("an exact verdict lacks nothing")
    if verdict.certainty is AT_LEAST and (verdict.value is None or not verdict.why):
        found.append("a lower bound has a value and says why it is one")
    if verdict.certainty is NOT_ASSESSABLE and (verdict.value not in NO_RESULT or not verdict.why):
        found.append("what is not assessable has no value and says why")
    if not verdict.because or any(not state for state in verdict.details.values()):
        found.append("it does not explain itself")
    names = (name.rpartition(".") for name in verdict.missing)
    found += [
        f"there is no item {item}" for form, _, item in names if item not in CASEBOOK[form or rule_set.form].items
    ]
    if len(set(verdict.missing)) < len(verdict.missing):
        found.append("an item is missing twice")
    return found
