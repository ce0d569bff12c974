"""A sample against the one before: powers of ten, the window of three days, ferritin that falls too fast (group 35)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bedside import child, row_of
from forms.casebook.laboratory import LABORATORY
from forms.casebook.laboratory_rules import (
    CHECKS,
    STEADY,
    UNSTEADY,
    _ferritin_falls_slowly,
    _jump,
    _value_before,
    power_apart,
    previous_value,
)
from forms.form import Anchor, Check
from forms.items import WARNING
from forms.values import Row

NOW = datetime(2026, 3, 10, 6, 0)


def at(hours_before: float) -> str:
    return f"{NOW - timedelta(hours=hours_before):%Y-%m-%d %H:%M}"


def sample(key: str, hours_before: float, **values: str) -> dict[str, Any]:
    return {"key": key, "infusion": "i1", "sampled_at": at(hours_before), **values}


def row(**values: str | None) -> Row:
    return row_of("laboratory", {"key": "now", "sampled_at": at(0), **values})


def stored(*samples: dict[str, Any]) -> Any:
    return child(laboratory=samples)


@pytest.mark.parametrize(
    ("value", "before", "smallest", "power"),
    # A ratio within a tenth of 10, 100 or 1000, up or down.
    [
        ("100", "10", 10, 10),
        ("10", "100", 10, 10),
        ("90", "10", 10, 10),
        ("89.9", "10", 10, None),
        ("110", "10", 10, 10),
        ("110.1", "10", 10, None),
        ("1000", "10", 10, 100),
        ("10000", "10", 10, 1000),
        ("100000", "10", 10, None),
        ("100", "10", 100, None),
        ("1000", "10", 100, 100),
        ("10", "10", 10, None),
        ("0", "10", 10, None),
        ("10", "0", 10, None),
        ("0.1", "1", 10, 10),
        ("1", "9", 10, 10),
        ("8.99", "1", 10, None),
        ("11.01", "1", 10, None),
        ("90", "1", 10, 100),
        ("900", "1", 10, 1000),
    ],
)
def test_two_values_lie_a_power_of_ten_apart(value: str, before: str, smallest: int, power: int | None) -> None:
    assert power_apart(Decimal(value), Decimal(before), smallest) == power


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        ([sample("a", 72, alt="10")], "a"),
        ([sample("a", 72.1, alt="10")], None),
        ([sample("a", 0, alt="10")], None),
        ([sample("a", -1, alt="10")], None),
        ([sample("a", 0.1, alt="10")], "a"),
        ([sample("a", 48, alt="20"), sample("b", 24, alt="10")], "b"),
        ([sample("b", 24, alt="20"), sample("a", 48, alt="10")], "b"),
        # Of two at once the greater key.
        ([sample("b", 24, alt="5"), sample("a", 24, alt="10")], "b"),
        ([sample("b", 24, alt="5"), sample("a", 24, alt="5")], "b"),
        # Only exact values of the analyte count.
        ([sample("a", 48, alt="10"), sample("b", 24, alt=">20"), sample("c", 12, ast="5")], "a"),
        ([{"key": "a", "alt": "10"}], None),
        ([], None),
    ],
)
def test_the_value_before_is_the_last_exact_one_within_three_days(
    samples: list[dict[str, Any]], found: str | None
) -> None:
    before = previous_value("alt", row(), stored(*samples))

    assert (before and before[2]["key"]) == found
    if before is not None:
        assert (before[0], before[1]) == (before[2]["sampled_at"], before[2]["alt"].value)  # type: ignore[union-attr]


def test_a_sample_without_a_time_has_none_before() -> None:
    assert previous_value("alt", {"key": "now"}, stored(sample("a", 24, alt="10"))) is None


def test_the_values_of_two_analytes_stay_apart() -> None:
    known = stored(sample("a", 24, alt="10"), sample("b", 12, ast="5"))
    found = [previous_value(name, row(), known) for name in ("alt", "ast", "alt")]

    assert [one and one[2]["key"] for one in found] == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("now", "before", "holds", "words"),
    [
        ("100", "10", False, "about 10 times"),
        ("10", "100", False, "about one 10th of"),
        ("1000", "10", False, "about 100 times"),
        ("20", "10", True, ""),
        (">100", "10", None, ""),
        ("100", ">10", None, ""),
        (None, "10", None, ""),
    ],
)
def test_a_jump_is_told_with_its_power_and_its_side(
    now: str | None, before: str, holds: bool | None, words: str
) -> None:
    check = _jump("alt", "ALT", 10)
    known = stored(sample("a", 24, alt=before))

    assert check.holds(row(alt=now), known) is holds
    assert check.explain is not None and check.explain(row(alt=now), known) == words


def test_a_jump_of_an_unsteady_analyte_is_a_hundredfold() -> None:
    tenfold, hundredfold = _jump("ferritin", "Ferritin", 10), _jump("ferritin", "Ferritin", 100)
    known = stored(sample("a", 24, ferritin="100"))

    assert [check.holds(row(ferritin="1000"), known) for check in (tenfold, hundredfold)] == [False, True]
    assert hundredfold.holds(row(ferritin="10000"), known) is False


def test_a_jump_names_its_analyte_what_it_reads_and_the_value_before() -> None:
    check = _jump("alt", "ALT", 10)
    known = stored(sample("a", 24, alt="10"))

    assert (check.id, check.group, check.severity, check.items, check.uses) == (
        "laboratory.alt_jump",
        35,
        WARNING,
        ("alt",),
        ("laboratory",),
    )
    assert check.message == "ALT {alt} is {why} the value before. Check number and unit."
    assert check.also is not None
    assert check.also(row(alt="100"), known) == (Anchor(form="laboratory", key="a", item="alt"),)
    assert check.also(row(alt="100"), stored()) == ()
    assert _value_before("ast")(row(), known) == ()


@pytest.mark.parametrize(
    ("now", "hours", "before", "holds"),
    # By more than nine tenths within 24 hours.
    [
        ("1000", 24, "10000", True),
        ("999.9", 24, "10000", False),
        ("999.9", 24.1, "10000", None),
        ("20000", 24, "10000", True),
        (">999", 24, "10000", None),
        ("999", 24, ">10000", None),
        (None, 24, "10000", None),
    ],
)
def test_ferritin_does_not_fall_to_a_tenth_within_a_day(
    now: str | None, hours: float, before: str, holds: bool | None
) -> None:
    known = stored(sample("a", hours, ferritin=before))

    assert _ferritin_falls_slowly(row(ferritin=now), known) is holds


def test_each_analyte_has_its_check() -> None:
    jumps: dict[str, Check] = {check.items[0]: check for check in CHECKS if check.id.endswith("_jump")}

    assert set(jumps) == {*STEADY, *UNSTEADY}
    others = [check.id for check in CHECKS if not check.id.endswith("_jump")]
    assert others == ["laboratory.ferritin_fall", "laboratory.ranges_of_laboratory"]


@pytest.mark.parametrize(
    ("name", "part", "whole"),
    [("anc_within_wbc", "anc", "wbc"), ("direct_within_total", "bilirubin_direct", "bilirubin_total")],
)
def test_a_part_is_no_more_than_the_whole(name: str, part: str, whole: str) -> None:
    check = {one.id: one for one in LABORATORY.checks}[f"laboratory.{name}"]
    said = [
        check.holds(row(**{part: one, whole: other}), stored())
        for one, other in (("2", "2"), ("2.1", "2"), ("<2", "1"), ("2", ">1"), (None, "1"), ("2", None))
    ]

    assert said == [True, False, None, None, None, None]


@pytest.mark.parametrize(
    ("value", "fasting", "expected"),
    # HLH-2004 (Henter 2007) counts fasting triglycerides from 265 mg/dL on.
    [
        ("265.1", None, False),
        ("265.1", "yes", True),
        ("265.1", "no", True),
        ("265", None, False),
        ("265", "no", True),
        ("264.9", None, None),
        (">265", None, False),
        (">264", None, None),
        ("<300", None, None),
        (None, None, None),
    ],
)
def test_high_triglycerides_say_whether_they_were_drawn_fasting(
    value: str | None, fasting: str | None, expected: bool | None
) -> None:
    found = [one for one in LABORATORY.checks if one.items[0] == "fasting" or "fasting" in one.items]
    (check,) = found

    assert check.holds(row(triglycerides=value, fasting=fasting), stored()) is expected
