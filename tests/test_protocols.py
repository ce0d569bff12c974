"""The six published protocols: what each states as the letter prints it, in the codes of the casebook, and no more."""

import json
from datetime import date
from decimal import Decimal

import pytest

from forms.code_lists import ANAKINRA_ROUTES, ANTIGENS, LINES, TOXICITIES, WEAN_ORDERS
from forms.context import Context, Protocol
from forms.dosing import DOSE_BASES, FREQUENCIES, Caps, exact_amounts, expected_given_mg
from forms.dosing.protocol_rules import PROTOCOL_ROUNDINGS, PROTOCOL_STEPS, DoseRule, IndicationRule, ProtocolRules
from forms.dosing.protocol_words import days_words, protocol_lines, rule_words
from forms.dosing.protocols import PROTOCOLS


def test_the_six_protocols_state_the_caps_of_the_letter_and_no_more() -> None:
    caps = {name: (protocol.max_single_mg, protocol.max_day_mg) for name, protocol in PROTOCOLS.items()}

    assert caps == {
        "CNH": (100, 400),
        "SCH": (100, 400),
        "CHOP": (None, 400),
        "NIH_CC": (None, None),
        "MUSC": (None, None),
        "STJUDE": (None, None),
    }


def test_the_six_protocols_state_the_doses_of_the_letter_and_no_more() -> None:
    # CLINICAL.md 1.2: frequencies of CHOP and NIH are null, routes are IV, SC or both.
    doses = {name: [(rule.step, rule_words(rule)) for rule in one.rules.doses] for name, one in PROTOCOLS.items()}

    assert doses == {
        "CNH": [("start", "2 mg/kg every 6 hours IV")],
        "SCH": [("start", "2 mg/kg every 6 hours or less often IV")],
        "CHOP": [("start", "2 mg/kg per day SC or IV, may be raised to 10 mg/kg per day")],
        "NIH_CC": [("start", "8 to 10 mg/kg per day SC"), ("taper", "5 to 7 mg/kg per day SC")],
        "MUSC": [
            ("start", "4 mg/kg every 12 hours SC"),
            ("taper", "2 mg/kg every 12 hours SC"),
            ("start", "100 mg every 24 hours SC"),
            ("then", "50 mg every 24 hours SC"),
        ],
        "STJUDE": [("start", "10 mg/kg per day, every 6 hours SC or IV")],
    }


def test_the_six_protocols_state_toxicity_and_line_of_the_letter_and_no_more() -> None:
    both = "after_tocilizumab_and_steroid"
    stated = {
        name: [(rule.toxicity, rule.line, rule.antigen, rule.from_grade) for rule in one.rules.indications]
        for name, one in PROTOCOLS.items()
    }

    assert stated == {
        "CNH": [(toxicity, both, "cd19", None) for toxicity in ("crs", "icans", "carhlh")],
        "SCH": [("icans", "with_steroid", None, 3), ("crs", both, None, None)],
        "CHOP": [("crs", both, None, None), ("thrombocytopenia", both, "cd22", None)],
        "NIH_CC": [("carhlh", "with_steroid", "cd22", None), ("late_systemic", "first", "cd22", None)],
        "MUSC": [(toxicity, both, "cd19", None) for toxicity in ("crs", "icans", "carhlh")],
        "STJUDE": [("carhlh", line, "cd19", None) for line in ("first", "with_steroid", "with_tocilizumab")],
    }


def test_the_six_protocols_state_taper_and_end_of_the_letter_and_no_more() -> None:
    stated = {
        name: (
            one.rules.taper_highest_grade,
            days_words(one.rules.taper_shortest_days, one.rules.taper_longest_days),
            one.rules.stop_highest_grade,
            days_words(one.rules.shortest_days, one.rules.longest_days),
            one.rules.wean_order,
            one.rules.rounding,
        )
        for name, one in PROTOCOLS.items()
    }

    assert stated == {
        "CNH": (2, "3 to 7 days", None, "at most 14 days", "last", None),
        "SCH": (None, "", 2, "", "last", None),
        "CHOP": (None, "", None, "", None, None),
        "NIH_CC": (None, "", None, "", None, None),
        "MUSC": (None, "2 to 3 days", None, "6 to 10 days", None, None),
        "STJUDE": (None, "", None, "", "last", "syringe"),
    }


def test_the_protocols_use_the_codes_of_the_casebook() -> None:
    for protocol in PROTOCOLS.values():
        rules = protocol.rules
        for dose in rules.doses:
            assert dose.step in PROTOCOL_STEPS and dose.basis in DOSE_BASES
            assert dose.frequency is None or dose.frequency in FREQUENCIES
            assert all(route in ANAKINRA_ROUTES for route in dose.routes)
            assert all(toxicity in TOXICITIES for toxicity in dose.toxicities)
        for indication in rules.indications:
            assert indication.toxicity in TOXICITIES and indication.line in LINES
            assert indication.antigen is None or indication.antigen in ANTIGENS
        assert rules.rounding is None or rules.rounding in PROTOCOL_ROUNDINGS
        assert rules.wean_order is None or rules.wean_order in WEAN_ORDERS


@pytest.mark.parametrize(
    ("center", "weight", "mg_per_kg_day", "one_dose", "frequency"),
    [
        # CLINICAL.md 1.2, the arithmetic below the table.
        ("CNH", "49.9", "8", "99.8", "q6h"),
        ("CNH", "50", "8", "100", "q6h"),
        ("CNH", "50.1", "8", "100", "q6h"),
        ("SCH", "80", "8", "100", "q6h"),
        ("MUSC", "60", "8", "240", "q12h"),
        ("STJUDE", "60", "10", "150", "q6h"),
    ],
)
def test_the_first_dose_of_a_protocol_at_a_weight(
    center: str, weight: str, mg_per_kg_day: str, one_dose: str, frequency: str
) -> None:
    protocol = PROTOCOLS[center]
    rule = protocol.rules.doses[0]
    ordered = exact_amounts(
        value=rule.value, basis=rule.basis, frequency=rule.frequency or frequency, weight_kg=Decimal(weight)
    )
    caps = Caps(single_mg=protocol.max_single_mg, day_mg=protocol.max_day_mg)
    cut = "none" if caps == Caps() else "both"

    assert ordered.mg_per_kg_day == Decimal(mg_per_kg_day)
    given = expected_given_mg(ordered, frequency=frequency, rounding="none", cap_applied=cut, caps=caps)
    assert given == Decimal(one_dose)


@pytest.mark.parametrize(("weight", "day"), [("39.9", "399"), ("40", "400"), ("40.1", "400"), ("60", "400")])
def test_ten_mg_per_kg_meet_the_daily_cap_of_400_mg_at_40_kg(weight: str, day: str) -> None:
    ordered = exact_amounts(value=Decimal(10), basis="mg_per_kg_day", frequency="continuous", weight_kg=Decimal(weight))
    caps = Caps(day_mg=PROTOCOLS["CHOP"].max_day_mg)
    found = expected_given_mg(ordered, frequency="continuous", rounding=None, cap_applied="daily", caps=caps)

    assert found == Decimal(day)


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=lambda protocol: protocol.id)
def test_the_rules_come_back_from_what_a_database_keeps(protocol) -> None:
    kept = json.loads(json.dumps(protocol.rules.as_plain(), sort_keys=True))

    assert ProtocolRules.from_plain(kept) == protocol.rules


def test_what_is_not_stated_is_not_kept_and_a_grade_of_0_is() -> None:
    rules = ProtocolRules(
        doses=(DoseRule(value=Decimal("2.50"), basis="mg_per_kg_dose"),),
        indications=(IndicationRule(toxicity="crs", from_grade=0),),
        stop_highest_grade=0,
    )

    assert rules.as_plain() == {
        "doses": [{"value": "2.50", "basis": "mg_per_kg_dose", "step": "start"}],
        "indications": [{"toxicity": "crs", "from_grade": 0}],
        "stop_highest_grade": 0,
    }
    assert ProtocolRules.from_plain(None) == ProtocolRules()
    assert ProtocolRules().as_plain() == {}


def test_the_protocol_in_force_is_the_newest_that_has_begun_and_of_two_on_a_day_the_later_one() -> None:
    protocols = tuple(
        Protocol(version=version, effective_from=date(2026, month, 1))
        for version, month in (("1", 1), ("3", 5), ("2", 3), ("2b", 3))
    )
    on = {
        day: Context(today=date(2026, 8, 1), protocols=protocols).protocol_on(day)
        for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1), None)
    }

    assert [found.version if found else None for found in on.values()] == [None, "1", "2b", "3", None]


def test_a_dose_without_a_frequency_says_that_it_is_one_dose() -> None:
    once = DoseRule(step="start", value=Decimal(5), basis="mg_per_kg_dose")
    assert rule_words(once) == "5 mg/kg per dose"


def test_a_protocol_is_told_in_the_words_of_the_ward() -> None:
    assert protocol_lines(PROTOCOLS["SCH"].rules) == [
        ("At the start", "2 mg/kg every 6 hours or less often IV; higher doses in rare circumstances"),
        ("ICANS", "Together with steroid; from grade 3 on"),
        (
            "CRS",
            "After tocilizumab and steroid; severe, rarely; after the first tocilizumab, before the second",
        ),
        ("End", "index toxicity at grade 2 or less"),
        ("How long", "varies"),
        ("Ended in which order", "After the others"),
    ]
    grade_only = ProtocolRules(taper_highest_grade=1, taper_longest_days=3, rounding="syringe_per_day")
    assert protocol_lines(grade_only) == [
        ("Taper", "grade 1 or less; at most 3 days"),
        ("Rounding", "To whole syringes, each day"),
    ]
    unsaid = ProtocolRules(indications=(IndicationRule(toxicity="tian"),))
    assert protocol_lines(unsaid) == [("TIAN", "line not stated")]
