"""The recorded weights of a child, and which of them is the nearest to a day (CLINICAL.md 5, group 15)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from courses import course_context
from forms.context import Context
from forms.dosing.weights import Weight, weight_near, weights_near
from forms.form import Anchor
from forms.values import PartialDate

INFUSION = {"key": "i1", "infused_on": "2026-03-05", "weight_at_infusion_kg": "21"}
COURSE = {"key": "c1", "dosing_weight_kg": "22", "started_at": "2026-03-10 18:00"}
UNDATED = {"key": "b1", "weight_kg": "20"}


def weighed(**rows: Any) -> Context:
    return course_context(**{"infusion": [], "baseline": [], "anakinra_course": [], **rows})


def test_a_weight_names_its_day_and_the_answer_that_holds_it() -> None:
    dosing = {**COURSE, "dosing_weight_on": "2026-03-09"}
    context = weighed(infusion=[INFUSION], baseline=[UNDATED], anakinra_course=[dosing])

    assert weights_near(context, None) == (
        Weight(
            kg=Decimal(21),
            day=date(2026, 3, 5),
            anchor=Anchor(form="infusion", key="i1", item="weight_at_infusion_kg"),
        ),
        Weight(kg=Decimal(20), day=None, anchor=Anchor(form="baseline", key="b1", item="weight_kg")),
        Weight(
            kg=Decimal(22),
            day=date(2026, 3, 9),
            anchor=Anchor(form="anakinra_course", key="c1", item="dosing_weight_kg"),
        ),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Weighed on its own day, else on that of the first dose.
        ({"anakinra_course": [{**COURSE, "dosing_weight_on": "2026-03-01"}, {**COURSE, "key": "c2"}]}, "22"),
        # One without a day is the farthest of all, however far the others are.
        ({"baseline": [UNDATED], "infusion": [{**INFUSION, "infused_on": "2020-03-05"}]}, "21"),
        ({"baseline": [UNDATED]}, "20"),
        # Of equals the first in the order infusion, baseline, course.
        (
            {
                "baseline": [{**UNDATED, "assessed_on": "2026-03-07"}],
                "infusion": [{**INFUSION, "infused_on": "2026-03-09"}],
            },
            "21",
        ),
        ({"baseline": [UNDATED], "anakinra_course": [{"key": "c1", "dosing_weight_kg": "22"}]}, "20"),
    ],
)
def test_a_weight_without_a_day_is_the_farthest_and_of_equals_one_page_goes_first(
    rows: dict[str, Any], expected: str
) -> None:
    assert [weight.kg for weight in weights_near(weighed(**rows), date(2026, 3, 8))] == [Decimal(expected)]
    assert weight_near(weighed(**rows), date(2026, 3, 8)) == Decimal(expected)


def test_what_is_no_weight_is_left_out() -> None:
    context = weighed()
    rows = {**context.rows, "baseline": ({"key": "b1", "weight_kg": Decimal(0)}, {"key": "b2", "weight_kg": None})}

    assert weights_near(Context(today=context.today, rows=rows), date(2026, 3, 8)) == ()
    assert weight_near(context, date(2026, 3, 8)) is None


def test_without_a_day_the_weight_is_known_only_where_all_are_the_same() -> None:
    same = weighed(infusion=[INFUSION], baseline=[{**UNDATED, "weight_kg": "21"}])
    other = weighed(infusion=[INFUSION], baseline=[UNDATED])

    assert (weight_near(same, None), weight_near(other, None)) == (Decimal(21), None)


THREE_WEIGHTS: dict[str, Any] = {
    "baseline": [{**UNDATED, "assessed_on": "2026-02-26"}],
    "infusion": [INFUSION],
    "anakinra_course": [COURSE],
}


@pytest.mark.parametrize(
    ("day", "kg"),
    [
        (date(2026, 2, 1), "20"),
        (date(2026, 3, 1), "20"),
        (date(2026, 3, 2), "21"),
        (date(2026, 3, 7), "21"),
        (date(2026, 3, 8), "22"),
        (date(2026, 4, 1), "22"),
    ],
)
def test_the_weight_nearest_to_a_day_is_taken(day: date, kg: str) -> None:
    assert weight_near(course_context(**THREE_WEIGHTS), day) == Decimal(kg)


@pytest.mark.parametrize(
    ("when", "kg"),
    [("2026-03", {"20", "21", "22"}), ("2026-04", {"22"}), ("2026-02", {"20"}), ("2026", {"20", "21", "22"})],
)
def test_a_partial_date_leaves_each_weight_that_may_be_the_nearest(when: str, kg: set[str]) -> None:
    found = weights_near(course_context(**THREE_WEIGHTS), PartialDate(when))

    assert {weight.kg for weight in found} == {Decimal(one) for one in kg}
    assert weight_near(course_context(**THREE_WEIGHTS), PartialDate(when)) == (
        Decimal(next(iter(kg))) if len(kg) == 1 else None
    )


def test_a_course_is_not_compared_with_its_own_weight() -> None:
    context = course_context(**THREE_WEIGHTS)
    (found,) = weights_near(context, date(2026, 3, 10), without=context.rows["anakinra_course"][0])
    bare = replace(context, rows={**context.rows, "baseline": (), "infusion": (), "anakinra_course": ()})

    assert (found.kg, found.anchor.form, found.anchor.key) == (Decimal(21), "infusion", "i1")
    assert weights_near(bare, date(2026, 3, 10)) == ()
