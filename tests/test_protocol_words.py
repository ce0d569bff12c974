"""Doses, routes, spans and rules of a protocol in the words of the ward, and as the plain data that is kept."""

from decimal import Decimal
from typing import Any

import pytest

from forms.dosing.protocol_rules import DoseRule, IndicationRule, ProtocolRules
from forms.dosing.protocol_words import (
    days_words,
    dose_words,
    line_words,
    number_words,
    often_words,
    protocol_lines,
    regimen_words,
    route_words,
    routes_words,
    rule_words,
    small,
    toxicity_words,
)

ALL_BY_VEIN = ("iv_bolus", "iv_intermittent", "iv_continuous", "iv_loading_bolus")


@pytest.mark.parametrize(
    ("number", "words"),
    [("2", "2"), ("2.50", "2.5"), ("100", "100"), ("33.3333", "33.333"), ("0.0004", "0"), ("1E+2", "100"), (8, "8")],
)
def test_a_number_is_told_to_three_decimals_without_zeros_that_say_nothing(number: str | int, words: str) -> None:
    assert number_words(Decimal(number) if isinstance(number, str) else number) == words


@pytest.mark.parametrize(
    ("value", "basis", "up_to", "words"),
    [
        ("2", "mg_per_kg_dose", None, "2 mg/kg"),
        ("8", "mg_per_kg_day", "10", "8 to 10 mg/kg per day"),
        ("100", "mg_flat", None, "100 mg"),
        ("400", "mg_flat_day", None, "400 mg per day"),
    ],
)
def test_a_dose_has_its_unit(value: str, basis: str, up_to: str | None, words: str) -> None:
    assert dose_words(Decimal(value), basis, up_to=Decimal(up_to) if up_to else None) == words


@pytest.mark.parametrize(
    ("dose", "basis", "often", "routes", "words"),
    # Where the amount is of a day, the doses of the day are set off from it.
    [
        ("2 mg/kg", "mg_per_kg_dose", "every 6 hours", "IV", "2 mg/kg every 6 hours IV"),
        ("8 mg/kg per day", "mg_per_kg_day", "every 6 hours", "IV", "8 mg/kg per day, every 6 hours IV"),
        ("8 mg/kg per day", "mg_per_kg_day", "continuously", "IV", "8 mg/kg per day continuously IV"),
        ("8 mg/kg per day", "mg_per_kg_day", "", "SC", "8 mg/kg per day SC"),
        ("400 mg per day", "mg_flat_day", "every 6 hours", "", "400 mg per day, every 6 hours"),
        ("100 mg", "mg_flat", "", "", "100 mg"),
        ("", "mg_flat", "every 6 hours", "SC", "every 6 hours SC"),
    ],
)
def test_dose_frequency_and_route_make_one_phrase(dose: str, basis: str, often: str, routes: str, words: str) -> None:
    assert regimen_words(dose, basis, often, routes) == words


def test_a_code_that_is_not_told_has_no_words() -> None:
    assert (often_words("q8h"), often_words("once"), often_words(None), often_words("other")) == (
        "every 8 hours",
        "once",
        "",
        "",
    )
    assert (route_words("sc"), route_words("iv_bolus"), route_words(None), route_words("other")) == (
        "SC",
        "IV bolus",
        "",
        "",
    )


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        (("sc",), "SC"),
        (ALL_BY_VEIN, "IV"),
        (("sc", *ALL_BY_VEIN), "SC or IV"),
        (("iv_intermittent",), "IV"),
        (("iv_intermittent", "sc"), "SC or IV"),
        (("iv_bolus", "sc"), "SC or IV bolus"),
        (("iv_continuous", "iv_bolus"), "IV bolus or IV continuous"),
        ((), ""),
    ],
)
def test_routes_are_told_as_a_chart_tells_them(routes: tuple[str, ...], words: str) -> None:
    assert routes_words(routes) == words


@pytest.mark.parametrize(
    ("rule", "with_routes", "without_routes"),
    [
        (
            {"value": Decimal(2), "basis": "mg_per_kg_dose", "frequency": "q6h", "routes": ("sc",)},
            "2 mg/kg every 6 hours SC",
            "2 mg/kg every 6 hours",
        ),
        (
            {
                "value": Decimal(2),
                "basis": "mg_per_kg_dose",
                "frequency": "q6h",
                "frequency_is_a_maximum": True,
                "routes": ("sc",),
            },
            "2 mg/kg every 6 hours or less often SC",
            "2 mg/kg every 6 hours or less often",
        ),
        (
            {"value": Decimal(5), "basis": "mg_flat", "routes": ("sc",)},
            "5 mg per dose SC",
            "5 mg per dose",
        ),
        (
            {
                "value": Decimal(2),
                "value_up_to": Decimal(4),
                "raised_to": Decimal(10),
                "basis": "mg_per_kg_day",
                "routes": ("sc",),
            },
            "2 to 4 mg/kg per day SC, may be raised to 10 mg/kg per day",
            "2 to 4 mg/kg per day, may be raised to 10 mg/kg per day",
        ),
    ],
)
def test_a_rule_of_a_dose_in_words(rule: dict[str, Any], with_routes: str, without_routes: str) -> None:
    assert rule_words(DoseRule(**rule)) == with_routes
    assert rule_words(DoseRule(**rule), with_routes=False) == without_routes


def test_toxicities_and_lines_stand_in_running_text() -> None:
    assert toxicity_words(("crs", "icans", "carhlh")) == "CRS or ICANS or HLH-like toxicity"
    assert toxicity_words(("thrombocytopenia",)) == "prolonged refractory thrombocytopenia"
    assert toxicity_words(("unheard_of",)) == "unheard_of"
    assert line_words(("with_steroid", "unheard_of")) == "together with steroid or unheard_of"
    assert [small(text) for text in ("After", "CRS", "B-cell", "")] == ["after", "CRS", "B-cell", ""]


@pytest.mark.parametrize(
    ("shortest", "longest", "words"),
    [
        (3, 7, "3 to 7 days"),
        (3, 3, "3 days"),
        (0, 2, "0 to 2 days"),
        (None, 14, "at most 14 days"),
        (None, 0, "at most 0 days"),
        (2, None, "at least 2 days"),
        (0, None, "at least 0 days"),
        (None, None, ""),
    ],
)
def test_a_span_of_days_is_told_as_far_as_it_is_stated(shortest: int | None, longest: int | None, words: str) -> None:
    assert days_words(shortest, longest) == words


WHOLE = ProtocolRules(
    doses=(
        DoseRule(
            value=Decimal(2),
            basis="mg_per_kg_dose",
            frequency="q6h",
            routes=("sc",),
            toxicities=("crs", "icans"),
            condition="in the morning",
        ),
        DoseRule(step="taper", value=Decimal(1), basis="mg_per_kg_dose"),
    ),
    indications=(
        IndicationRule(toxicity="crs", line="first", antigen="cd19", from_grade=0, condition="rarely"),
        IndicationRule(toxicity="unheard_of", line="unheard_of", antigen="unheard_of"),
    ),
    rounding="syringe_per_dose",
    taper_trigger="when better",
    taper_highest_grade=2,
    taper_shortest_days=3,
    taper_longest_days=7,
    stop_rule="when well",
    stop_highest_grade=1,
    shortest_days=5,
    longest_days=9,
    duration="a week",
    wean_order="last",
)


def test_a_protocol_is_told_heading_by_heading_in_the_order_of_a_page() -> None:
    assert protocol_lines(WHOLE) == [
        ("At the start", "2 mg/kg every 6 hours SC; for CRS or ICANS only; in the morning"),
        ("In the taper", "1 mg/kg per dose"),
        ("CRS", "First line, alone; CD19 CAR T cells; from grade 0 on; rarely"),
        ("unheard_of", "unheard_of; unheard_of CAR T cells"),
        ("Taper", "when better; 3 to 7 days"),
        ("End", "when well; 5 to 9 days"),
        ("How long", "a week"),
        ("Ended in which order", "After the others"),
        ("Rounding", "To whole syringes, each dose"),
    ]
    assert protocol_lines(ProtocolRules()) == []
    assert protocol_lines(ProtocolRules(taper_highest_grade=0, stop_highest_grade=1)) == [
        ("Taper", "grade 0 or less"),
        ("End", "grade 1 or less"),
    ]


def test_a_protocol_comes_back_from_the_plain_data_that_is_kept() -> None:
    kept = WHOLE.as_plain()

    assert kept["doses"][0] == {
        "value": "2",
        "basis": "mg_per_kg_dose",
        "step": "start",
        "frequency": "q6h",
        "routes": ["sc"],
        "toxicities": ["crs", "icans"],
        "condition": "in the morning",
    }
    assert kept["indications"][0] == {
        "toxicity": "crs",
        "line": "first",
        "from_grade": 0,
        "antigen": "cd19",
        "condition": "rarely",
    }
    assert {name: value for name, value in kept.items() if name not in ("doses", "indications")} == {
        "rounding": "syringe_per_dose",
        "taper_trigger": "when better",
        "taper_highest_grade": 2,
        "taper_shortest_days": 3,
        "taper_longest_days": 7,
        "stop_rule": "when well",
        "stop_highest_grade": 1,
        "shortest_days": 5,
        "longest_days": 9,
        "duration": "a week",
        "wean_order": "last",
    }
    assert ProtocolRules.from_plain(kept) == WHOLE
    assert WHOLE.toxicities == ("crs", "unheard_of")


def test_numbers_of_a_dose_are_kept_as_they_were_typed() -> None:
    rule = DoseRule(
        value=Decimal("1E+1"),
        value_up_to=Decimal("12.50"),
        raised_to=Decimal(20),
        basis="mg_per_kg_day",
        frequency_is_a_maximum=True,
    )

    assert rule.as_plain() == {
        "value": "10",
        "value_up_to": "12.50",
        "raised_to": "20",
        "basis": "mg_per_kg_day",
        "step": "start",
        "frequency_is_a_maximum": True,
    }
    assert DoseRule.from_plain(rule.as_plain()) == rule


def test_a_toxicity_that_stands_twice_is_named_once() -> None:
    rules = ProtocolRules(
        indications=tuple(IndicationRule(toxicity=name) for name in ("icans", "crs", "icans", "carhlh"))
    )

    assert rules.toxicities == ("icans", "crs", "carhlh")
