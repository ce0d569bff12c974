"""The words of the verdict on an order: what was ordered, what fits, every deviation, why it cannot be compared."""

from datetime import date
from decimal import Decimal

import pytest

from forms.context import Protocol
from forms.dosing.protocol_rules import DoseRule, IndicationRule, ProtocolRules
from judged_orders import AS_CNH_SAYS, judged, order


def test_a_day_capped_dose_that_the_frequency_shares_out() -> None:
    typed = {**order("10", "mg_per_kg_day", "q8h", "sc", "133.33"), "cap_applied": "daily"}
    rules = ProtocolRules(doses=(DoseRule(value=Decimal(10), basis="mg_per_kg_day"),))
    protocol = Protocol(version="1", effective_from=date(2026, 1, 1), max_day_mg=400, rules=rules)
    by_weight = {kg: judged(protocol, typed, course={"dosing_weight_kg": kg}) for kg in ("39.99", "40", "40.01")}
    above = judged(protocol, {**typed, "given_mg": "133.34"}, course={"dosing_weight_kg": "60"})

    assert [found.value for found in by_weight.values()] == ["conform", "conform", "conform_at_cap"]
    assert by_weight["40.01"].because == (
        "10 mg/kg per day, every 8 hours SC, capped at 400 mg per day: as the protocol of 2026-01-01 says; it states "
        "no frequency and no route"
    )
    assert (above.value, above.because) == (
        "above_cap",
        "10 mg/kg per day, every 8 hours SC: not as the protocol of 2026-01-01 says: 400.02 mg per day is above its "
        "cap of 400 mg",
    )


def test_the_cap_that_cut_the_order_is_the_one_that_leaves_less() -> None:
    rules = ProtocolRules(doses=(DoseRule(value=Decimal(2), basis="mg_per_kg_dose", frequency="q6h"),))
    said = []
    for single, day in ((100, 200), (50, 400), (100, None), (None, 200)):
        protocol = Protocol(
            version="1", effective_from=date(2026, 1, 1), max_single_mg=single, max_day_mg=day, rules=rules
        )
        typed = {**order("2", "mg_per_kg_dose", "q6h", "sc", "50"), "cap_applied": "both"}
        said.append(judged(protocol, typed, course={"dosing_weight_kg": "60"}).because.partition(":")[0])

    # 200 mg a day every 6 hours are 50 mg.
    assert said == [
        "2 mg/kg every 6 hours SC, capped at 200 mg per day",
        "2 mg/kg every 6 hours SC, capped at 50 mg",
        "2 mg/kg every 6 hours SC, capped at 100 mg",
        "2 mg/kg every 6 hours SC, capped at 200 mg per day",
    ]


def test_what_deviates_of_the_indication_is_told_before_what_the_dose_is_stated_for() -> None:
    dose = DoseRule(value=Decimal(2), basis="mg_per_kg_dose", frequency="q6h", toxicities=("icans",))
    later, named = (IndicationRule(toxicity="crs", from_grade=grade) for grade in (4, 3))
    said = [
        judged(
            Protocol(
                version="1",
                effective_from=date(2026, 1, 1),
                rules=ProtocolRules(doses=(dose,), indications=(indication,)),
            ),
            order("2", "mg_per_kg_dose", "q6h", "sc"),
        ).because.rpartition(": ")[2]
        for indication in (later, named)
    ]

    assert said == [
        "begun at grade 3, it says from grade 4 on",
        "given for CRS, it states this dose for ICANS",
    ]


def test_the_words_say_what_fits_and_every_deviation() -> None:
    at_cap = judged("CNH", {**AS_CNH_SAYS, "given_mg": "100"}, course={"dosing_weight_kg": "60"})
    astray = {**AS_CNH_SAYS, "dose_value": "4", "frequency": "q8h", "route": "sc", "given_mg": "110"}
    found = judged("CNH", astray, toxicity="tian", course={"line": "first"})
    line = judged("CNH", AS_CNH_SAYS, course={"line": "first"})

    assert at_cap.because == "2 mg/kg every 6 hours IV, capped at 100 mg: as the protocol of 2026-01-01 says"
    assert line.because == (
        "2 mg/kg every 6 hours IV: not as the protocol of 2026-01-01 says: given in the first line, alone, it says "
        "after tocilizumab and steroid"
    )
    assert found.value == "above_cap"
    assert found.because == (
        "4 mg/kg every 8 hours SC: not as the protocol of 2026-01-01 says: 110 mg per dose is above its cap of 100 mg; "
        "above the 2 mg/kg every 6 hours that it says; it says every 6 hours; it says IV; given for TIAN, it names CRS "
        "or ICANS or HLH-like toxicity"
    )
    assert found.details == {
        "cap": "above",
        "taper": "not_stated",
        "dose": "above",
        "frequency": "other",
        "route": "other",
        "indication": "other",
        "line": "not_stated",
        "protocol": "1.0",
    }


def without(*names: str) -> dict[str, str]:
    return {name: text for name, text in AS_CNH_SAYS.items() if name not in names}


NOT_YET = Protocol(version="1", effective_from=date(2027, 1, 1))
ONLY_A_CAP = Protocol(version="1", effective_from=date(2026, 1, 1), max_single_mg=100)
SAYS = "the protocol of 2026-01-01"
CONTINUOUS = ("8", "mg_per_kg_day", "continuous")


@pytest.mark.parametrize(
    ("center", "typed", "because"),
    [
        (NOT_YET, AS_CNH_SAYS, "2 mg/kg every 6 hours IV: no protocol of the site is in force on 2026-03-10"),
        (NOT_YET, without("from_at"), "2 mg/kg every 6 hours IV: the day of its first dose is missing"),
        (
            "CNH",
            without("dose_value", "frequency"),
            f"The order: cannot be compared with {SAYS}: the frequency is missing; the dose and the frequency are "
            "missing",
        ),
        ("CNH", AS_CNH_SAYS, f"2 mg/kg every 6 hours IV: as {SAYS} says"),
        (
            "CNH",
            order(*CONTINUOUS, "iv_continuous", "160"),
            f"8 mg/kg per day continuously IV: not as {SAYS} says: it says every 6 hours",
        ),
        (
            "CNH",
            order(*CONTINUOUS, "sc", "160"),
            f"8 mg/kg per day continuously SC: not as {SAYS} says: it says every 6 hours; it says IV",
        ),
        (
            "CNH",
            order("2", "mg_per_kg_dose", "q6h", "iv_continuous", "40"),
            f"2 mg/kg every 6 hours IV continuous: as {SAYS} says",
        ),
        (
            ONLY_A_CAP,
            AS_CNH_SAYS,
            f"2 mg/kg every 6 hours IV: cannot be compared with {SAYS}: it does not state the dose of such an order",
        ),
        (
            ONLY_A_CAP,
            {**AS_CNH_SAYS, "taper_step": "yes"},
            f"2 mg/kg every 6 hours IV: cannot be compared with {SAYS}: it does not state the dose of a taper",
        ),
    ],
)
def test_the_words_tell_the_order_and_why_it_cannot_be_compared(
    center: str | Protocol, typed: dict[str, str], because: str
) -> None:
    assert judged(center, typed).because == because
