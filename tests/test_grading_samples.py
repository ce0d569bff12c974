"""Blood samples: what a value beyond detection proves, the normal range of a day, the values before infusion."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bedside import child, measured, row_of
from forms.context import ReferenceRange
from forms.grading.samples import (
    Sample,
    any_of,
    laboratory_of,
    range_on,
    samples_of,
    values_before_infusions,
)
from forms.laboratory_ranges import stated_range


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([True, None, False], True),
        ([None, False], None),
        ([False, False], False),
        ([], None),
        ([None], None),
    ],
)
def test_one_that_holds_is_enough_and_none_at_all_is_not_known(
    states: list[bool | None], expected: bool | None
) -> None:
    assert any_of(states) is expected


def test_samples_stand_in_the_order_of_time_with_the_values_asked_for() -> None:
    rows = [
        {"key": "b", "sampled_at": "2026-03-08 06:00", "alt": "30", "anc": "1"},
        {"key": "a", "sampled_at": "2026-03-08 06:00", "alt": "20"},
        {"key": "c", "sampled_at": "2026-03-07 06:00", "alt": "<10"},
        {"key": "d", "sampled_at": "2026-03-06 06:00", "anc": "1"},
        {"key": "e", "sampled_at": None, "alt": "30"},
    ]
    found = samples_of([row_of("laboratory", row) for row in rows], ("alt",))

    assert [(one.record, one.at) for one in found] == [
        ("c", datetime(2026, 3, 7, 6)),
        ("a", datetime(2026, 3, 8, 6)),
        ("b", datetime(2026, 3, 8, 6)),
    ]
    assert [str(one.values["alt"].value) for one in found] == ["10.0", "20.0", "30.0"]
    assert samples_of(
        [{"record": "x", "sampled_at": datetime(2026, 3, 8), "alt": measured("1")}], ("alt",), key="record"
    ) == (Sample(at=datetime(2026, 3, 8), values={"alt": measured("1")}, record="x"),)


def normal(high: str, *, since: date = date(2026, 1, 1), analyte: str = "alt", **more: Any) -> ReferenceRange:
    return ReferenceRange(analyte=analyte, valid_from=since, high=Decimal(high), **more)


ALT = [
    normal("30", age_to_years=7),
    normal("40", age_from_years=8, sex="female"),
    normal("50", age_from_years=8, sex="male"),
    normal("60", age_from_years=8, since=date(2026, 4, 1)),
]


@pytest.mark.parametrize(
    ("enrolment", "day", "high"),
    [
        ({"birth_date": "2017-08", "sex": "female"}, date(2026, 3, 8), "40"),
        ({"birth_date": "2017-08", "sex": "male"}, date(2026, 3, 8), "50"),
        ({"birth_date": "2019-08", "sex": "male"}, date(2026, 3, 8), "30"),
        ({"birth_date": "2017-08", "sex": "male"}, date(2026, 3, 31), "50"),
        ({"birth_date": "2017-08", "sex": "male"}, date(2026, 4, 1), "60"),
        ({"birth_date": "2017-08", "sex": "male"}, date(2025, 12, 31), None),
        ({"birth_date": None, "sex": "male"}, date(2026, 3, 8), None),
        # Born in March 2018: seven or eight years old, which the laboratory tells apart.
        ({"birth_date": "2018-03", "sex": "male"}, date(2026, 3, 8), None),
        # Seven or six years old: the same range.
        ({"birth_date": "2019-03", "sex": "male"}, date(2026, 3, 8), "30"),
    ],
)
def test_the_normal_range_is_that_of_sex_age_and_day(enrolment: dict[str, Any], day: date, high: str | None) -> None:
    found = range_on(child(ranges=ALT, enrolment=[{"key": "e1", **enrolment}]), "alt", day)

    assert (found and found.high) == (Decimal(high) if high else None)


def test_the_ranges_of_several_days_and_analytes_of_one_child_stay_apart() -> None:
    context = child(ranges=[*ALT, normal("100", analyte="ast")])
    asked = [("alt", date(2026, 3, 8)), ("alt", date(2026, 4, 1)), ("ast", date(2026, 3, 8)), ("ldh", date(2026, 3, 8))]
    found = [range_on(context, analyte, day) for analyte, day in (*asked, *asked)]

    assert [one and str(one.high) for one in found] == ["40", "60", "100", None] * 2


def test_the_values_before_an_infusion_are_the_last_exact_ones_of_each_analyte() -> None:
    infusions = [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i2", "infused_on": "2026-05-05"}]
    samples = [
        {"key": "a", "infusion": None, "sampled_at": "2026-02-27 06:00", "alt": "10"},
        {"key": "b", "infusion": "i1", "sampled_at": "2026-02-28 06:00", "alt": "20", "ast": "21"},
        {"key": "c", "infusion": "i1", "sampled_at": "2026-03-01 06:00", "alt": "<30"},
        {"key": "d", "infusion": "i1", "sampled_at": "2026-03-05 06:00", "before_infusion": "yes", "ast": "40"},
        {"key": "e", "infusion": "i1", "sampled_at": "2026-03-05 18:00", "alt": "50"},
        # Linked to the second infusion and before it; without a link a sample belongs to the infusion before.
        {"key": "f", "infusion": "i2", "sampled_at": "2026-05-04 06:00", "alt": "60"},
        {"key": "g", "infusion": None, "sampled_at": "2026-05-04 18:00", "alt": "70"},
        {"key": "h", "infusion": "i2", "sampled_at": "2026-05-05 06:00", "alt": "80"},
    ]
    found = values_before_infusions(child(infusion=infusions, laboratory=samples), ("alt", "ast"))

    assert found == {"i1": {"alt": Decimal(20), "ast": Decimal(40)}, "i2": {"alt": Decimal(60)}}


INFANT = [
    normal("20", age_to_years=0, age_to_months=5),
    normal("25", age_from_years=0, age_from_months=6, age_to_years=1, age_to_months=11),
    normal("30", age_from_years=2),
    normal("99", laboratory="referring hospital"),
]


@pytest.mark.parametrize(
    ("day", "high"),
    [
        (date(2026, 2, 28), "20"),
        # Born on 2025-08-31: six months are completed on the day after the last of February.
        (date(2026, 3, 1), "25"),
        (date(2027, 8, 30), "25"),
        (date(2027, 8, 31), "30"),
    ],
)
def test_a_range_for_months_of_age_holds_from_its_first_to_its_last_month(day: date, high: str) -> None:
    known = child(ranges=INFANT, enrolment=[{"key": "e1", "birth_date": "2025-08-31", "sex": "male"}])
    found = range_on(known, "alt", day)

    assert found is not None and found.high == Decimal(high)


@pytest.mark.parametrize(
    ("answers", "laboratory"),
    [
        ({}, ""),
        ({"other_laboratory": "no"}, ""),
        ({"other_laboratory": "yes"}, None),
        ({"other_laboratory": "yes", "which_laboratory": " Referring  Hospital"}, "referring hospital"),
    ],
)
def test_a_sample_says_whose_ranges_hold_for_it(answers: dict[str, Any], laboratory: str | None) -> None:
    assert laboratory_of(row_of("laboratory", answers)) == laboratory


def test_a_stated_range_is_read_in_the_canonical_unit() -> None:
    texts = {"analyte": "creatinine", "unit": "umol/L", "low": "", "high": "53.1", "valid_from": "2026-01-01"}
    ages = {"age_from_years": "0", "age_to_years": "17", "age_from_months": "", "age_to_months": ""}
    found = stated_range({**texts, **ages, "sex": "", "laboratory": "Referring Hospital "})

    # 53.1 / 88.4 = 0.6007, at three decimals
    assert (found.high, found.low, found.laboratory) == (Decimal("0.601"), None, "referring hospital")
    assert (found.age_from_months, found.age_to_months, found.sex) == (0, 11, None)
    with pytest.raises(ValueError, match="“haptoglobin” is no laboratory value of the casebook"):
        stated_range({**texts, **ages, "analyte": "haptoglobin", "sex": "", "laboratory": ""})
