"""The limits of the liver for the composite of HLH-like toxicity, at each laboratory (CLINICAL.md D3, D8; CTCAE v5)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from bedside import child
from forms.context import ReferenceRange
from forms.grading.carhlh_course import Limits, Needs, composite_days, limits_on, liver_limits
from forms.grading.samples import Sample
from test_grading_carhlh_course import measured

INFUSED_ON, DAY = date(2026, 3, 5), date(2026, 3, 12)


def sample(day: date, laboratory: str = "", **values: str) -> Sample:
    taken = {name: measured(text) for name, text in values.items()}
    at = datetime(day.year, day.month, day.day, 6)
    return Sample(at=at, values=taken, record=f"l{day.day}", laboratory=laboratory)


def alt_limits(*samples: Sample) -> dict[str, Decimal | None]:
    """Return laboratory -> limit of ALT where the ULN is 50 U/L at the site's own and 40 U/L elsewhere."""
    ranges = [
        ReferenceRange(analyte="alt", valid_from=date(2026, 1, 1), high=Decimal(high), laboratory=laboratory)
        for laboratory, high in (("", "50"), ("elsewhere", "40"))
    ]
    found = limits_on(child(ranges=ranges), DAY, samples, INFUSED_ON)
    return {laboratory: found.of("alt", laboratory) for laboratory in ("", "elsewhere")}


@pytest.mark.parametrize(
    ("before", "highest"),
    # CTCAE v5, D8: multiples of the baseline where that was abnormal, else of the upper limit.
    [({}, "200"), ({"alt": "30"}, "200"), ({"alt": "40"}, "200"), ({"alt": "60"}, "300"), ({"ast": "60"}, "200")],
)
def test_the_limit_of_the_liver_is_five_times_the_upper_limit_or_an_abnormal_value_before(
    before: dict[str, str], highest: str
) -> None:
    found = liver_limits({"alt": Decimal(40)}, {name: measured(text) for name, text in before.items()})

    assert found == Limits(highest={"alt": Decimal(highest)})


def test_each_liver_value_has_its_own_multiple_and_none_without_an_upper_limit() -> None:
    uppers = {"ast": Decimal(40), "bilirubin_total": Decimal(1)}

    assert liver_limits(uppers, {}).highest == {"ast": Decimal(200), "bilirubin_total": Decimal(3)}
    assert liver_limits(uppers, {"bilirubin_total": measured("1.2")}).highest["bilirubin_total"] == Decimal("3.6")


def test_a_value_before_that_is_normal_where_it_was_measured_leaves_the_multiples_of_the_upper_limit() -> None:
    # 40 is the ULN there, so not abnormal: 5 x 50, not 5 x 40.
    found = liver_limits({"alt": Decimal(50)}, {"alt": measured("40")}, {"alt": Decimal(40)})

    assert found == Limits(highest={"alt": Decimal(250)})


def test_a_laboratory_that_is_not_known_has_no_limit() -> None:
    assert Limits(highest={"alt": Decimal(200)}).of("alt", "elsewhere") is None
    assert Limits(highest={"alt": Decimal(200)}).of("alt", "") == Decimal(200)


def test_each_laboratory_that_a_sample_names_has_its_limit_and_the_sites_own_always() -> None:
    # 5 x 50 and 5 x 40.
    assert alt_limits(sample(DAY, "elsewhere", alt="30")) == {"": Decimal(250), "elsewhere": Decimal(200)}
    assert alt_limits() == {"": Decimal(250), "elsewhere": None}


@pytest.mark.parametrize(
    ("laboratory", "limits"),
    # 45 is within the site's 50 and above the 40 elsewhere, where it is abnormal before: multiples of 45.
    [("", {"": Decimal(250), "elsewhere": None}), ("elsewhere", {"": Decimal(225), "elsewhere": Decimal(225)})],
)
def test_a_value_of_the_day_of_infusion_is_judged_by_the_laboratory_that_measured_it(
    laboratory: str, limits: dict[str, Decimal | None]
) -> None:
    assert alt_limits(sample(INFUSED_ON, laboratory, alt="45")) == limits


@pytest.mark.parametrize(("known", "unranged"), [({"alt": Decimal(200)}, ("ast",)), ({}, ("alt", "ast"))])
def test_only_what_a_named_laboratory_has_no_limit_for_is_told_to_lack_a_range(
    known: dict[str, Decimal], unranged: tuple[str, ...]
) -> None:
    # ">100" leaves open whether it is within 200: not known, yet not for want of a range.
    days = composite_days(
        [sample(DAY, "elsewhere", alt=">100", ast="30")],
        time_zero=DAY,
        peak=Decimal(8000),
        limits=Limits(highest={}, elsewhere={"elsewhere": known}),
        needs=Needs(),
    )

    assert days[0].unranged == unranged
