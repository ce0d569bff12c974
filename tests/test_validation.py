"""The page that traces rules to tests is the one that rules and tests give, and no rule stands there without a test."""

import pytest

from forms.rule_set import RuleSet
from forms.rule_sets import RULE_SETS
from tools import validation


def test_the_page_in_docs_is_the_one_that_rules_and_tests_give() -> None:
    page = (validation.ROOT / "docs" / "validation.md").read_text(encoding="utf-8")

    assert page == validation.as_markdown(), "run: make docs"


@pytest.mark.parametrize("rule_set", RULE_SETS, ids=lambda rule_set: rule_set.id)
def test_every_rule_set_has_tests_of_its_own(rule_set: RuleSet) -> None:
    general = {"test_data_dictionary.py", "test_validation.py"}

    assert set(validation.tests_of(rule_set)) - general


def test_a_rule_set_is_traced_to_the_module_that_declares_it_not_to_one_that_imports_it() -> None:
    found = {rule_set.id: validation.module_of(rule_set) for rule_set in RULE_SETS}

    assert found["icans_astct_2019_literal"] == "forms.grading.icans"
    assert found["regimen_judgement"] == "forms.dosing.regimen_judgement"
