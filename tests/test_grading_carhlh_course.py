"""The composite of HLH-like toxicity day by day: each component, its carried days and its limits (CLINICAL.md D3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from bedside import measured
from forms.grading.carhlh_course import (
    COMPONENTS,
    CompositeDay,
    Limits,
    Needs,
    composite_days,
    first_resolved,
    peak_ferritin,
    values_by,
)
from forms.grading.carhlh_set import verdict_on
from forms.grading.samples import Sample
from forms.rule_set import NOT_ASSESSABLE, Verdict

TIME_ZERO = date(2026, 3, 12)
GOOD = {"ferritin": "4000", "fibrinogen": "150", "alt": "200", "ast": "200", "bilirubin_total": "3"}
LIMITS = Limits(highest={"alt": Decimal(200), "ast": Decimal(200), "bilirubin_total": Decimal(3)})
"""Five times an upper limit of 40 U/L, three times one of 1 mg/dL."""


NOTHING_NEEDED = Needs()


def at(day: int, hour: int = 6) -> datetime:
    return datetime.combine(TIME_ZERO, datetime.min.time()) + timedelta(days=day, hours=hour)


def drawn(day: int, hour: int = 6, **values: str) -> Sample:
    return Sample(
        at=at(day, hour), values={name: measured(text) for name, text in values.items()}, record=f"l{day}.{hour}"
    )


def course(*samples: Sample, needs: Needs = NOTHING_NEEDED, limits: Limits = LIMITS) -> dict[int, CompositeDay]:
    """Return the days of a child whose ferritin had a peak of 8000 ng/mL."""
    return composite_days(samples, time_zero=TIME_ZERO, peak=Decimal(8000), limits=limits, needs=needs)


def state(component: str, *samples: Sample, day: int = 3, needs: Needs = NOTHING_NEEDED) -> bool | None:
    return course(*samples, needs=needs)[day].components[component]


def test_the_values_by_a_day_are_the_last_of_it_or_before() -> None:
    samples = (drawn(-2, alt="10", ast="10"), drawn(-1, alt="20"), drawn(0, alt="30"), drawn(1, alt="40"))

    assert values_by(samples, TIME_ZERO) == {"alt": measured("30"), "ast": measured("10")}


@pytest.mark.parametrize(
    ("samples", "peak"),
    [
        ([drawn(0, 14, ferritin="9000")], "9000"),
        ([drawn(0, 15, ferritin="9000")], None),
        ([drawn(-1, ferritin="9000"), drawn(0, ferritin="100")], "9000"),
        ([drawn(0, alt="20")], None),
        ([], None),
    ],
)
def test_the_peak_of_ferritin_is_the_highest_at_or_before_the_first_dose(
    samples: list[Sample], peak: str | None
) -> None:
    assert peak_ferritin(samples, at(0, 14)) == (Decimal(peak) if peak else None)


@pytest.mark.parametrize(
    ("component", "value", "holds"),
    # D3, at the limit and one unit beyond it; a sign is believed as far as it goes.
    [
        ("ferritin", "4000", True),
        ("ferritin", "4000.1", False),
        ("ferritin", "<4000", True),
        ("ferritin", ">3000", None),
        ("fibrinogen", "150", True),
        ("fibrinogen", "149.9", False),
        ("fibrinogen", ">140", None),
        ("fibrinogen", "<150", False),
        ("alt", "200", True),
        ("alt", "200.1", False),
        ("ast", "200.1", False),
        ("bilirubin_total", "3", True),
        ("bilirubin_total", "3.01", False),
    ],
)
def test_each_component_at_its_limit(component: str, value: str, holds: bool | None) -> None:
    assert state(component, drawn(3, **{component: value})) is holds


@pytest.mark.parametrize(
    ("component", "values", "holds"),
    # The worst value of the day counts, wherever it stands.
    [
        ("ferritin", ("3000", "5000"), False),
        ("ferritin", ("5000", "3000"), False),
        ("alt", ("100", "300"), False),
        ("alt", ("300", "100"), False),
        ("fibrinogen", ("200", "100"), False),
        ("fibrinogen", ("100", "200"), False),
        ("fibrinogen", ("150", "200"), True),
    ],
)
def test_of_a_day_the_worst_value_counts(component: str, values: tuple[str, str], holds: bool) -> None:
    first, second = values

    assert state(component, drawn(3, 6, **{component: first}), drawn(3, 18, **{component: second})) is holds


def test_a_value_serves_its_own_day_and_the_next() -> None:
    found = course(drawn(3, **GOOD), drawn(4, alt="20"), drawn(5, alt="20"))

    assert [found[day].components["ferritin"] for day in (3, 4, 5)] == [True, True, None]
    assert [found[day].components["alt"] for day in (3, 4, 5)] == [True, True, True]


def test_the_days_go_from_time_zero_to_the_day_after_the_last_sample() -> None:
    found = course(drawn(-3, **GOOD), drawn(0, **GOOD), drawn(4, **GOOD))

    assert list(found) == [0, 1, 4, 5]
    assert [one.sampled for one in found.values()] == [True, False, True, False]
    assert course(drawn(-1, **GOOD)) == {}
    assert list(course(drawn(0, **GOOD))) == [0, 1]
    assert course() == {}


@pytest.mark.parametrize(
    ("given", "holds"),
    # Without plasma, cryoprecipitate or fibrinogen in the 48 hours before the sample, of 15 March at 6:00.
    [
        (at(1, 6), False),
        (at(1, 6) - timedelta(minutes=1), True),
        (at(2, 12), False),
        (at(3, 6), False),
        (at(3, 7), True),
        (at(-9), True),
    ],
)
def test_fibrinogen_holds_only_without_a_product_in_the_48_hours_before(given: datetime, holds: bool) -> None:
    assert state("fibrinogen", drawn(3, **GOOD), needs=Needs(coagulation_products=(given,))) is holds


def test_a_product_does_not_make_a_low_fibrinogen_unknown() -> None:
    needs = Needs(coagulation_products=(at(2),))

    assert state("fibrinogen", drawn(3, fibrinogen="100"), needs=needs) is False
    assert state("fibrinogen", drawn(3, alt="20"), needs=needs) is None


@pytest.mark.parametrize(("begun", "holds"), [(2, False), (3, False), (4, True)])
def test_nothing_new_is_needed_until_the_day_it_began(begun: int, holds: bool) -> None:
    assert state("nothing_new_needed", drawn(3, **GOOD), needs=Needs(new_rescue_days=(begun,))) is holds


def test_a_liver_value_without_an_upper_limit_is_not_known() -> None:
    found = course(drawn(3, **GOOD), limits=Limits(highest={}))[3].components

    assert {name: found[name] for name in COMPONENTS} == {
        "ferritin": True,
        "fibrinogen": True,
        "alt": None,
        "ast": None,
        "bilirubin_total": None,
        "nothing_new_needed": True,
    }


@pytest.mark.parametrize(
    ("samples", "decided"),
    # The last record with ferritin decided, else the last record by its first value.
    [
        ((drawn(3, 6, **GOOD), drawn(3, 18, alt="20")), ("l3.6", "ferritin")),
        ((drawn(3, 6, ferritin="10"), drawn(3, 18, ferritin="20")), ("l3.18", "ferritin")),
        ((drawn(2, ferritin="10"), drawn(3, fibrinogen="200", alt="20")), ("l2.6", "ferritin")),
        ((drawn(3, 6, alt="20"), drawn(3, 18, fibrinogen="200", alt="20")), ("l3.18", "fibrinogen")),
        ((drawn(3, alt="20", ferritin="10"),), ("l3.6", "ferritin")),
    ],
)
def test_a_day_names_the_record_and_item_that_decided(samples: tuple[Sample, ...], decided: tuple[str, str]) -> None:
    found = course(*samples)[3]

    assert (found.record, found.item) == decided


def test_a_day_without_a_sample_decides_nothing_by_itself() -> None:
    found = course(drawn(3, **GOOD), drawn(4, **{**GOOD, "alt": "999"}), drawn(6, ferritin="10"))

    assert [found[day].resolved for day in (3, 4, 5, 6)] == [True, False, None, None]


def all_hold(*days: int) -> dict[int, Sample]:
    return {day: drawn(day, **GOOD) for day in days}


@pytest.mark.parametrize(
    ("samples", "certainly", "possibly"),
    [
        (all_hold(1, 2, 3), 1, 1),
        # The day of the first dose itself does not count.
        (all_hold(0, 1, 2, 3), 1, 1),
        (all_hold(0), None, None),
        # Two days after: a value of the day after is carried to the second, none beyond.
        (all_hold(1, 2), 1, 1),
        (all_hold(1), None, 1),
        (all_hold(2, 3, 4), 2, 2),
        # A rebound on the first or on the second day after.
        (all_hold(1) | {2: drawn(2, ferritin="5000"), 3: drawn(3, ferritin="4000")}, None, 3),
        (all_hold(1) | {2: drawn(2, ferritin="4000"), 3: drawn(3, ferritin="5000")}, None, None),
        # One on the third day after is no rebound within 48 hours.
        (all_hold(1, 2, 3) | {4: drawn(4, ferritin="5000")}, 1, 1),
        # Only ferritin must hold on the two days after.
        (all_hold(1) | {2: drawn(2, ferritin="10", alt="999"), 3: drawn(3, ferritin="10")}, 1, 1),
    ],
)
def test_the_first_day_on_which_all_hold_and_ferritin_stays_low_for_48_hours(
    samples: dict[int, Sample], certainly: int | None, possibly: int | None
) -> None:
    found = course(*samples.values())

    assert first_resolved(found) == certainly
    assert first_resolved(found, unknown=True) == possibly


HELD_ON_1 = {f"{name}_day": "1" for name in COMPONENTS}


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (
            all_hold(1, 2, 3),
            Verdict(
                value="resolved",
                because="all components hold from day 1 after the first dose, and ferritin stays low for 48 hours",
                details={"resolved_day": "1", **HELD_ON_1},
            ),
        ),
        (
            all_hold(0),
            Verdict(
                value=None,
                certainty=NOT_ASSESSABLE,
                because="not assessable: no sample after the day of the first dose",
                why="signs_missing",
                missing=("laboratory.ferritin",),
            ),
        ),
        (
            all_hold(1),
            Verdict(
                value=None,
                certainty=NOT_ASSESSABLE,
                because="not assessable: it may have resolved on day 1 after the first dose; ferritin not known on the "
                "two days after",
                why="components_unknown",
                missing=("laboratory.ferritin",),
                details=HELD_ON_1,
            ),
        ),
        (
            {1: drawn(1, ferritin="9000", fibrinogen="100", alt="999", ast="20", bilirubin_total="1")},
            Verdict(
                value="unresolved",
                because="never held: ferritin, fibrinogen, alt",
                details={"ast_day": "1", "bilirubin_total_day": "1", "nothing_new_needed_day": "1"},
            ),
        ),
        (
            {
                1: drawn(1, **{**GOOD, "bilirubin_total": "9"}),
                2: drawn(2, **{**GOOD, "ferritin": "9000"}),
                3: drawn(3, **{**GOOD, "ferritin": "9000"}),
            },
            Verdict(
                value="unresolved",
                because="the components did not hold together for 48 hours",
                details={**HELD_ON_1, "bilirubin_total_day": "2"},
            ),
        ),
        (
            {1: drawn(1, ferritin="10", fibrinogen="200", alt="20", ast="20", bilirubin_total="9")},
            Verdict(
                value="unresolved",
                because="never held: bilirubin total",
                details={name: day for name, day in HELD_ON_1.items() if name != "bilirubin_total_day"},
            ),
        ),
    ],
)
def test_the_verdict_in_whole(samples: dict[int, Sample], expected: Verdict) -> None:
    assert verdict_on(course(*samples.values())) == expected
