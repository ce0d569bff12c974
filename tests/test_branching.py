"""Branching: the table of cases that the page's script runs as well, and the words of a condition."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from forms.branching import When
from forms.casebook import CASEBOOK
from forms.values import Measurement, NullFlavour

CASES = json.loads((Path(__file__).parent / "golden" / "branching.json").read_text(encoding="utf-8"))


def condition(data: dict[str, Any]) -> When:
    """Return the condition that ``When.as_json`` wrote."""
    for name in ("all", "any"):
        if name in data:
            parts = tuple(condition(part) for part in data[name])
            return When(every=parts if name == "all" else (), some=parts if name == "any" else (), negated=data["not"])
    return When(data["item"], is_in=tuple(data["in"]), at_least=data["at_least"], negated=data["not"])


def value(data: Any) -> Any:
    """Return the answer that a case writes as JSON: lists, {missing}, {number} and {number, sign} stand for values."""
    if isinstance(data, list):
        return tuple(data)
    if not isinstance(data, dict):
        return data
    if "missing" in data:
        return NullFlavour(data["missing"])
    number = Decimal(data["number"])
    return Measurement(value=number, sign=data["sign"]) if "sign" in data else number


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps([case["when"], case["row"]])[:90])
def test_a_condition_holds_as_the_shared_table_says(case: dict[str, Any]) -> None:
    row = {name: value(data) for name, data in case["row"].items()}

    assert condition(case["when"]).holds(row) is case["holds"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["when"])[:90])
def test_a_condition_is_written_as_the_shared_table_writes_it(case: dict[str, Any]) -> None:
    assert condition(case["when"]).as_json() == case["when"]


def test_every_condition_of_the_casebook_survives_being_written_as_data() -> None:
    asked = [item.ask_if for form in CASEBOOK.values() for item in form.items.values() if item.ask_if]

    assert len(asked) > 100
    assert [condition(json.loads(json.dumps(when.as_json()))) for when in asked] == asked


def test_a_condition_reads_as_words() -> None:
    fever = When.all_of(When("fever"), When("route", is_in=("sc", "iv"), negated=True), When("grade", at_least=2))

    assert str(fever) == "(fever is answered and not (route is sc or iv) and grade is at least 2)"


def test_a_yes_no_item_is_said_to_ask_by_a_yes() -> None:
    fever = When.any_of(When("fever"), When("weight_kg"), When.all_of(When("fever", negated=True), When("rash")))

    assert (
        fever.in_words({"fever", "rash"})
        == "(fever is yes or weight_kg is answered or (not (fever is yes) and rash is yes))"
    )
    assert CASEBOOK["enrolment"].asked_if("withdrawal_on") == "withdrawn is yes"
    assert CASEBOOK["enrolment"].asked_if("enrolled_on") == ""


def test_an_answer_that_is_hidden_counts_as_unanswered_for_those_after_it() -> None:
    form = CASEBOOK["anakinra_course"]
    row = {"given": False, "started_at": "left over", "stopped_at": "left over", "stop_reason": "resolved"}

    asked = form.asked(row)

    assert "reason_not_given" in asked
    assert not {"started_at", "stopped_at", "stop_reason"} & set(asked)
