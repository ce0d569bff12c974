"""A number in another unit than the one it stands under is said once, with what to type instead."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from check_tables import CHILD, context, findings_about, row_of
from forms.casebook import CASEBOOK
from forms.items import CONFIRM, HARD, SOFT, WARNING, Measured, Number
from forms.unit_slips import TIMES_APART, WRITTEN_IN, Slip, recognise
from forms.values import Measurement, ParseError

WEIGHED = {**CHILD, "baseline": ({"key": "b1", "weight_kg": "20"},)}


SLIPS = [
    # what is typed, the one finding about it, its words, what to type instead
    (
        "laboratory.fibrinogen",
        {"fibrinogen": "1.1"},
        "laboratory.fibrinogen.limits",
        CONFIRM,
        "Fibrinogen 1.1 mg/dL looks like g/L: 1.1 g/L is 110 mg/dL. Correct the unit, or check it against the source.",
        "1.1 g/L",
    ),
    (
        "laboratory.fibrinogen",
        {"fibrinogen": "<0.6"},
        "laboratory.fibrinogen.limits",
        CONFIRM,
        "Fibrinogen <0.6 mg/dL looks like g/L: <0.6 g/L is <60 mg/dL. Correct the unit, or check it against the "
        "source.",
        "<0.6 g/L",
    ),
    (
        "laboratory.fibrinogen",
        {"fibrinogen": "145 g/L"},
        "laboratory.fibrinogen.limits",
        CONFIRM,
        "Fibrinogen 145 g/L looks like mg/dL. Correct the unit, or check it against the source.",
        "145 mg/dL",
    ),
    (
        "laboratory.haemoglobin",
        {"haemoglobin": "79"},
        "laboratory.haemoglobin.limits",
        CONFIRM,
        "Hemoglobin 79 g/dL looks like g/L: 79 g/L is 7.9 g/dL. Correct the unit, or check it against the source.",
        "79 g/L",
    ),
    (
        "laboratory.creatinine",
        {"creatinine": "40"},
        "laboratory.creatinine.limits",
        CONFIRM,
        "Creatinine 40 mg/dL looks like umol/L: 40 umol/L is 0.452 mg/dL. Correct the unit, or check it against the "
        "source.",
        "40 umol/L",
    ),
    (
        "laboratory.anc",
        {"anc": "420"},
        "laboratory.anc.unit",
        WARNING,
        "Neutrophils (ANC) 420 10^9/L looks like cells/uL: 420 cells/uL is 0.42 10^9/L. Fine if the chart says so.",
        "420 cells/uL",
    ),
    (
        "laboratory.bilirubin_total",
        {"bilirubin_total": "24"},
        "laboratory.bilirubin_total.unit",
        WARNING,
        "Bilirubin, total 24 mg/dL looks like umol/L: 24 umol/L is 1.4 mg/dL. Fine if the chart says so.",
        "24 umol/L",
    ),
    # A check that rests on the same number is said once, with what to type.
    (
        "laboratory.anc",
        {"anc": "420", "wbc": "1.2"},
        "laboratory.anc_within_wbc",
        SOFT,
        "Neutrophils 420 10^9/L are more than all white cells 1.2 10^9/L. Check both numbers and units. 420 cells/uL "
        "is 0.42 10^9/L.",
        "420 cells/uL",
    ),
    (
        "assessment.temperature_c",
        {"temperature_c": "101.2"},
        "assessment.celsius",
        HARD,
        "101.2 °C is no body temperature. Write degrees Celsius. 101.2 °F is 38.4 °C.",
        "38.4",
    ),
    (
        "baseline.weight_kg",
        {"weight_kg": "250"},
        "baseline.weight_kg.limits",
        CONFIRM,
        "Weight 250 kg looks like lb: 250 lb is 113.4 kg. Correct the unit, or check it against the source.",
        "113.4",
    ),
    (
        "anakinra_course.dosing_weight_kg",
        {"given": "yes", "dosing_weight_kg": "45"},
        "anakinra_course.dosing_weight_kg.unit",
        CONFIRM,
        "Dosing weight 45 kg looks like lb: 45 lb is 20.41 kg. Correct the unit, or check it against the source.",
        "20.41",
    ),
    (
        "baseline.height_cm",
        {"height_cm": "1.2"},
        "baseline.height_cm.limits",
        CONFIRM,
        "Height 1.2 cm looks like m: 1.2 m is 120.0 cm. Correct the unit, or check it against the source.",
        "120.0",
    ),
    (
        "baseline.height_cm",
        {"height_cm": "49", "weight_kg": "22"},
        "baseline.height_cm.unit",
        CONFIRM,
        "Height 49.0 cm looks like in: 49.0 in is 124.5 cm. Correct the unit, or check it against the source.",
        "124.5",
    ),
]


@pytest.mark.parametrize(("where", "typed", "check_id", "severity", "words", "instead"), SLIPS)
def test_a_slip_is_said_once_and_says_what_to_type(
    where: str, typed: dict[str, str], check_id: str, severity: str, words: str, instead: str
) -> None:
    form, item = where.split(".")

    found = findings_about(form, item, typed)

    assert [(f.check_id, f.severity, f.message, dict(f.suggestion)) for f in found] == [
        (check_id, severity, words, {item: instead})
    ]
    after = findings_about(form, item, {**typed, item: instead})
    assert [f for f in after if not f.check_id.endswith(".unusual")] == []


# What stands just inside: no slip is said, though the value itself may be called unusual.
@pytest.mark.parametrize(
    ("where", "typed"),
    [
        ("laboratory.fibrinogen", {"fibrinogen": "10"}),
        ("laboratory.haemoglobin", {"haemoglobin": "25"}),
        ("laboratory.creatinine", {"creatinine": "8"}),
        ("laboratory.anc", {"anc": "40"}),
        ("laboratory.anc", {"anc": "<420"}),
        ("laboratory.bilirubin_total", {"bilirubin_total": "12"}),
        ("laboratory.ferritin", {"ferritin": "28000"}),  # pmol/L is only twice off: no number tells it apart
        ("assessment.temperature_c", {"temperature_c": "43.0"}),
        ("baseline.weight_kg", {"weight_kg": "200"}),
        ("baseline.height_cm", {"height_cm": "49"}),
        ("baseline.height_cm", {"height_cm": "57", "weight_kg": "22"}),  # 67.7 kg/m2: just a body
        ("anakinra_course.dosing_weight_kg", {"given": "yes", "dosing_weight_kg": "34"}),
    ],
)
def test_a_number_that_is_possible_where_it_stands_is_no_slip(where: str, typed: dict[str, str]) -> None:
    form, item = where.split(".")

    assert recognise(CASEBOOK[form], item, row_of(form, typed), context()) is None


@pytest.mark.parametrize(
    ("before", "severity"),
    [("1.2", SOFT), ("22", None), ("8.1", None), ("", WARNING)],
    ids=["like the other unit", "as high before", "a third of it before", "none before"],
)
def test_the_value_before_decides_whether_an_uncommon_one_is_a_slip(before: str, severity: str | None) -> None:
    earlier = {"key": "l1", "sampled_at": "2026-03-11 06:00", **({"bilirubin_total": before} if before else {})}
    later = {"key": "l3", "sampled_at": "2026-03-13 06:00", "bilirubin_total": "24"}
    row = row_of("laboratory", {"key": "l2", "sampled_at": "2026-03-12 06:00", "bilirubin_total": "24"})

    slip = recognise(CASEBOOK["laboratory"], "bilirubin_total", row, context({"laboratory": (earlier, later)}))

    assert (slip.severity if slip else None) == severity


def measured_items() -> Iterator[tuple[str, str, Measured]]:
    for form in CASEBOOK.values():
        yield from ((form.name, name, item) for name, item in form.items.items() if isinstance(item, Measured))


NUMBERS = [f"{digit}{'0' * power}" for power in range(8) for digit in (1, 2, 4, 7)] + [
    f"0.{'0' * power}{digit}" for power in range(3) for digit in (1, 2, 4, 7)
]

NOT_TOLD_BY_NUMBERS = {
    # mg/dL read as mg/L: a CRP of 8 is as common as one of 80
    ("crp", "mg/dL"),
    # a share of cells: 0.05 and 50 are both common
    ("cd19_b_cells", "10^9/L"),
    ("cd19_cells", "10^9/L"),
    ("car_cells", "10^9/L"),
    ("car_t_cells", "10^9/L"),
}
"""(item, unit) of slips that the number alone cannot tell; a jump against the value before can (group 35)."""


@pytest.mark.parametrize(("form", "name", "item"), [*measured_items()], ids=lambda value: str(value)[:30])
def test_what_a_slip_suggests_can_be_typed_and_is_kept_as_typed(form: str, name: str, item: Measured) -> None:
    told: set[str] = set()
    for number in NUMBERS:
        for unit in (item.unit, *item.units):
            try:
                row = {name: item.parse(f"{number} {unit}")}
            except ParseError:
                continue
            slip = recognise(CASEBOOK[form], name, row, context())
            if slip is not None:
                meant = item.parse(slip.suggestion)
                assert isinstance(meant, Measurement) and meant.text_typed == slip.suggestion
                assert meant.value != row[name].value  # type: ignore[union-attr]
                assert Decimal(item.low or 0) <= meant.value <= Decimal(item.high or 0)
                assert slip.suggestion == f"{number} {meant.unit_typed}"
                told.add(meant.unit_typed)
    base = {unit for unit, factor in item.units.items() if max(factor, 1 / factor) >= TIMES_APART}
    known = {item.factor(unit) for unit in told}
    untold = {(name.removeprefix("baseline_").removeprefix("at_start_"), unit) for unit in base}
    untold = {pair for pair in untold if item.factor(pair[1]) not in known}

    assert untold <= NOT_TOLD_BY_NUMBERS


def test_every_weight_height_and_temperature_has_its_other_units() -> None:
    found = {
        (form.name, name, slip.suggestion)
        for form in CASEBOOK.values()
        for name, item in form.items.items()
        if isinstance(item, Number) and item.unit in WRITTEN_IN
        if (slip := _beyond(form.name, name, item)) and item.parse(slip.suggestion) is not None
    }

    assert {(form, name) for form, name, _ in found} == {
        ("baseline", "weight_kg"),
        ("baseline", "height_cm"),
        ("infusion", "weight_at_infusion_kg"),
        ("assessment", "temperature_c"),
        ("anakinra_course", "dosing_weight_kg"),
        ("follow_up", "weight_kg"),
    }


def _beyond(form: str, name: str, item: Number) -> Slip | None:
    typed = {"kg": "300", "cm": "1.5", "°C": "99.9"}[item.unit]
    return recognise(CASEBOOK[form], name, {name: item.parse(typed)}, context())


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [("1.1", "1.1 g/L"), ("< 0.6", "<0.6 g/L"), ("<0.6", "<0.6 g/L"), (" 1.10 ", "1.10 g/L")],
)
def test_a_suggestion_holds_the_number_as_it_was_typed(typed: str, suggestion: str) -> None:
    row = row_of("laboratory", {"fibrinogen": typed})

    slip = recognise(CASEBOOK["laboratory"], "fibrinogen", row, context())

    assert slip is not None and (slip.suggestion, slip.severity) == (suggestion, CONFIRM)


def test_a_number_without_what_was_typed_is_shown_as_it_is_kept() -> None:
    row = {"fibrinogen": Measurement(value=Decimal("0.60"), sign="<", text_typed="")}

    slip = recognise(CASEBOOK["laboratory"], "fibrinogen", row, context())

    assert slip is not None and slip.suggestion == "<0.6 g/L"


@pytest.mark.parametrize(
    ("form", "item", "typed"),
    # A number that has no other unit, and one whose item is written in one unit only.
    [("anakinra_regimen", "dose_value", "9999"), ("assessment", "urine_output_ml_kg_h", "30")],
)
def test_a_number_that_is_written_in_one_unit_only_is_no_slip(form: str, item: str, typed: str) -> None:
    assert recognise(CASEBOOK[form], item, {item: Decimal(typed)}, context()) is None


def test_a_value_of_the_same_moment_or_of_the_row_itself_is_no_value_before() -> None:
    now = {"sampled_at": "2026-03-12 06:00", "bilirubin_total": "24"}
    row = row_of("laboratory", {"key": "l2", **now})
    form = CASEBOOK["laboratory"]

    itself = recognise(form, "bilirubin_total", row, context({"laboratory": ({"key": "l2", **now},)}))
    beside = recognise(form, "bilirubin_total", row, context({"laboratory": ({"key": "l1", **now},)}))
    moved = {"key": "l2", "sampled_at": "2026-03-11 06:00", "bilirubin_total": "24"}
    earlier_self = recognise(form, "bilirubin_total", row, context({"laboratory": (moved,)}))

    assert [slip.severity if slip else None for slip in (itself, beside, earlier_self)] == [WARNING] * 3


@pytest.mark.parametrize(("before", "severity"), [("72", None), ("72.1", WARNING), ("8", None), ("7.99", WARNING)])
def test_near_is_within_three_times(before: str, severity: str | None) -> None:
    earlier = {"key": "l1", "sampled_at": "2026-03-11 06:00", "bilirubin_total": before}
    row = row_of("laboratory", {"key": "l2", "sampled_at": "2026-03-12 06:00", "bilirubin_total": "24"})

    slip = recognise(CASEBOOK["laboratory"], "bilirubin_total", row, context({"laboratory": (earlier,)}))

    assert (slip.severity if slip else None) == severity
