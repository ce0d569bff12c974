"""An item that gives a withheld answer away is withheld with it, whoever withholds it: profile, rarity or gate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from forms.branching import When
from forms.casebook import CASEBOOK
from registry.release.actions import Action, Verb
from registry.release.gate import Passed, Risk
from registry.release.preparing import after_gate
from registry.release.profiles import Profile
from registry.release.quasi_identifiers import LADDER
from registry.release.rules import actions

Actions = Mapping[str, Sequence[Action]]
NAMES = [quasi.name for quasi in LADDER]
COARSER = [quasi.name for quasi in LADDER if len(quasi.levels) > 1 and len(quasi.items) == 1]
CONDITIONS = {
    f"{form.name}.{name}": {f"{form.name}.{parent}" for parent in item.ask_if.items}
    for form in CASEBOOK.values()
    for name, item in form.items.items()
    if item.ask_if
}
SAFE = Risk(children=22, classes=2, smallest=11, under=0, mean=1 / 11, highest=1 / 11, one_outcome=0)


def passed(*, masked: Sequence[str] = (), **levels: int | None) -> Passed:
    """Return what a gate let through: everything as finely as it can, except what is given."""
    return Passed(
        target=11,
        levels={**dict.fromkeys(NAMES, 0), **levels},
        values={},
        masked=dict.fromkeys(masked, 1),
        finer={},
        before=SAFE,
        after=SAFE,
    )


def by_key(actions: Actions) -> dict[str, Action]:
    return {f"{action.form}.{action.item}": action for own in actions.values() for action in own}


def left_out_of_forms(found: Mapping[str, Action]) -> set[str]:
    return {key for key, action in found.items() if not action.has_column and not action.column}


def telling(found: Mapping[str, Action], withheld: set[str]) -> dict[str, set[str]]:
    """Return each item that leaves though it is asked only for some answers to a withheld one."""
    return {
        key: parents & withheld for key, parents in CONDITIONS.items() if found[key].has_column and parents & withheld
    }


@pytest.mark.parametrize("profile", [Profile.LIMITED, Profile.DEIDENTIFIED])
def test_a_profile_withholds_what_is_asked_only_for_some_answers_to_what_it_withholds(profile: Profile) -> None:
    found = by_key(actions(profile))
    assert telling(found, left_out_of_forms(found)) == {}


@pytest.mark.parametrize("left_out", [*([name] for name in NAMES), NAMES], ids=lambda names: "-".join(names)[:30])
def test_what_the_gate_leaves_out_takes_what_is_asked_for_it_along(left_out: list[str]) -> None:
    found = by_key(after_gate(actions(), passed(**dict.fromkeys(left_out))))
    assert telling(found, left_out_of_forms(found)) == {}


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_masked_for_some_children_takes_what_is_asked_for_it_along(name: str) -> None:
    found = by_key(after_gate(actions(), passed(masked=[name])))
    hidden = left_out_of_forms(found) | {key for key, action in found.items() if action.column == name}
    assert telling(found, hidden) == {}


@pytest.mark.parametrize("name", COARSER)
def test_what_is_asked_for_some_answers_never_tells_them_apart_where_they_leave_coarser(name: str) -> None:
    found = by_key(after_gate(actions(), passed(**{name: 1})))
    hidden = {key for key, action in found.items() if action.column == name}
    assert telling(found, left_out_of_forms(found) | hidden) == {}


def test_without_intensive_care_neither_doses_nor_oxygen_nor_depth_of_sedation_leave() -> None:
    found = by_key(after_gate(actions(), passed(intensive_care=None)))
    told = (
        "norepinephrine_dose",
        "vasoactive_for_sedation",
        "oxygen_flow_l_min",
        "fio2",
        "hypoxia_other_cause",
        "rass",
    )
    assert {found[f"assessment.{name}"].verb for name in told} == {Verb.DROP}
    assert found["assessment.rass"].why == "is asked only for some answers to sedated, which it gives away"
    assert by_key(after_gate(actions(), passed()))["assessment.fio2"].verb is Verb.KEEP


def test_what_is_asked_only_for_a_rare_answer_goes_with_it() -> None:
    assert CASEBOOK["assessment"].items["rass"].ask_if == When("sedated")
    cleared = {
        form: tuple(replace(one, verb=Verb.CLEAR) if one.item == "sedated" else one for one in own)
        for form, own in actions().items()
    }
    assert by_key(after_gate(cleared, passed()))["assessment.rass"].verb is Verb.DROP
