"""The carHLH composite day by day (CLINICAL D3): each part alone keeps a child unresolved."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analysis.endpoints.carhlh import composite_states
from forms.grading.carhlh_course import Limits, Needs, composite_days, liver_limits, peak_ferritin
from forms.grading.samples import Sample
from forms.values import Measurement

TIME_ZERO = date(2026, 3, 5)
LIMITS = Limits(highest={"alt": Decimal(200), "ast": Decimal(200), "bilirubin_total": Decimal(3)})
NOTHING = Needs(coagulation_products=(), new_rescue_days=())
GOOD = {"ferritin": "4000", "fibrinogen": "180", "alt": "90", "ast": "110", "bilirubin_total": "1.2"}


def sample(day, **values):
    measured = {
        name: Measurement(value=Decimal(text.lstrip("<>")), sign=text[0] if text[0] in "<>" else "")
        for name, text in values.items()
    }
    at = datetime(2026, 3, 5, 6, 0) + timedelta(days=day)
    return Sample(at=at, values=measured, record=f"laboratory-{day}")


def states(*samples, needs=NOTHING, limits=LIMITS):
    days = composite_days(samples, time_zero=TIME_ZERO, peak=Decimal(8000), limits=limits, needs=needs)
    return composite_states(days)


def test_all_parts_together_resolve_the_day_and_name_the_sample():
    found = states(sample(3, **GOOD))[3]
    assert (found.resolved, found.holds, found.carried) == (True, True, False)
    assert (found.source.form, found.source.item, found.source.record) == ("laboratory", "ferritin", "laboratory-3")


@pytest.mark.parametrize(
    ("change", "resolved"),
    [
        ({"ferritin": "4000.1"}, False),
        ({"ferritin": ">4000"}, False),
        ({"ferritin": ">3999"}, None),
        ({"ferritin": "<5000"}, None),
        ({"fibrinogen": "149.9"}, False),
        ({"fibrinogen": "150"}, True),
        ({"fibrinogen": "<160"}, None),
        ({"alt": "200.1"}, False),
        ({"ast": "200"}, True),
        ({"bilirubin_total": "3.01"}, False),
    ],
)
def test_each_part_has_its_own_limit(change, resolved):
    assert states(sample(3, **{**GOOD, **change}))[3].resolved is resolved


def test_a_part_that_was_not_measured_leaves_the_day_open():
    without = {name: value for name, value in GOOD.items() if name != "fibrinogen"}
    assert states(sample(3, **without))[3].resolved is None


def test_without_an_upper_limit_of_normal_the_day_stays_open():
    assert states(sample(3, **GOOD), limits=Limits(highest={}))[3].resolved is None


def test_fibrinogen_within_48_hours_of_plasma_does_not_count():
    given = datetime(2026, 3, 6, 7, 0)
    needs = Needs(coagulation_products=(given,), new_rescue_days=())
    found = states(sample(3, **GOOD), sample(4, **GOOD), needs=needs)
    assert (found[3].resolved, found[4].resolved) == (False, True)


def test_a_new_rescue_class_keeps_every_later_day_unresolved():
    needs = Needs(coagulation_products=(), new_rescue_days=(3,))
    found = states(sample(2, **GOOD), sample(3, **GOOD), sample(9, **GOOD), needs=needs)
    assert [found[day].resolved for day in (2, 3, 9)] == [True, False, False]


def test_a_day_without_a_sample_confirms_with_the_value_of_the_day_before_only():
    found = states(sample(3, **GOOD), sample(6, **GOOD))
    assert (found[4].resolved, found[4].holds, found[4].carried) == (None, True, True)
    assert sorted(found) == [3, 4, 6, 7]


def test_the_worst_value_of_a_day_counts():
    later = Sample(at=datetime(2026, 3, 8, 18, 0), values=sample(3, ferritin="9000").values, record="evening")
    assert states(sample(3, **GOOD), later)[3].resolved is False


def test_the_peak_is_looked_for_up_to_the_first_dose_only():
    samples = [sample(-2, ferritin="3000"), sample(0, ferritin="8000"), sample(1, ferritin="20000")]
    assert peak_ferritin(samples, datetime(2026, 3, 5, 14, 0)) == 8000
    assert peak_ferritin(samples, datetime(2026, 3, 1, 14, 0)) is None


def test_an_abnormal_baseline_raises_the_limit_of_grade_two():
    upper = {"alt": Decimal(40), "ast": Decimal(40), "bilirubin_total": Decimal(1)}
    baseline = {"alt": Measurement(value=Decimal(60)), "ast": Measurement(value=Decimal(20))}
    assert liver_limits(upper, baseline) == Limits(
        highest={"alt": Decimal(300), "ast": Decimal(200), "bilirubin_total": Decimal(3)}
    )
