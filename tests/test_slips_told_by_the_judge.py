"""The one judge about numbers that look like another unit: told once, in place of their limits, with what to type."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from forms.form import Finding
from forms.items import (
    CLINICAL,
    CONFIRM,
    HARD,
    SOFT,
    Measured,
    Number,
)
from forms.values import Measurement, NullFlavour, Row
from made_up_form import CHECK, FORM, found

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
