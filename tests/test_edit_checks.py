"""The one judge of answers, word for word, on a small made-up form: limits, codes, dates, missing answers.

What each severity does is CLINICAL.md 0 (D13, D14); the limits here are made up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from forms.branching import When
from forms.context import Context
from forms.edit_checks import check_row, impossible_dates
from forms.form import Anchor, Check, Finding, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    Measured,
    Moment,
    MultiChoice,
    Number,
    Severity,
    Text,
    YesNo,
)
from forms.values import Measurement, NullFlavour, PartialDate, Row

TODAY = date(2026, 3, 12)
SIGNS = CodeList("signs", {"none": "None", "rash": "Rash", "ache": "Ache"})
NUMBERS = {
    "pulse": Count(
        label="Pulse", privacy=CLINICAL, help="h", unit="/min", low=20, high=250, soft_low=50, soft_high=200
    ),
    "score": Count(label="Score", privacy=CLINICAL, help="h", low=0, high=10, beyond=CONFIRM),
    "excess": Number(label="Excess", privacy=CLINICAL, help="h", decimals=1, low=-30, high=30, beyond=CONFIRM),
    "crp": Measured(
        label="CRP", privacy=CLINICAL, help="h", unit="mg/L", decimals=1, low=0, high=900, soft_high=500,
        beyond=CONFIRM,
    ),
}  # fmt: skip
FORM = Form(
    name="page",
    number=1,
    title="Page",
    intro="i",
    version=1,
    items={
        **NUMBERS,
        "sign": Choice(label="Sign", privacy=CLINICAL, help="h", codes=SIGNS),
        "signs": MultiChoice(label="Signs", privacy=CLINICAL, help="h", codes=SIGNS, none="none"),
        "seen_on": Day(label="Seen", privacy=CLINICAL, help="h", partial=True),
        "seen_at": Moment(label="Seen at", privacy=CLINICAL, help="h"),
        "next_on": Day(label="Next", privacy=CLINICAL, help="h", future=True),
        "ill": YesNo(label="Ill", privacy=CLINICAL, help="h", required=True),
        "words": Text(label="Words", privacy=CLINICAL, help="h", required=True, missing=False),
        "since": Day(label="Since", privacy=CLINICAL, help="h", required=True, ask_if=When("ill")),
        "days": Derived(
            label="Days",
            privacy=CLINICAL,
            help="h",
            result=Count(label="Days", privacy=CLINICAL, low=0, high=9),
            compute=lambda row, context: None,
        ),
    },
)
ANSWERED: Row = {"ill": False, "words": "w"}


def found(row: Row, form: Form = FORM, *, mildest: Severity = WARNING) -> tuple[Finding, ...]:
    return check_row(form, {**ANSWERED, **row}, Context(today=TODAY), mildest=mildest)


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
    ({"score": -1}, "limits", HARD, f"Score -1: possible values are 0 to 10. {ADVICE}"),
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


CHECK = Check(
    id="page.pulse_fits",
    severity=SOFT,
    items=("pulse", "crp"),
    message="Pulse {pulse} beside CRP {crp} and {score}: {why}. Look again.",
    holds=lambda row, context: None if row.get("pulse") is None else row["pulse"] != 60,
    explain=lambda row, context: f"today is {context.today}",
    also=lambda row, context: (Anchor(form="infusion", key=str(row.get("key")), item="infused_on"),),
    version=2,
)


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


SLIP_FORM = replace(
    FORM,
    items={
        **FORM.items,
        "fibrinogen": Measured(
            label="Fibrinogen", privacy=CLINICAL, help="h", unit="mg/dL", low=10, high=1200,
            units={"g/L": Decimal(100)}, common=(40, 900), beyond=CONFIRM,
        ),
        "strict": Measured(
            label="Strict", privacy=CLINICAL, help="h", unit="mg/dL", low=10, high=1200, units={"g/L": Decimal(100)},
            required=True,
        ),
    },
)  # fmt: skip


def test_a_number_in_another_unit_is_told_in_place_of_its_limits() -> None:
    low = Measurement(value=Decimal("1.1"), text_typed="1.1")
    row: Row = {"fibrinogen": low, "strict": low}

    assert found(row, SLIP_FORM) == (
        Finding(
            check_id="page.strict.limits", severity=HARD, items=("strict",),
            message="Strict 1.1 mg/dL looks like g/L: 1.1 g/L is 110 mg/dL. Check the number and its unit.",
            suggestion={"strict": "1.1 g/L"},
        ),
        Finding(
            check_id="page.fibrinogen.limits", severity=CONFIRM, items=("fibrinogen",),
            message="Fibrinogen 1.1 mg/dL looks like g/L: 1.1 g/L is 110 mg/dL. Correct the unit, or check it against "
            "the source.",
            suggestion={"fibrinogen": "1.1 g/L"},
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("severity", "first"),
    [(HARD, "page.both"), (CONFIRM, "page.fibrinogen.limits"), (SOFT, "page.fibrinogen.limits")],
)
def test_of_a_slip_and_a_check_on_the_same_number_the_hardest_is_told_with_what_to_type(
    severity: str, first: str
) -> None:
    check = replace(
        CHECK, id="page.both", severity=severity, items=("fibrinogen",), message="Both.", holds=lambda *_: False
    )  # type: ignore[arg-type]
    row: Row = {"fibrinogen": Measurement(value=Decimal("1.1"), text_typed="1.1"), "strict": NullFlavour.NOT_DONE}

    (one,) = found(row, replace(SLIP_FORM, checks=(check,)))

    assert (one.check_id, one.suggestion) == (first, {"fibrinogen": "1.1 g/L"})
    assert one.message == (
        "Both. 1.1 g/L is 110 mg/dL."
        if first == "page.both"
        else "Fibrinogen 1.1 mg/dL looks like g/L: 1.1 g/L is 110 mg/dL. Correct the unit, or check it against the "
        "source."
    )


def test_a_slip_leaves_what_is_about_other_items_and_what_is_missing() -> None:
    row: Row = {"fibrinogen": Measurement(value=Decimal("1.1"), text_typed="1.1"), "pulse": 201}

    assert [one.check_id for one in found(row, SLIP_FORM)] == [
        "page.fibrinogen.limits",
        "page.strict.required",
        "page.pulse.unusual",
    ]


def test_an_ordinary_number_does_not_end_the_judging_of_those_after_it() -> None:
    assert [one.check_id for one in found({"pulse": 100, "score": 11, "sign": "cough"})] == [
        "page.sign.codes",
        "page.score.limits",
    ]


def test_zero_below_the_limits_is_not_impossible_by_itself() -> None:
    row: Row = {"fibrinogen": Measurement(value=Decimal(0)), "strict": NullFlavour.NOT_DONE}

    assert [(one.check_id, one.severity) for one in found(row, SLIP_FORM)] == [("page.fibrinogen.limits", CONFIRM)]


def test_a_slip_within_the_limits_keeps_its_own_severity_where_the_number_is_only_unusual() -> None:
    sizes = {
        "weight_kg": Number(label="Weight", privacy=CLINICAL, help="h", unit="kg", decimals=1, low=1, high=200),
        "height_cm": Number(
            label="Height", privacy=CLINICAL, help="h", unit="cm", decimals=1, low=20, high=230, soft_low=60
        ),
    }
    form = replace(FORM, items={**FORM.items, **sizes})

    # 22 kg at 49 cm is no body; at 49 in, 124.5 cm, it is.
    (one,) = found({"weight_kg": Decimal(22), "height_cm": Decimal(49)}, form)

    assert (one.check_id, one.severity) == ("page.height_cm.unit", CONFIRM)


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
