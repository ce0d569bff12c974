"""The items of an assessment that are made alike: what each asks, when, within which limits."""

from __future__ import annotations

from forms.branching import When
from forms.casebook import CASEBOOK
from forms.casebook.assessment_circulation import _dose
from forms.casebook.assessment_hlh import _criterion
from forms.casebook.assessment_neurology import _WITH_CAPD, _WITH_ICE, _capd_part, _ice_part, _other_cause
from forms.casebook.assessment_rules import _parts_of
from forms.items import CLINICAL, CONFIRM, Count, Number, YesNo

ITEMS = CASEBOOK["assessment"].items


def test_the_dose_of_a_vasoactive_drug_is_asked_when_it_is_given() -> None:
    assert _dose("norepinephrine", "Norepinephrine", 5) == Number(
        label="Norepinephrine dose",
        unit="ug/kg/min",
        decimals=4,
        low=0,
        high=5,
        beyond=CONFIRM,
        ask_if=When("vasoactives", is_in=("norepinephrine",)),
        extended=True,
        privacy=CLINICAL,
        help="The highest rate since the last assessment in ug/kg/min, such as 0.05.",
    )
    other = _dose("vasopressin", "Vasopressin", 1, unit="U/kg/h", example="0.02")
    assert (other.unit, other.help) == ("U/kg/h", "The highest rate since the last assessment in U/kg/h, such as 0.02.")


def test_a_criterion_of_hlh_is_asked_on_suspicion() -> None:
    asked = _criterion("Spleen enlarged", "Yes for 3 cm")

    assert asked == YesNo(
        label="Spleen enlarged",
        ask_if=When("carhlh_suspected"),
        extended=True,
        privacy=CLINICAL,
        help="Such as Yes for 3 cm.",
    )
    assert _criterion("Spleen enlarged", "Yes for 3 cm", extended=False).extended is False


def test_another_cause_is_asked_beside_the_sign() -> None:
    shown = When("seizure", is_in=("brief",))

    assert _other_cause("Seizure", shown) == YesNo(
        label="Seizure: another cause",
        ask_if=shown,
        extended=True,
        privacy=CLINICAL,
        help="Yes if the clinician puts it down to something other than ICANS, such as an opioid or an old deficit.",
    )


def test_the_parts_of_ice_and_capd() -> None:
    # 2.2: ICE 0 to 10 in five parts; CAPD eight items of 0 to 4, the first four scored never 4 to always 0.
    assert _ice_part("Naming", 3, "One for each object.") == Count(
        label="ICE: Naming",
        unit="points",
        low=0,
        high=3,
        ask_if=_WITH_ICE,
        extended=True,
        privacy=CLINICAL,
        help="One for each object.",
    )
    reversed_part, part = (_capd_part("Eye contact", reversed_scale=one) for one in (True, False))
    assert part == Count(
        label="CAPD: Eye contact",
        unit="points",
        low=0,
        high=4,
        ask_if=_WITH_CAPD,
        extended=True,
        privacy=CLINICAL,
        help="Over the whole shift, 0 = never to 4 = always, such as 1.",
    )
    assert reversed_part.help == "Over the whole shift, 0 = always to 4 = never, such as 1."


def test_the_parts_of_a_test_are_its_items_but_for_the_score() -> None:
    ice, capd = _parts_of("ice"), _parts_of("capd")

    assert ice == tuple(name for name in ITEMS if name.startswith("ice_") and name != "ice_total")
    assert capd == tuple(name for name in ITEMS if name.startswith("capd_") and name != "capd_total")
    assert (len(ice), len(capd)) == (5, 8)
