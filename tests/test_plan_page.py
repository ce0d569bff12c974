"""The analysis plan in words says what the program does: its parts from the plan are those the plan gives."""

from __future__ import annotations

import re

import pytest

from analysis.plan.infections import NEUTROPENIA_BELOW
from analysis.plan.resolution import PRIMARY_ENDPOINTS
from forms.grading.carhlh_facts import RESCUE_CLASSES
from tools.plan_page import PAGE, declared_numbers, filled


def test_the_page_is_what_the_plan_gives():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text) == text, "docs/sap.md is not what analysis/plan says: make docs"


def test_the_page_names_each_primary_endpoint_with_its_estimand():
    text = PAGE.read_text(encoding="utf-8")
    for endpoint in PRIMARY_ENDPOINTS:
        assert f"### {endpoint.title}\n\n`{endpoint.id}`\n\n- Population: {endpoint.estimand.population}\n" in text


def test_the_page_names_each_class_of_agents_that_counts_as_rescue():
    words = " ".join(PAGE.read_text(encoding="utf-8").split())
    (told,) = re.findall(r"or a rescue class \(([^)]*)\)", words)
    assert told.split(", ") == list(dict.fromkeys(RESCUE_CLASSES.values()))


def test_a_limit_that_is_held_as_an_exact_decimal_is_named_too():
    assert ("NEUTROPENIA_BELOW", NEUTROPENIA_BELOW) in [(name, value) for name, value, _ in declared_numbers()]


@pytest.mark.parametrize(("name", "meaning"), [(name, meaning) for name, _, meaning in declared_numbers()])
def test_each_declared_number_says_what_it_is(name, meaning):
    assert meaning, f"write below {name} what it means and where it comes from"
