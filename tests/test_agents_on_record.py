"""What other pages say of an agent is offered on its page: the toxicity treated, the last dose, unit and route."""

from typing import Any

import pytest

from on_record import offered

FIRST_DOSE = "2026-03-08 14:00"
ONLY_DOSE = (FIRST_DOSE, "concomitant_agent", "the only dose")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"frequency": "once"}, ONLY_DOSE),
        ({"doses_given": "1"}, ONLY_DOSE),
        ({"frequency": "once", "doses_given": "1", "ongoing": "no"}, ONLY_DOSE),
        ({"ongoing": "no"}, (*ONLY_DOSE[:2], "the first dose if it was the only one")),
        # It may go on still, or was given more than once.
        ({}, None),
        ({"ongoing": "yes"}, None),
        ({"ongoing": "no", "frequency": "q6h"}, None),
        ({"ongoing": "no", "doses_given": "2"}, None),
        ({"frequency": "once", "doses_given": "2"}, None),
        ({"frequency": "once", "started_at": None}, None),
    ],
)
def test_the_first_dose_is_offered_as_the_last_of_an_agent_that_was_or_may_have_been_given_once(
    answers: dict[str, Any], expected: tuple[str, str, str] | None
) -> None:
    found = offered("concomitant_agent", {"agent": "tocilizumab", "started_at": FIRST_DOSE, **answers})
    assert found == ({"stopped_at": expected} if expected else {})


def test_a_first_dose_of_which_only_the_day_is_known_is_offered_as_it_is() -> None:
    found = offered("concomitant_agent", {"started_at": "2026-03-08", "frequency": "once"})
    assert found == {"stopped_at": ("2026-03-08", "concomitant_agent", "the only dose")}


CRS_DAY = {"key": "a2", "infusion": "i1", "assessed_at": "2026-03-08 08:00", "crs_grade": "2", "icans_grade": "0"}
ICANS_DAY = {**CRS_DAY, "key": "a3", "assessed_at": "2026-03-10 08:00", "icans_grade": "1"}
CRS_EPISODE = {"key": "t1", "infusion": "i1", "toxicity": "crs", "onset_on": "2026-03-07"}
TREATED = {"agent": "tocilizumab", "purpose": "treatment", "started_at": FIRST_DOSE}
ICANS_EPISODE = {"key": "t2", "infusion": "i1", "toxicity": "icans", "onset_on": "2026-03-08"}
OLD_EPISODE = {**CRS_EPISODE, "key": "t3", "onset_on": "2026-03-06", "resolved_on": "2026-03-07"}


@pytest.mark.parametrize(
    ("changes", "episodes", "days", "is_offered"),
    [
        ({}, [CRS_EPISODE], [CRS_DAY], True),
        ({"started_at": "2026-03-07"}, [CRS_EPISODE], [], True),
        # The others had not begun by then, or had ended before.
        ({}, [CRS_EPISODE, {**ICANS_EPISODE, "onset_on": "2026-03-09"}], [CRS_DAY, ICANS_DAY], True),
        ({}, [CRS_EPISODE, OLD_EPISODE], [], True),
        ({}, [CRS_EPISODE, ICANS_EPISODE], [], False),
        ({}, [CRS_EPISODE, {**OLD_EPISODE, "resolved_on": "2026-03-08"}], [], False),
        ({}, [CRS_EPISODE, {**ICANS_EPISODE, "onset_on": None}], [], False),
        ({}, [{**CRS_EPISODE, "onset_on": None}], [], False),
        ({}, [], [CRS_DAY], False),
        # Neurotoxicity was graded by then and has no episode: it may have been treated.
        ({}, [CRS_EPISODE], [CRS_DAY, {**ICANS_DAY, "assessed_at": "2026-03-08 10:00"}], False),
        ({"started_at": "2026-03-06 23:00"}, [CRS_EPISODE], [], False),
        ({"started_at": "2026-03"}, [CRS_EPISODE], [], False),
        ({"started_at": None}, [CRS_EPISODE], [], False),
        ({"purpose": "prevention"}, [CRS_EPISODE], [], False),
        ({"purpose": None}, [CRS_EPISODE], [], False),
    ],
)
def test_the_only_toxicity_there_is_offered_to_an_agent_given_as_treatment(
    changes: dict[str, Any], episodes: list[dict[str, Any]], days: list[dict[str, Any]], is_offered: bool
) -> None:
    found = offered("concomitant_agent", {**TREATED, **changes}, toxicity_episode=episodes, assessment=days)
    expected = {"episodes": ("('t1',)", "toxicity_episode", "the only one at the first dose")} if is_offered else {}
    assert found == expected


def test_an_agent_before_any_infusion_is_offered_no_toxicity() -> None:
    found = offered("concomitant_agent", TREATED, infusion=[], toxicity_episode=[CRS_EPISODE])
    assert found == {}


TOCILIZUMAB = {"agent": "tocilizumab", "started_at": "2026-03-07 20:00", "unit": "mg_per_kg", "route": "iv"}
LATER = {**TOCILIZUMAB, "key": "g2", "started_at": "2026-03-10", "unit": "mg"}
OTHER_DRUG = {**LATER, "agent": "other", "agent_other": "baricitinib", "route": "oral"}


@pytest.mark.parametrize(
    ("answers", "others", "unit", "route", "when"),
    [
        ({}, [TOCILIZUMAB], "mg_per_kg", "iv", "2026-03-07 20:00"),
        ({}, [LATER, TOCILIZUMAB], "mg", "iv", "2026-03-10"),
        ({}, [TOCILIZUMAB, {**LATER, "route": None}], "mg", None, "2026-03-10"),
        # Once the first dose is typed, it is the page before that goes on in this one.
        ({"started_at": "2026-03-08 14:00"}, [TOCILIZUMAB, LATER], "mg_per_kg", "iv", "2026-03-07 20:00"),
        ({"started_at": "2026-03-07 14:00"}, [TOCILIZUMAB], None, None, ""),
        ({"started_at": "2026-03-10"}, [LATER], "mg", "iv", "2026-03-10"),
        # Of two that began together the key decides, so that the offer is the same each time.
        ({}, [{**LATER, "key": "g0", "unit": "units"}, LATER], "mg", "iv", "2026-03-10"),
        ({}, [{**TOCILIZUMAB, "agent": "siltuximab"}], None, None, ""),
        ({}, [{**TOCILIZUMAB, "started_at": None}], None, None, ""),
        ({"agent": None}, [{**TOCILIZUMAB, "agent": None}], None, None, ""),
        ({"agent": "other", "agent_other": "baricitinib"}, [OTHER_DRUG], "mg", "oral", "2026-03-10"),
        ({"agent": "other", "agent_other": "itacitinib"}, [OTHER_DRUG], None, None, ""),
    ],
)
def test_unit_and_route_of_the_page_before_of_the_same_agent_are_offered_and_no_dose(
    answers: dict[str, Any], others: list[dict[str, Any]], unit: str | None, route: str | None, when: str
) -> None:
    told = [{"key": "g1", "dose": "8", "frequency": "once", "purpose": "treatment", **other} for other in others]
    found = offered("concomitant_agent", {"agent": "tocilizumab", **answers}, concomitant_agent=told)
    expected = {"unit": unit, "route": route}
    assert found == {
        name: (code, "concomitant_agent", f"the page from {when}") for name, code in expected.items() if code
    }
