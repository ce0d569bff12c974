"""What an infusion, an infection, a response, an order and an episode could be told is offered on theirs, no more."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import crf_client
from bedside import child, row_of
from children import make_child
from forms.casebook import CASEBOOK
from on_record import BASELINE, INFUSION, offered
from signing_in import SignIn

SAMPLE = {"key": "l1", "sampled_at": "2026-03-14 06:00", "anc": "<0.1", "platelets": "22", "igg": "320"}


@pytest.mark.parametrize(
    ("infused_on", "others", "is_offered"),
    [
        ("2026-03-05", [], True),
        ("2026-03-05", [{"key": "i2", "infused_on": "2026-06-01"}], True),
        # A later infusion has a burden of its own, and of two of one day neither is known to be the first.
        ("2026-06-01", [INFUSION], False),
        ("2026-03-05", [{"key": "i2", "infused_on": "2026-03-05"}], False),
        ("2026-03-05", [{"key": "i2"}], False),
        (None, [], False),
    ],
)
def test_the_burden_of_the_baseline_is_offered_for_the_first_infusion(
    infused_on: str | None, others: list[dict[str, str]], is_offered: bool
) -> None:
    expected = {"burden_at_lymphodepletion": ("high", "baseline", "2026-02-26")} if is_offered else {}
    assert offered("infusion", {"infused_on": infused_on}, infusion=others) == expected


def test_a_baseline_that_is_not_there_or_has_no_day_tells_nothing() -> None:
    assert offered("infusion", {"infused_on": "2026-03-05"}, infusion=[], baseline=[]) == {}
    assert offered("response", {"assessed_on": "2026-04-02"}, baseline=[{**BASELINE, "assessed_on": None}]) == {}


def test_the_burden_of_the_infusion_is_offered_to_its_course() -> None:
    course = {"infusion": "i1", "started_at": "2026-03-11 14:00"}
    expected = {"at_start_disease_burden": ("mrd_only", "infusion", "2026-03-05")}
    assert offered("anakinra_course", course) == expected
    assert offered("anakinra_course", {**course, "infusion": None}) == {}
    assert offered("anakinra_course", course, infusion=[{**INFUSION, "burden_at_lymphodepletion": None}]) == {}


def test_disease_and_counts_of_the_day_are_offered_to_a_response() -> None:
    disease = {"disease_group": ("b_all", "baseline", "2026-02-26")}
    assert offered("response", {"assessed_on": "2026-03-14"}, laboratory=[SAMPLE]) == {
        **disease,
        "anc": ("<0.100", "laboratory", "2026-03-14 06:00"),
        "platelets": ("22.0", "laboratory", "2026-03-14 06:00"),
    }
    assert offered("response", {"assessed_on": "2026-03-15"}, laboratory=[SAMPLE]) == disease
    assert offered("response", {"assessed_on": None}, laboratory=[SAMPLE]) == disease


@pytest.mark.parametrize(
    ("later", "neutrophils"),
    [
        ({"anc": "<0.1"}, "<0.100"),
        # Two counts of one day: which of them stands for it is for a person to choose.
        ({"anc": "0.1"}, None),
        ({"anc": "0.3"}, None),
        ({}, "<0.100"),
    ],
)
def test_neutrophils_of_the_day_of_onset_are_offered_where_its_samples_agree(
    later: dict[str, str], neutrophils: str | None
) -> None:
    samples = [SAMPLE, {"key": "l2", "sampled_at": "2026-03-14 18:00", **later}]
    found = offered("infection", {"onset_on": "2026-03-14"}, laboratory=samples)
    assert found.get("anc_at_onset") == (neutrophils and (neutrophils, "laboratory", "2026-03-14 06:00"))


@pytest.mark.parametrize(
    ("onset", "names"),
    [
        ("2026-03-14", {"anc_at_onset", "igg_at_onset"}),
        ("2026-03-15", {"igg_at_onset"}),
        ("2026-04-13", {"igg_at_onset"}),
        ("2026-04-14", set()),
        ("2026-03-13", set()),
        ("2026-03", set()),
        (None, set()),
    ],
)
def test_an_infection_is_offered_what_was_sampled_on_its_onset_or_in_the_month_before(
    onset: str | None, names: set[str]
) -> None:
    assert set(offered("infection", {"onset_on": onset}, laboratory=[SAMPLE])) == names


def test_the_last_immunoglobulin_of_the_month_is_offered() -> None:
    samples = [{**SAMPLE, "igg": "410"}, {"key": "l0", "sampled_at": "2026-03-02 06:00", "igg": "600"}]
    found = offered("infection", {"onset_on": "2026-03-20"}, laboratory=samples)
    assert found == {"igg_at_onset": ("410.0", "laboratory", "2026-03-14 06:00")}


def test_of_two_samples_of_one_minute_the_last_recorded_is_offered() -> None:
    found = offered("infection", {"onset_on": "2026-03-20"}, laboratory=[SAMPLE, {**SAMPLE, "key": "l2", "igg": "300"}])
    assert found == {"igg_at_onset": ("300.0", "laboratory", "2026-03-14 06:00")}


STEROID = {
    "key": "g1",
    "agent": "dexamethasone",
    "route": "iv",
    "started_at": "2026-03-08 14:00",
    "stopped_at": "2026-03-10 14:00",
    "ongoing": "no",
}
ON_ANAKINRA = {"key": "c1", "given": "yes", "started_at": "2026-03-09 18:00", "stopped_at": "2026-03-15 12:00"}
IN_7_DAYS = "2026-03-13 to 2026-03-19"


def before_infection(item: str = "agents_7_days", **rows: Any) -> tuple[tuple[str, ...], str] | None:
    """Return the classes offered for an infection of 2026-03-20, and where they are said to stand."""
    recorded = CASEBOOK["infection"].recorded
    assert recorded is not None
    found = recorded(row_of("infection", {"key": "x1", "onset_on": "2026-03-20"}), child(**rows)).get(item)
    return found and (found.value, f"{' '.join((found.form, *found.also))}: {found.when}")


def test_an_infection_is_offered_the_immunosuppressants_of_the_days_before_it() -> None:
    rows = {"concomitant_agent": [STEROID], "anakinra_course": [ON_ANAKINRA]}
    assert before_infection(**rows) == (("anakinra",), f"anakinra_course: {IN_7_DAYS}")
    assert before_infection("agents_30_days", **rows) == (
        ("anakinra", "steroid"),
        "concomitant_agent anakinra_course: 2026-02-18 to 2026-03-19",
    )


@pytest.mark.parametrize(
    ("steroid", "expected"),
    [
        ({"stopped_at": "2026-03-13 00:30"}, ("steroid",)),
        ({"stopped_at": "2026-03-12 23:30"}, None),
        ({"started_at": "2026-03-19 23:00", "stopped_at": None, "ongoing": "yes"}, ("steroid",)),
        # The day of onset is not before it.
        ({"started_at": "2026-03-20 01:00", "stopped_at": None, "ongoing": "yes"}, None),
        ({"stopped_at": None, "ongoing": "yes"}, ("steroid",)),
        # It may have ended on its first day, and it may have gone on.
        ({"stopped_at": None, "ongoing": None}, None),
        ({"stopped_at": "2026-03"}, None),
        ({"started_at": None, "stopped_at": None}, None),
        ({"stopped_at": "2026-03-14 08:00", "purpose": "premedication"}, None),
        ({"stopped_at": "2026-03-14 08:00", "route": "topical"}, None),
    ],
)
def test_only_what_was_certainly_given_before_an_infection_is_offered(
    steroid: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    found = before_infection(concomitant_agent=[{**STEROID, **steroid}])
    assert (found and found[0]) == expected


@pytest.mark.parametrize(
    "unknown",
    [{"stopped_at": None, "ongoing": None}, {"stopped_at": "2026-03"}, {"started_at": None, "stopped_at": None}],
)
def test_what_was_perhaps_given_before_an_infection_is_named_beside_the_offer(unknown: dict[str, Any]) -> None:
    found = before_infection(anakinra_course=[ON_ANAKINRA], concomitant_agent=[{**STEROID, **unknown}])
    assert found == (("anakinra",), f"anakinra_course: {IN_7_DAYS}; perhaps also systemic steroid, of unknown days")


@pytest.mark.parametrize(("stopped", "is_told"), [("2026-03-12 23:00", False), ("2026-03-13 01:00", True)])
def test_an_agent_of_unknown_start_that_ended_before_the_days_asked_about_is_not_named(
    stopped: str, *, is_told: bool
) -> None:
    unknown = {**STEROID, "started_at": None, "stopped_at": stopped}
    found = before_infection(anakinra_course=[ON_ANAKINRA], concomitant_agent=[unknown])
    assert found is not None
    assert ("perhaps also systemic steroid" in found[1]) is is_told


def test_that_no_page_tells_of_an_agent_is_not_offered_as_none() -> None:
    assert before_infection() is None and before_infection("agents_30_days") is None


@pytest.mark.parametrize(
    ("lymphodepletion", "expected"),
    [
        ({"lymphodepletion": "flu_cy", "lymphodepletion_on": "2026-02-27"}, (("anakinra", "chemotherapy"), "")),
        # It lasted some days, nobody said how many: its end may lie within the thirty days.
        ({"lymphodepletion": "flu_cy", "lymphodepletion_on": "2026-02-17"}, (("anakinra",), "chemotherapy")),
        ({"lymphodepletion": "flu_cy"}, (("anakinra",), "chemotherapy")),
        ({"lymphodepletion": "other", "lymphodepletion_on": "2026-02-27"}, (("anakinra",), "chemotherapy")),
        ({"lymphodepletion": "none"}, (("anakinra",), "")),
        ({}, (("anakinra",), "")),
    ],
)
def test_the_drugs_before_the_cells_count_as_chemotherapy_on_their_first_day(
    lymphodepletion: dict[str, str], expected: tuple[tuple[str, ...], str]
) -> None:
    infusion = [{"key": "i1", "infused_on": "2026-03-05", **lymphodepletion}]
    found = before_infection("agents_30_days", infusion=infusion, anakinra_course=[ON_ANAKINRA])
    assert found is not None
    assert (found[0], "chemotherapy" if "perhaps also etoposide" in found[1] else "") == expected


def before_cells(began: str, infused: str, drugs: str = "flu_cy") -> dict[str, str]:
    return {"key": infused, "infused_on": infused, "lymphodepletion": drugs, "lymphodepletion_on": began}


@pytest.mark.parametrize(
    ("infusions", "certain", "perhaps"),
    [
        ([before_cells("2026-02-18", "2026-02-23")], True, False),
        ([before_cells("2026-03-19", "2026-03-24")], True, False),
        ([before_cells("2026-03-20", "2026-03-25")], False, False),
        ([before_cells("2026-02-13", "2026-02-18")], False, True),
        ([before_cells("2026-02-12", "2026-02-17")], False, False),
        ([before_cells("2026-02-27", "2026-03-04", "none"), before_cells("2026-03-10", "2026-03-15")], True, False),
    ],
)
def test_only_the_drugs_before_the_cells_of_the_thirty_days_are_told(
    infusions: list[dict[str, str]], *, certain: bool, perhaps: bool
) -> None:
    found = before_infection("agents_30_days", infusion=infusions, anakinra_course=[ON_ANAKINRA])
    assert found is not None
    assert ("chemotherapy" in found[0], "perhaps" in found[1]) == (certain, perhaps)


def test_each_form_that_tells_of_an_agent_is_named() -> None:
    rows = {"infusion": [before_cells("2026-02-27", "2026-03-04")]}
    assert before_infection("agents_30_days", **rows) == (("chemotherapy",), "infusion: 2026-02-18 to 2026-03-19")
    rows |= {"concomitant_agent": [STEROID], "anakinra_course": [ON_ANAKINRA]}
    found = before_infection("agents_30_days", **rows)
    assert found is not None
    assert found[1] == "concomitant_agent anakinra_course infusion: 2026-02-18 to 2026-03-19"


COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-11 18:00", "route": "iv_intermittent"}


@pytest.mark.parametrize(
    ("course", "others", "expected"),
    [
        (COURSE, [], {"from_at": "2026-03-11 18:00:00", "route": "iv_intermittent"}),
        ({**COURSE, "route": None}, [], {"from_at": "2026-03-11 18:00:00"}),
        (COURSE, [{"key": "r2", "course": "c2"}], {"from_at": "2026-03-11 18:00:00", "route": "iv_intermittent"}),
        # An order after another one begins on a day of its own, and which of two is the first nobody knows.
        (COURSE, [{"key": "r2", "course": "c1"}], {}),
        ({**COURSE, "started_at": None}, [], {}),
        ({**COURSE, "key": "c2"}, [], {}),
    ],
)
def test_the_first_order_of_a_course_is_offered_its_first_dose_and_route(
    course: dict[str, Any], others: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    found = offered("anakinra_regimen", {"course": "c1"}, anakinra_course=[course], anakinra_regimen=others)
    assert found == {name: (text, "anakinra_course", "first dose") for name, text in expected.items()}


CRS_DAY = {"key": "a2", "infusion": "i1", "assessed_at": "2026-03-08 08:00", "crs_grade": "2", "icans_grade": "0"}
EARLIER = {**CRS_DAY, "key": "a1", "assessed_at": "2026-03-07 20:00", "crs_grade": "1"}
ICANS_DAY = {**CRS_DAY, "key": "a3", "assessed_at": "2026-03-10 08:00", "icans_grade": "1"}
OTHER_INFUSION = {**CRS_DAY, "key": "a4", "infusion": "i2", "assessed_at": "2026-03-01 08:00"}
CRS_EPISODE = {"key": "t1", "infusion": "i1", "toxicity": "crs", "onset_on": "2026-03-07"}


@pytest.mark.parametrize(
    ("answers", "episodes", "expected"),
    [
        ({}, [], ("crs", "2026-03-07")),
        ({}, [CRS_EPISODE], ("icans", "2026-03-10")),
        ({}, [{**CRS_EPISODE, "infusion": "i2"}], ("crs", "2026-03-07")),
        ({"toxicity": "icans"}, [], ("icans", "2026-03-10")),
        ({"toxicity": "crs"}, [CRS_EPISODE], None),
        ({"toxicity": "other"}, [], None),
        ({}, [CRS_EPISODE, {**CRS_EPISODE, "key": "t2", "toxicity": "icans"}], None),
        ({"infusion": None}, [], None),
    ],
)
def test_an_episode_is_offered_the_first_graded_toxicity_without_one_and_its_first_day(
    answers: dict[str, Any], episodes: list[dict[str, str]], expected: tuple[str, str] | None
) -> None:
    days = [OTHER_INFUSION, CRS_DAY, EARLIER, ICANS_DAY]
    found = offered("toxicity_episode", {"infusion": "i1", **answers}, assessment=days, toxicity_episode=episodes)
    assert tuple(value for value, _, _ in found.values()) == (expected or ())
    if expected:
        assert found["toxicity"][1:] == ("assessment", f"from {expected[1]} on")
        assert found["onset_on"][1:] == ("assessment", "first day of grade 1 or more")


def test_the_toxicity_that_was_graded_first_is_offered_first() -> None:
    sooner = {**ICANS_DAY, "assessed_at": "2026-03-06 08:00", "crs_grade": "0"}
    found = offered("toxicity_episode", {"infusion": "i1"}, assessment=[CRS_DAY, sooner])
    assert [value for value, _, _ in found.values()] == ["icans", "2026-03-06"]


def test_a_toxicity_that_came_back_is_offered_as_the_return_of_its_episode() -> None:
    resolved = {**CRS_EPISODE, "resolved_on": "2026-03-09"}
    again = [{**CRS_DAY, "key": "a9", "assessed_at": f"2026-03-{day} 00:00"} for day in (12, 13)]
    found = offered("toxicity_episode", {"infusion": "i1"}, assessment=[CRS_DAY, *again], toxicity_episode=[resolved])
    assert found == {
        "toxicity": ("crs", "assessment", "from 2026-03-12 on"),
        "onset_on": ("2026-03-12", "assessment", "first day of grade 1 or more"),
        "is_recurrence": ("True", "toxicity_episode", "resolved by 2026-03-09"),
        "recurrence_of": ("t1", "toxicity_episode", "resolved by 2026-03-09"),
    }


def test_an_earlier_episode_is_not_offered_as_the_return_of_a_later_one() -> None:
    second = {**CRS_EPISODE, "key": "t2", "onset_on": "2026-03-12", "resolved_on": "2026-03-14"}
    again = [{**CRS_DAY, "key": "a9", "assessed_at": f"2026-03-{day} 00:00"} for day in (12, 13, 20)]
    for onset, is_offered in (("2026-03-13", False), ("2026-03", True), ("2026-03-14", True), (None, True)):
        typed = {**CRS_EPISODE, "onset_on": onset}
        found = offered("toxicity_episode", typed, assessment=[CRS_DAY, *again], toxicity_episode=[second])
        assert ("recurrence_of" in found) is is_offered, onset


def test_a_saved_episode_is_not_offered_as_the_return_of_itself() -> None:
    saved = {**CRS_EPISODE, "onset_on": None, "resolved_on": "2026-03-09"}
    again = {**CRS_DAY, "key": "a9", "assessed_at": "2026-03-13 00:00"}
    found = offered("toxicity_episode", saved, assessment=[CRS_DAY, again], toxicity_episode=[saved])
    assert [value for value, _, _ in found.values()] == ["crs", "2026-03-08"]


def test_the_page_of_an_episode_offers_what_the_daily_grades_say_and_fills_in_nothing(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    coordinated = make_child(app, session, sign_in)
    infusion = coordinated.links["infusion"]
    signs = {"infusion": [infusion], "assessed_at": ["2026-03-09 08:00"], "icans_grade": ["1"]}
    assert crf_client.save(coordinated.client, coordinated.page("assessment"), signs).status_code == 302
    opened = coordinated.client.get(coordinated.page("toxicity_episode")).text
    assert "data-begun" in opened and 'value="icans" checked' not in opened and 'value="2026-03-09"' not in opened
    address = coordinated.page("toxicity_episode", "5f0c1f0e-0000-4000-8000-000000000003")
    said = coordinated.client.post(f"{address}/said", data=MultiDict({"infusion": infusion})).json["items"]
    assert "On record:" in said["toxicity"] and "Neurotoxicity (ICANS)" in said["toxicity"]
    assert "Use all 2 on record" in said["toxicity"] and 'data-text="2026-03-09"' in said["onset_on"]


def test_the_page_of_a_response_offers_a_laboratory_value(app: Flask, session: Session, sign_in: SignIn) -> None:
    coordinated = make_child(app, session, sign_in)
    infusion = coordinated.links["infusion"]
    sample = {"infusion": infusion, "sampled_at": "2026-04-02 06:00", "platelets": "65"}
    page = {name: [text] for name, text in sample.items()}
    assert crf_client.save(coordinated.client, coordinated.page("laboratory"), page).status_code == 302
    address = coordinated.page("response", "5f0c1f0e-0000-4000-8000-000000000002")
    typed = {"infusion": infusion, "assessed_on": "2026-04-02", "disease_group": "b_all", "response": "cr"}
    said = coordinated.client.post(f"{address}/said", data=MultiDict(typed)).json["items"]
    assert "On record:" in said["platelets"] and "laboratory, 2026-04-02 06:00" in said["platelets"]
