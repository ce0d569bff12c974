"""What every rule set does alike: what it reads, whom it judges, and that it judges once; and a row not stored yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from forms.context import Context, Protocol, ReferenceRange
from forms.form import ANCHOR_FORMS
from forms.grading.one_row import grade_in_words, verdict_on, with_row
from forms.rule_set import EXACT, GRADES, RuleSet, Verdict, newest
from forms.values import Row

TODAY = date(2026, 8, 1)
ONE, TWO = {"key": "a1", "signs": "one"}, {"key": "a2", "signs": "two"}
SILENT = {"key": "a3", "signs": None}


class Counting:
    """Rules that say what a row says, and keep which rows they were asked about."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.among: list[Context] = []

    def row(self, row: Row, context: Context) -> Verdict | None:
        self.asked.append(row["key"])
        self.among.append(context)
        return None if row["signs"] is None else Verdict(value=str(row["signs"]), because=f"grade {row['signs']}")

    def child(self, context: Context) -> Mapping[str, Verdict]:
        self.asked.append(tuple(row["key"] for row in context.rows["assessment"]))
        judged = ((str(row["key"]), self.row(row, context)) for row in context.rows["assessment"])
        return {key: verdict for key, verdict in judged if verdict is not None}


def rule_set(**more: Any) -> RuleSet:
    named = {"id": "made_up", "version": "1", "title": "Made up", "source": "none", "verified": True}
    return RuleSet(**{**named, "form": "assessment", **more})


def context(*rows: Row, **more: Any) -> Context:
    loaded = dict.fromkeys(("laboratory", *ANCHOR_FORMS), ())
    return Context(today=TODAY, rows={**loaded, "assessment": rows}, **more)


def test_a_verdict_is_exact_and_a_rule_set_says_grades_unless_it_says_otherwise() -> None:
    verdict, made_up = Verdict(value="1", because="a sign"), rule_set(judge_row=Counting().row)

    assert (verdict.certainty, verdict.why, verdict.missing, dict(verdict.details)) == (EXACT, "", (), {})
    assert (made_up.values, made_up.uses, made_up.beside, made_up.counts, made_up.decisions) == (GRADES, (), "", (), ())


@pytest.mark.parametrize("rules", [{}, {"judge_row": Counting().row, "judge_child": Counting().child}])
def test_a_rule_set_judges_one_way(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="rule set made_up: give either judge_row or judge_child"):
        rule_set(**rules)


def test_it_reads_its_form_those_it_uses_and_the_anchor_forms() -> None:
    assert rule_set(uses=("laboratory",), judge_row=Counting().row).reads == {
        "assessment",
        "laboratory",
        *ANCHOR_FORMS,
    }


def test_row_by_row_each_row_is_judged_once_and_one_without_a_verdict_is_left_out() -> None:
    rules, known = Counting(), context(ONE, SILENT, TWO)
    made_up = rule_set(judge_row=rules.row)
    expected = {"a1": Verdict(value="one", because="grade one"), "a2": Verdict(value="two", because="grade two")}

    assert made_up.verdicts(known) == expected
    assert made_up.verdicts(known) == expected
    assert made_up.of(ONE, known) is made_up.of(ONE, known)
    assert rules.asked == ["a1", "a3", "a2"]
    assert all(among is known for among in rules.among)


def test_another_row_under_the_same_key_is_judged_anew() -> None:
    rules, known = Counting(), context(ONE)
    made_up = rule_set(judge_row=rules.row)
    changed = {"key": "a1", "signs": "other"}
    said = [made_up.of(row, known) for row in (ONE, changed, ONE)]

    assert [verdict and verdict.value for verdict in said] == ["one", "other", "one"]
    assert rules.asked == ["a1"] * 3


def test_row_by_row_only_the_rows_that_changed_are_judged_when_they_are_named() -> None:
    rules, known = Counting(), context(ONE, TWO)
    made_up = rule_set(judge_row=rules.row)

    assert list(made_up.verdicts(known, {"a2"})) == ["a2"]
    assert list(made_up.verdicts(known, [])) == []
    assert rules.asked == ["a2"]


def test_a_child_is_judged_once_for_all_its_rows_whichever_changed() -> None:
    rules, known = Counting(), context(ONE, SILENT, TWO)
    made_up = rule_set(judge_child=rules.child)

    assert list(made_up.verdicts(known)) == ["a1", "a2"]
    assert list(made_up.verdicts(known, {"a2"})) == ["a1", "a2"]
    assert made_up.of(SILENT, known) is None
    assert made_up.of({"signs": "no key"}, known) is None
    assert rules.asked == [("a1", "a3", "a2"), "a1", "a3", "a2"]


def test_two_versions_and_two_sets_of_one_child_stay_apart() -> None:
    for way in ("judge_row", "judge_child"):
        rules, known = Counting(), context(ONE)
        judge = {way: rules.row if way == "judge_row" else rules.child}
        sets = [rule_set(**judge), rule_set(version="2", **judge), rule_set(id="other", **judge)]
        for one in sets:
            one.verdicts(known)

        assert rules.asked.count("a1") == 3


@pytest.mark.parametrize("order", [("1", "9", "10"), ("10", "9", "1"), ("9", "10", "1")])
def test_the_newest_version_is_the_one_with_the_highest_number_wherever_it_is_listed(order: tuple[str, ...]) -> None:
    judge = {"judge_row": Counting().row}
    other = rule_set(id="other", **judge)
    listed = [*(rule_set(version=version, **judge) for version in order), other]

    assert [(one.id, one.version) for one in newest(listed)] == [("made_up", "10"), ("other", "1")]


def test_a_context_with_other_rows_remembers_nothing() -> None:
    rules, known = Counting(), context(ONE)
    made_up = rule_set(judge_child=rules.child)
    made_up.verdicts(known)

    assert list(made_up.verdicts(replace(known, rows={**known.rows, "assessment": (TWO,)}))) == ["a2"]


def test_a_row_that_is_not_stored_yet_is_judged_among_the_others() -> None:
    rules, known = Counting(), context(ONE)
    made_up = rule_set(judge_child=rules.child)

    assert verdict_on(made_up, TWO, known) == Verdict(value="two", because="grade two")
    assert verdict_on(made_up, TWO, known) == Verdict(value="two", because="grade two")
    # Asked once, among the row that is stored.
    assert rules.asked == [("a1", "a2"), "a1", "a2"]
    assert verdict_on(made_up, ONE, known) == Verdict(value="one", because="grade one")


def test_row_by_row_a_row_needs_no_others_and_two_sets_remember_their_own() -> None:
    rules, other = Counting(), Counting()
    known = context(ONE)
    made_up, beside = rule_set(judge_row=rules.row), rule_set(id="beside", judge_row=other.row)

    assert [verdict_on(one, TWO, known) for one in (made_up, beside, made_up)] == [
        Verdict(value="two", because="grade two")
    ] * 3
    assert (rules.asked, other.asked) == (["a2"], ["a2"])
    assert rules.among[0] is known
    assert verdict_on(made_up, SILENT, known) is None


def test_a_context_is_taken_as_it_is_when_it_holds_the_row_else_with_the_forms_that_are_read() -> None:
    protocol, normal = Protocol(version="1", effective_from=TODAY), ReferenceRange(analyte="alt", valid_from=TODAY)
    known = context(ONE, protocols=(protocol,), reference_ranges=(normal,))
    wide = replace(known, rows={**known.rows, "support": ({"key": "s1"},)})
    made_up = rule_set(uses=("laboratory",), judge_child=Counting().child)

    assert with_row(made_up, ONE, wide) is wide
    joined = with_row(made_up, TWO, wide)
    assert set(joined.rows) == made_up.reads
    assert joined.rows["assessment"] == (ONE, TWO)
    assert (joined.today, joined.protocols, joined.reference_ranges) == (TODAY, (protocol,), (normal,))


def test_the_rows_of_two_forms_are_told_apart() -> None:
    known = context(ONE)
    laboratory = rule_set(form="laboratory", judge_child=lambda _context: {})

    assert with_row(rule_set(judge_child=lambda _context: {}), ONE, known) is known
    assert with_row(laboratory, ONE, known).rows["laboratory"] == (ONE,)


def test_a_grade_is_told_with_the_sign_that_decided() -> None:
    grades = rule_set(judge_row=lambda _row, _context: Verdict(value="3", because="grade 3: more than grade 2"))
    silent = rule_set(judge_row=lambda _row, _context: None)

    assert grade_in_words(grades, ONE, context(ONE)) == "3: more than grade 2"
    assert grade_in_words(silent, ONE, context(ONE)) == ""
