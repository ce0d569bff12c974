"""The six published protocols: their caps and orders as the letter prints them, in the codes of the casebook."""

from forms.code_lists import ANAKINRA_ROUTES, TOXICITIES
from forms.dosing import DOSE_BASES, FREQUENCIES
from forms.protocols import PROTOCOLS


def test_the_six_protocols_state_what_the_letter_states_and_no_more() -> None:
    caps = {name: (protocol.max_single_mg, protocol.max_day_mg) for name, protocol in PROTOCOLS.items()}
    orders = {
        name: [(str(r.value), r.value_up_to and str(r.value_up_to), r.basis, r.frequency) for r in protocol.regimens]
        for name, protocol in PROTOCOLS.items()
    }

    assert caps == {
        "CNH": (100, 400),
        "SCH": (100, 400),
        "CHOP": (None, 400),
        "NIH_CC": (None, None),
        "MUSC": (None, None),
        "STJUDE": (None, None),
    }
    assert orders == {
        "CNH": [("2", None, "mg_per_kg_dose", "q6h")],
        "SCH": [("2", None, "mg_per_kg_dose", "q6h")],
        "CHOP": [("2", None, "mg_per_kg_day", None)],
        "NIH_CC": [("8", "10", "mg_per_kg_day", None), ("5", "7", "mg_per_kg_day", None)],
        "MUSC": [("4", None, "mg_per_kg_dose", "q12h"), ("100", None, "mg_flat", "q24h")],
        "STJUDE": [("10", None, "mg_per_kg_day", "q6h")],
    }


def test_the_protocols_use_the_codes_of_the_casebook() -> None:
    for protocol in PROTOCOLS.values():
        assert all(toxicity in TOXICITIES for toxicity in protocol.toxicities)
        for regimen in protocol.regimens:
            assert regimen.basis in DOSE_BASES
            assert regimen.frequency is None or regimen.frequency in FREQUENCIES
            assert all(route in ANAKINRA_ROUTES for route in regimen.routes)
