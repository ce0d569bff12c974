"""The one judge of answers, word for word, on a small made-up form: limits, codes, dates, missing answers.

What each severity does is CLINICAL.md 0 (D13, D14); the limits here are made up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from forms.context import Context
from forms.edit_checks import check_row, impossible_dates
from forms.form import Anchor, Finding
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.values import Measurement, NullFlavour, PartialDate, Row
from made_up_form import CHECK, FORM, NUMBERS, TODAY, found


def told(row: Row) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(one.check_id, one.severity, one.items, one.message) for one in found(row)]


ADVICE = "Check the number and its unit."
SOURCE = "Check it against the source."
FINE = "Fine if the chart says so."
LIMITS = [
    ({"pulse": 19}, "limits", HARD, f"Pulse 19 /min: possible values are 20 to 250 /min. {ADVICE}"),
    ({"pulse": 20}, "unusual", WARNING, f"Pulse 20 /min is unusual (below 50 /min). {FINE}"),
    ({"pulse": 49}, "unusual", WARNING, f"Pulse 49 /min is unusual (below 50 /min). {FINE}"),
    ({"pulse": 50}, "", "", ""),
    ({"pulse": 200}, "", "", ""),
    ({"pulse": 201}, "unusual", WARNING, f"Pulse 201 /min is unusual (above 200 /min). {FINE}"),
    ({"pulse": 250}, "unusual", WARNING, f"Pulse 250 /min is unusual (above 200 /min). {FINE}"),
    ({"pulse": 251}, "limits", HARD, f"Pulse 251 /min: possible values are 20 to 250 /min. {ADVICE}"),
    ({"score": 0}, "", "", ""),
    ({"score": 10}, "", "", ""),
    ({"score": 11}, "limits", CONFIRM, f"Score 11: values ever seen are 0 to 10. {SOURCE}"),
    # Counted from zero: a negative one is impossible, however wide the limits may be overruled.
    ({"score": -1}, "limits", HARD, "Score -1: possible values are 0 to 10. Check the number."),
    ({"excess": Decimal("-30")}, "", "", ""),
    ({"excess": Decimal("-30.1")}, "limits", CONFIRM, f"Excess -30.1: values ever seen are -30 to 30. {SOURCE}"),
    ({"excess": Decimal("30.1")}, "limits", CONFIRM, f"Excess 30.1: values ever seen are -30 to 30. {SOURCE}"),
    ({"crp": Measurement(value=Decimal(0))}, "", "", ""),
    ({"crp": Measurement(value=Decimal(500))}, "", "", ""),
    (
        {"crp": Measurement(value=Decimal(501), sign=">")},
        "unusual",
        WARNING,
        f"CRP >501 mg/L is unusual (above 500 mg/L). {FINE}",
    ),
    (
        {"crp": Measurement(value=Decimal(901))},
        "limits",
        CONFIRM,
        f"CRP 901 mg/L: values ever seen are 0 to 900 mg/L. {SOURCE}",
    ),
    ({"pulse": None}, "", "", ""),
    ({"pulse": NullFlavour.NOT_DONE}, "", "", ""),
]


@pytest.mark.parametrize(("row", "kind", "severity", "message"), LIMITS)
def test_a_number_beyond_its_limits_is_told_with_them(row: Row, kind: str, severity: str, message: str) -> None:
    (name,) = row

    assert told(row) == ([(f"page.{name}.{kind}", severity, (name,), message)] if kind else [])


def test_nothing_counted_is_beyond_the_limits_and_less_than_nothing_is_impossible() -> None:
    overruled = replace(FORM, items={**FORM.items, "pulse": replace(NUMBERS["pulse"], beyond=CONFIRM)})

    assert [one.severity for one in found({"pulse": 0}, overruled)] == [CONFIRM]
    assert [one.severity for one in found({"pulse": -1}, overruled)] == [HARD]


CODES = [
    ({"sign": "rash"}, ""),
    ({"sign": "none"}, ""),
    ({"sign": "cough"}, "Sign: “cough” is not a possible answer. Choose again."),
    ({"sign": ("rash", "ache")}, ""),
    ({"signs": ("rash", "ache")}, ""),
    ({"signs": ("none",)}, ""),
    ({"signs": "rash"}, ""),
    ({"signs": ()}, "Signs: “nothing chosen” is not a possible answer. Choose again."),
    ({"signs": ("cough", "rash", "gout")}, "Signs: “cough, gout” is not a possible answer. Choose again."),
    ({"signs": ("none", "rash")}, "Signs: “none, rash” is not a possible answer. Choose again."),
    ({"sign": True}, "Sign: “True” is not a possible answer. Choose again."),
]


@pytest.mark.parametrize(("row", "message"), CODES)
def test_a_code_that_is_not_in_the_list_is_refused(row: Row, message: str) -> None:
    (name,) = row

    assert told(row) == ([(f"page.{name}.codes", HARD, (name,), message)] if message else [])


DATES = [
    ({"seen_on": PartialDate("2026-03-12")}, "", ""),
    (
        {"seen_on": PartialDate("2026-03-13")},
        "future",
        "Seen 2026-03-13 is in the future (today is 2026-03-12). Check the date.",
    ),
    # A month is in the future once its first day is.
    ({"seen_on": PartialDate("2026-03")}, "", ""),
    (
        {"seen_on": PartialDate("2026-04")},
        "future",
        "Seen 2026-04 is in the future (today is 2026-03-12). Check the date.",
    ),
    ({"seen_on": PartialDate("1900")}, "", ""),
    ({"seen_on": PartialDate("1899")}, "year", "Seen 1899: the year is before 1900. Check the year."),
    ({"seen_at": datetime(2026, 3, 12, 23, 59)}, "", ""),
    (
        {"seen_at": datetime(2026, 3, 13, 0, 0)},
        "future",
        "Seen at 2026-03-13 00:00 is in the future (today is 2026-03-12). Check the date.",
    ),
    ({"next_on": date(2027, 1, 1)}, "", ""),
    ({"next_on": date(1899, 12, 31)}, "year", "Next 1899-12-31: the year is before 1900. Check the year."),
]


@pytest.mark.parametrize(("row", "kind", "message"), DATES)
def test_a_date_in_the_future_or_before_1900_is_refused(row: Row, kind: str, message: str) -> None:
    (name,) = row

    assert told(row) == ([(f"page.{name}.{kind}", HARD, (name,), message)] if kind else [])


def test_what_is_required_and_asked_is_told_while_it_is_missing() -> None:
    assert check_row(FORM, {"ill": True}, Context(today=TODAY)) == (
        Finding(
            check_id="page.words.required", severity=SOFT, items=("words",), message="Words: still to answer.",
            is_missing=True,
        ),
        Finding(
            check_id="page.since.required", severity=SOFT, items=("since",), is_missing=True,
            message="Since: answer it, or say why it is missing.",
        ),
    )  # fmt: skip
    assert found({"ill": True, "since": NullFlavour.UNKNOWN}) == ()
    assert found({"ill": False}) == ()


def test_what_is_not_asked_is_not_judged() -> None:
    late = date(2026, 4, 1)

    assert [one.check_id for one in found({"ill": True, "since": late})] == ["page.since.future"]
    assert found({"ill": False, "since": late}) == ()


def test_who_knows_what_is_asked_may_say_so() -> None:
    found_ = check_row(FORM, {"pulse": 19, "score": 11}, Context(today=TODAY), asked={"score": FORM.items["score"]})

    assert [one.check_id for one in found_] == ["page.score.limits"]


def test_the_hardest_comes_first_and_the_milder_can_be_left_out() -> None:
    row: Row = {"pulse": 201, "score": 11, "words": None, "sign": "cough"}

    assert [one.severity for one in found(row)] == [HARD, CONFIRM, SOFT, WARNING]
    assert [one.severity for one in found(row, mildest=SOFT)] == [HARD, CONFIRM, SOFT]
    assert [one.severity for one in found(row, mildest=CONFIRM)] == [HARD, CONFIRM]


def test_a_check_that_does_not_hold_says_what_was_found() -> None:
    form = replace(FORM, checks=(CHECK,))
    row: Row = {"key": "k1", "pulse": 60, "crp": Measurement(value=Decimal("5.0"), sign="<")}

    assert found(row, form) == (
        Finding(
            check_id="page.pulse_fits",
            severity=SOFT,
            items=("pulse", "crp"),
            message="Pulse 60 /min beside CRP <5 mg/L and not answered: today is 2026-03-12. Look again.",
            anchors=(Anchor(form="infusion", key="k1", item="infused_on"),),
            version=2,
        ),
    )
    assert found({"pulse": 61}, form) == found({"pulse": None}, form) == ()
    assert found(row, form, mildest=CONFIRM) == ()


def test_a_check_without_more_to_say_has_no_anchor_and_no_reason() -> None:
    bare = replace(CHECK, explain=None, also=None, message="Pulse {pulse}{why}.")

    (one,) = found({"pulse": 60}, replace(FORM, checks=(bare,)))

    assert (one.message, one.anchors) == ("Pulse 60 /min.", ())


@pytest.mark.parametrize(
    ("items", "is_told"),
    # What is not on the page needs no correction; a derived value counts as shown.
    [(("since",), False), (("since", "pulse"), True), (("days",), True), (("pulse",), True)],
)
def test_a_check_is_told_where_one_of_its_items_is_shown(items: tuple[str, ...], is_told: bool) -> None:
    check = replace(CHECK, items=items, message="Look again.")

    assert bool(found({"pulse": 60, "since": date(2026, 1, 1)}, replace(FORM, checks=(check,)))) is is_told


@pytest.mark.parametrize("severity", [HARD, CONFIRM, SOFT, WARNING])
def test_a_check_keeps_its_severity(severity: str) -> None:
    check = replace(CHECK, severity=severity)  # type: ignore[arg-type]
    form = replace(FORM, checks=(check,))

    assert [one.severity for one in found({"pulse": 60}, form)] == [severity]
    assert [one.severity for one in found({"pulse": 60}, form, mildest=CONFIRM)] == (
        [severity] if severity in (HARD, CONFIRM) else []
    )


def test_an_ordinary_number_does_not_end_the_judging_of_those_after_it() -> None:
    assert [one.check_id for one in found({"pulse": 100, "score": 11, "sign": "cough"})] == [
        "page.sign.codes",
        "page.score.limits",
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    # An impossible date is found by itself, whatever else is wrong with the row.
    [
        ({"seen_on": TODAY, "seen_at": datetime(2026, 3, 12, 23, 59), "pulse": 999}, []),
        ({"seen_on": date(2026, 3, 13)}, ["page.seen_on.future"]),
        ({"seen_at": datetime(2026, 3, 13, 0, 0)}, ["page.seen_at.future"]),
        ({"next_on": date(2027, 3, 13)}, []),
        ({"next_on": date(1026, 3, 13)}, ["page.next_on.year"]),
        ({"seen_on": date(1026, 3, 13), "seen_at": datetime(2226, 3, 12, 6, 0)},
         ["page.seen_on.year", "page.seen_at.future"]),
        ({"seen_on": NullFlavour.UNKNOWN}, []),
        ({"seen_on": None}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_impossible_dates_are_found_by_themselves(row: Row, expected: list[str]) -> None:
    told = impossible_dates(FORM, row, Context(today=TODAY))

    assert [one.check_id for one in told] == expected
    assert told == tuple(one for one in found(row) if one.check_id in expected)
