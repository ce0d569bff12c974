"""The recorded weights of a child, and which of them is the nearest to a day (CLINICAL.md 5, group 15)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from courses import course_context
from forms.context import Context
from forms.dosing.weights import Weight, weight_near, weights_near
from forms.form import Anchor

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
def test_the_nearest_to_8_march(rows: dict[str, Any], expected: str) -> None:
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
