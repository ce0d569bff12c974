"""Recovery of platelets and neutrophils in whole verdicts (CLINICAL.md 2.6, D3; the tables of days: the ICAHT file)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bedside import child
from forms.grading.counts import Series, TransfusionDays
from forms.grading.recovery import (
    ANC_RECOVERY,
    PLATELET_RECOVERY_20,
    PLATELET_RECOVERY_50,
    _platelets,
    anc_recovery,
    platelet_recovery,
)
from forms.rule_set import Verdict
from forms.values import Measurement

DAY_0 = date(2026, 3, 5)


def series(values: dict[int, str], last_day: int | None = None) -> Series:
    measured = {day: (Measurement(value=Decimal(value)),) for day, value in values.items()}
    return Series(values=measured, last_day=last_day)


def platelets(values: dict[int, str], *transfused: int, last_day: int | None = None) -> Verdict | None:
    """Return the verdict on recovery to 20, with transfusions on some days after infusion."""
    days = TransfusionDays(days=frozenset(DAY_0 + timedelta(days=day) for day in transfused))
    return platelet_recovery(series(values, last_day), DAY_0, days, Decimal(20))


def recovered(day: int, *, fell_on: int, missing: int) -> Verdict:
    return Verdict(
        value=f"day_{day}",
        because=f"day {day} is the first of three that hold",
        details={"fell_on_day": str(fell_on), "missing_days": str(missing)},
    )


def not_recovered(*, fell_on: int, last: int) -> Verdict:
    return Verdict(
        value="not_recovered",
        because=f"no three days hold by day {last}",
        details={"fell_on_day": str(fell_on), "last_day": str(last)},
    )


@pytest.mark.parametrize(
    ("values", "transfused", "expected"),
    [
        # The day of infusion counts like any other.
        ({0: "10"}, (), not_recovered(fell_on=0, last=0)),
        ({0: "10", 1: "20", 2: "20", 3: "20"}, (), recovered(1, fell_on=0, missing=0)),
        # Three good days before the count fell are no recovery.
        ({0: "30", 1: "30", 2: "30", 5: "10"}, (), not_recovered(fell_on=5, last=5)),
        # Days 6 to 8 have no value; those before day 5 are not looked at.
        ({5: "19", 9: "30", 10: "30", 11: "30"}, (), recovered(9, fell_on=5, missing=3)),
        # Platelets on the last of the three days.
        ({5: "19", 9: "30", 10: "30", 11: "30"}, (11,), not_recovered(fell_on=5, last=11)),
        ({5: "19", 9: "30", 10: "30", 11: "30"}, (12,), recovered(9, fell_on=5, missing=3)),
        ({3: "19", 5: "19", 6: "25"}, (), not_recovered(fell_on=3, last=6)),
        ({0: "100", 5: "20"}, (), Verdict(value="never_low", because="no value below 20 since the infusion")),
        ({}, (), None),
        ({-3: "10"}, (), None),
    ],
)
def test_the_verdict_on_platelets_tells_when_they_fell_and_when_they_held(
    values: dict[int, str], transfused: tuple[int, ...], expected: Verdict | None
) -> None:
    assert platelets(values, *transfused) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({0: "0.4"}, not_recovered(fell_on=0, last=0)),
        ({2: "0.4", 3: "0.4", 10: "0.6"}, not_recovered(fell_on=2, last=10)),
        # Consecutive values, not days: 4 to 9 and 11 to 13 have none and are told as missing up to the day.
        ({2: "0.4", 3: "0.4", 10: "0.6", 14: "0.6", 15: "0.6"}, recovered(10, fell_on=2, missing=6)),
        ({0: "2", 5: "0.5"}, Verdict(value="never_low", because="no value below 0.5 since the infusion")),
        ({}, None),
    ],
)
def test_the_verdict_on_neutrophils_tells_when_they_fell_and_when_they_held(
    values: dict[int, str], expected: Verdict | None
) -> None:
    assert anc_recovery(series(values)) == expected


def test_what_comes_after_the_next_infusion_or_death_is_no_recovery() -> None:
    values = {5: "19", 9: "30", 10: "30", 11: "30"}

    assert platelets(values, last_day=11) == recovered(9, fell_on=5, missing=3)
    assert platelets(values, last_day=10) == not_recovered(fell_on=5, last=10)
    assert anc_recovery(series({2: "0.4", 3: "1", 4: "1", 5: "1"}, last_day=4)) == not_recovered(fell_on=2, last=4)


def test_a_count_that_may_have_been_below_counts_as_fallen_and_never_as_held() -> None:
    hidden = {5: (Measurement(value=Decimal(30), sign="<"),)}
    values = series({6: "30", 7: "30", 8: "30"}).values | hidden

    found = platelet_recovery(Series(values=values), DAY_0, TransfusionDays(), Decimal(20))

    assert found == recovered(6, fell_on=5, missing=0)


def test_each_set_names_itself_what_it_reads_and_what_it_can_say() -> None:
    sets = (PLATELET_RECOVERY_20, PLATELET_RECOVERY_50, ANC_RECOVERY)

    assert [one.id for one in sets] == ["platelet_recovery_20", "platelet_recovery_50", "anc_recovery"]
    assert [one.title for one in sets] == [
        "Platelet recovery to 20 x 10^9/L",
        "Platelet recovery to 50 x 10^9/L",
        "Neutrophil recovery to 0.5 x 10^9/L",
    ]
    assert {(one.version, one.verified, one.form) for one in sets} == {("1", True, "infusion")}
    assert {one.values for one in sets} == {("day_N", "never_low", "not_recovered")}
    assert [one.uses for one in sets] == [
        ("laboratory", "support", "end_of_study"),
        ("laboratory", "support", "end_of_study"),
        ("laboratory", "end_of_study"),
    ]
    assert all(one.source and one.decisions for one in sets)


def test_recovery_to_another_limit_is_the_same_set_but_for_its_name() -> None:
    made = _platelets(100)

    assert (made.id, made.title) == ("platelet_recovery_100", "Platelet recovery to 100 x 10^9/L")
    for one in (PLATELET_RECOVERY_20, PLATELET_RECOVERY_50):
        assert replace(made, id=one.id, title=one.title, judge_child=one.judge_child) == one


def test_each_limit_judges_by_itself() -> None:
    counts = {0: "100", 5: "15", 6: "30", 7: "30", 8: "30", 9: "60", 10: "60", 11: "60"}
    samples = [
        {"key": f"l{day}", "infusion": "i1", "sampled_at": f"{DAY_0 + timedelta(days=day)} 06:00", "platelets": value}
        for day, value in counts.items()
    ]
    context = child(laboratory=samples)
    said = [_platelets(limit).verdicts(context)["i1"].value for limit in (10, 20, 50, 100)]

    assert said == ["never_low", "day_6", "day_9", "not_recovered"]
