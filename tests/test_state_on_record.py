"""What other pages say of the state at the first dose of anakinra is offered on the page of the course."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import crf_client
from children import Child, make_child
from courses import COURSE, course_context, row_of
from forms.casebook.anakinra_course_recorded import recorded_at_start
from signing_in import SignIn

START = "2026-03-10 18:00"
EARLY = {"key": "l1", "sampled_at": "2026-03-10 06:00", "ferritin": "14200", "crp": "96", "anc": "<0.1"}
TOCILIZUMAB = {"agent": "tocilizumab", "started_at": "2026-03-08 14:00", "frequency": "once"}


def offered(**rows: Any) -> dict[str, str]:
    """Return item -> what is offered, as text, for a course that starts at START."""
    found = recorded_at_start(row_of("anakinra_course", COURSE), course_context(**rows))
    return {name.removeprefix("at_start_"): str(one.value) for name, one in found.items()}


def sources(**rows: Any) -> dict[str, tuple[str, str]]:
    """Return item -> form and date of the page it is offered from."""
    found = recorded_at_start(row_of("anakinra_course", COURSE), course_context(**rows))
    return {name.removeprefix("at_start_"): (one.form, one.when) for name, one in found.items()}


def test_the_last_value_before_the_first_dose_is_offered() -> None:
    late = {"key": "l2", "sampled_at": "2026-03-10 17:30", "ferritin": "15900"}
    after = {"key": "l3", "sampled_at": "2026-03-10 18:01", "ferritin": "20000", "platelets": "9"}
    assert offered(laboratory=[late, EARLY, after]) == {"ferritin": "15900.0", "crp": "96.00", "anc": "<0.100"}


def test_of_two_samples_of_one_minute_the_first_recorded_is_offered() -> None:
    at_start = {"key": "l1", "sampled_at": START, "ferritin": "100"}
    assert offered(laboratory=[at_start, {**at_start, "key": "l2", "ferritin": "200"}]) == {"ferritin": "100.0"}


def test_a_day_that_begins_with_the_first_dose_leaves_open_what_came_before() -> None:
    midnight = row_of("anakinra_course", {**COURSE, "started_at": "2026-03-10 00:00"})
    pages = [{"key": "g1", **TOCILIZUMAB, "started_at": "2026-03-10"}]
    assert recorded_at_start(midnight, course_context(concomitant_agent=pages)) == {}


@pytest.mark.parametrize(
    ("sampled_at", "names"),
    [
        ("2026-03-09 18:00", {"ferritin", "fibrinogen", "anc", "platelets", "crp", "ldh", "egfr"}),
        ("2026-03-09 17:59", {"anc", "ldh", "egfr"}),
        ("2026-03-08 18:00", {"anc", "ldh", "egfr"}),
        ("2026-03-08 17:59", {"egfr"}),
        ("2026-03-03 18:00", {"egfr"}),
        ("2026-03-03 17:59", set()),
    ],
)
def test_each_value_may_be_as_old_as_its_help_says(sampled_at: str, names: set[str]) -> None:
    values = {"ferritin": "900", "fibrinogen": "200", "anc": "1.2", "platelets": "80", "crp": "12", "ldh": "400"}
    page = {"key": "l1", "sampled_at": sampled_at, **values, "egfr": "90"}
    assert set(offered(laboratory=[page])) == names


CRS = {"key": "t1", "infusion": "i1", "toxicity": "crs", "onset_on": "2026-03-07"}
ICANS = {"key": "t2", "infusion": "i1", "toxicity": "icans", "onset_on": "2026-03-10"}
BEFORE = {**COURSE, "key": "c0", "started_at": "2026-03-08 08:00", "stopped_at": "2026-03-09 08:00"}


@pytest.mark.parametrize(
    ("answers", "rows", "is_offered"),
    [
        ({}, {"toxicity_episode": [CRS]}, True),
        ({}, {"toxicity_episode": [CRS, {**ICANS, "onset_on": "2026-03-11"}]}, True),
        ({}, {"toxicity_episode": [CRS, ICANS]}, False),
        ({}, {"toxicity_episode": [{**CRS, "resolved_on": "2026-03-09"}]}, False),
        ({}, {"toxicity_episode": [CRS], "anakinra_course": [BEFORE]}, False),
        ({"indications": "prophylaxis"}, {"toxicity_episode": [CRS]}, False),
        ({"started_at": ""}, {"toxicity_episode": [CRS]}, False),
    ],
)
def test_the_only_toxicity_there_at_the_first_dose_is_offered_as_the_index_episode(
    answers: dict[str, str], rows: dict[str, Any], is_offered: bool
) -> None:
    row = row_of("anakinra_course", {**COURSE, "episode": "", **answers})
    one = recorded_at_start(row, course_context(**rows)).get("episode")
    expected = ("t1", "toxicity_episode", "the only one at the first dose") if is_offered else None
    assert (one and (str(one.value), one.form, one.when)) == expected


def weighed(kg: str, **dates: str) -> dict[str, str]:
    return {"key": kg, "weight_at_infusion_kg": kg, **dates}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"baseline": [{"weight_kg": "20.5", "assessed_on": "2026-02-26"}]}, ("20.50", "baseline", "2026-02-26")),
        (
            {
                "baseline": [{"weight_kg": "20.5", "assessed_on": "2026-03-05"}],
                "infusion": [weighed("21", infused_on="2026-03-05")],
            },
            ("21.00", "infusion", "2026-03-05"),
        ),
        (
            {
                "baseline": [{"weight_kg": "20.5", "assessed_on": "2026-02-26"}],
                "infusion": [weighed("21", infused_on="2026-03-05"), weighed("30", infused_on="2026-03-11")],
            },
            ("21.00", "infusion", "2026-03-05"),
        ),
        ({"baseline": [{"weight_kg": "20.5", "assessed_on": "2026-02-24"}]}, ("20.50", "baseline", "2026-02-24")),
        ({"baseline": [{"weight_kg": "20.5", "assessed_on": "2026-02-23"}]}, None),
        ({"baseline": [{"weight_kg": "20.5"}]}, None),
        (
            {"anakinra_course": [{**COURSE, "key": "c0", "started_at": "2026-03-07 08:00", "dosing_weight_kg": "22"}]},
            ("22.00", "anakinra_course", "2026-03-07"),
        ),
    ],
)
def test_the_last_weight_of_the_14_days_before_the_first_dose_is_offered(
    rows: dict[str, Any], expected: tuple[str, str, str] | None
) -> None:
    course = row_of("anakinra_course", {**COURSE, "dosing_weight_kg": ""})
    one = recorded_at_start(course, course_context(**{"infusion": [], "baseline": [], **rows})).get("dosing_weight_kg")
    assert (one and (str(one.value), one.form, one.when)) == expected


def test_vasopressors_and_oxygen_are_those_of_the_last_assessment_that_tells_them() -> None:
    told = {"key": "a1", "assessed_at": "2026-03-10 06:00", "vasoactives": "norepinephrine;vasopressin;milrinone"}
    told |= {"oxygen_mode": "high_flow"}
    later = {"key": "a2", "assessed_at": "2026-03-10 17:00", "oxygen_mode": "nasal_cannula", "temperature_c": "39.1"}
    assert offered(assessment=[told, later]) == {"vasopressors": "2", "oxygen": "nasal_cannula"}
    none = {"key": "a3", "assessed_at": "2026-03-10 17:30", "vasoactives": "none"}
    assert offered(assessment=[told, later, none])["vasopressors"] == "0"
    yesterday = {"key": "a4", "assessed_at": "2026-03-09 17:59", "vasoactives": "none", "oxygen_mode": "cpap"}
    assert offered(assessment=[yesterday]) == {}


def test_each_answer_names_the_page_that_tells_it() -> None:
    later = {"key": "a2", "assessed_at": "2026-03-10 17:00", "oxygen_mode": "nasal_cannula"}
    signs = {"key": "a1", "assessed_at": "2026-03-10 06:05", "vasoactives": "none"}
    assert sources(laboratory=[EARLY], assessment=[signs, later], concomitant_agent=[{"key": "g1", **TOCILIZUMAB}]) == {
        "ferritin": ("laboratory", "2026-03-10 06:00"),
        "crp": ("laboratory", "2026-03-10 06:00"),
        "anc": ("laboratory", "2026-03-10 06:00"),
        "vasopressors": ("assessment", "2026-03-10 06:05"),
        "oxygen": ("assessment", "2026-03-10 17:00"),
        "tocilizumab_doses": ("concomitant_agent", "2026-03-08 14:00"),
    }


def test_a_page_without_a_moment_tells_nothing() -> None:
    assert offered(laboratory=[{"key": "l1", "ferritin": "900"}]) == {}
    assert offered(assessment=[{"key": "a1", "vasoactives": "none", "oxygen_mode": "room_air"}]) == {}
    # Nor does it hide one that has a moment.
    assert set(offered(laboratory=[{"key": "l1", "ferritin": "1"}, {**EARLY, "key": "l2"}])) == {
        "ferritin",
        "crp",
        "anc",
    }


def test_no_grade_is_ever_offered() -> None:
    graded = {"key": "a1", "assessed_at": "2026-03-10 06:00", "crs_grade": "3", "icans_grade": "2"}
    assert offered(assessment=[graded]) == {}


@pytest.mark.parametrize(
    ("agents", "doses"),
    [
        ([TOCILIZUMAB], "1"),
        ([TOCILIZUMAB, {**TOCILIZUMAB, "key": "g2", "started_at": "2026-03-09 02:00"}], "2"),
        # Of one page with several doses, those before are known once the last of them was before the start.
        ([{**TOCILIZUMAB, "frequency": "q8h", "doses_given": "3", "stopped_at": "2026-03-10 18:00"}], "3"),
        ([{**TOCILIZUMAB, "frequency": "q8h", "doses_given": "3", "stopped_at": "2026-03-10 18:01"}], None),
        ([{**TOCILIZUMAB, "frequency": "q8h", "stopped_at": "2026-03-09 06:00"}], None),
        ([{**TOCILIZUMAB, "frequency": "q8h", "doses_given": "1"}], "1"),
        ([TOCILIZUMAB, {**TOCILIZUMAB, "key": "g2", "started_at": "2026-03-10 18:01"}], "1"),
        ([TOCILIZUMAB, {**TOCILIZUMAB, "key": "g2", "started_at": "2026-03"}], None),
        ([{**TOCILIZUMAB, "started_at": "2026-03-04 14:00"}], None),
        # What was given before the infusion, or after the start, leaves the others to be counted; another agent too.
        ([{**TOCILIZUMAB, "started_at": "2026-03-04 14:00"}, {**TOCILIZUMAB, "key": "g2"}], "1"),
        ([{**TOCILIZUMAB, "started_at": "2026-03-11"}, {**TOCILIZUMAB, "key": "g2"}], "1"),
        ([{**TOCILIZUMAB, "agent": "siltuximab", "started_at": "2026-03"}, {**TOCILIZUMAB, "key": "g2"}], "1"),
        ([{**TOCILIZUMAB, "started_at": "2026-03-10 18:00"}], "1"),
        ([{**TOCILIZUMAB, "started_at": "2026-03-10"}], None),
        ([{**TOCILIZUMAB, "started_at": "2026-03-05"}], "1"),
        ([{**TOCILIZUMAB, "started_at": "2026-03-05 00:00"}], "1"),
        ([{"agent": "tocilizumab", "frequency": "once"}, {**TOCILIZUMAB, "key": "g2"}], None),
        ([{**TOCILIZUMAB, "frequency": "q8h", "doses_given": "2"}, {**TOCILIZUMAB, "key": "g2"}], None),
        ([{**TOCILIZUMAB, "agent": "siltuximab"}], None),
        ([], None),
    ],
)
def test_doses_of_tocilizumab_are_counted_where_the_pages_tell_them(agents: Any, doses: str | None) -> None:
    pages = [{"key": "g1", **agent} for agent in agents]
    assert offered(concomitant_agent=pages) == ({} if doses is None else {"tocilizumab_doses": doses})


def test_the_page_that_tells_the_last_dose_is_dated_as_exactly_as_it_is_known() -> None:
    pages = [{**TOCILIZUMAB, "key": "g1", "started_at": "2026-03-09"}, {**TOCILIZUMAB, "key": "g2"}]
    assert sources(concomitant_agent=pages) == {"tocilizumab_doses": ("concomitant_agent", "2026-03-09")}
    assert sources(concomitant_agent=pages[::-1]) == {"tocilizumab_doses": ("concomitant_agent", "2026-03-09")}


def test_nothing_is_offered_before_the_first_dose_has_its_time() -> None:
    row = {**row_of("anakinra_course", COURSE), "started_at": None}
    assert recorded_at_start(row, course_context(laboratory=[EARLY])) == {}


def test_without_an_infusion_no_dose_of_tocilizumab_is_counted() -> None:
    assert offered(infusion=[], concomitant_agent=[{"key": "g1", **TOCILIZUMAB}]) == {}


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child with a sample before the first dose, its coordinator signed in."""
    child = make_child(app, session, sign_in)
    sample = {"infusion": child.links["infusion"], "sampled_at": "2026-03-10 06:00", "other_laboratory": "no"}
    sample |= {"ferritin": "14.2", "ferritin__unit": "ug/L", "platelets": "22", "crp": "< 5"}
    saved = crf_client.save(child.client, child.page("laboratory"), {name: [text] for name, text in sample.items()})
    assert saved.status_code == 302
    return child


def said(child: Child, **typed: str) -> Any:
    links = {name: child.links[name if name == "infusion" else "toxicity_episode"] for name in ("infusion", "episode")}
    texts = {"given": "yes", "started_at": START, **links, **typed}
    address = child.page("anakinra_course", "5f0c1f0e-0000-4000-8000-000000000001")
    answer = child.client.post(f"{address}/said", data=MultiDict(texts))
    assert answer.status_code == 200
    return answer.json["items"]


def test_the_page_offers_what_is_on_record_as_it_was_typed_with_its_source(child: Child) -> None:
    items = said(child)
    assert "On record:" in items["at_start_ferritin"] and "· laboratory, 2026-03-10 06:00" in items["at_start_ferritin"]
    assert 'data-recorded data-item="at_start_ferritin" data-text="14.2 ug/L"' in items["at_start_ferritin"]
    # What was typed with a blank would be cut there: its number as it is kept, in the unit of the casebook.
    assert 'data-text="&lt;5 mg/L"' in items["at_start_crp"]
    episode = said(child, episode="")["episode"]
    assert f'data-recorded data-item="episode" data-text="{child.links["toxicity_episode"]}"' in episode
    assert "Toxicity episode 1 · Cytokine release syndrome (CRS)" in episode
    # In the order of the page, whichever other page tells them.
    crf_client.save(
        child.client,
        child.page("assessment"),
        {"infusion": [child.links["infusion"]], "assessed_at": ["2026-03-10 08:00"], "vasoactives": ["none"]},
    )
    assert [name for name, piece in said(child).items() if "Use all 4 on record" in piece] == ["at_start_vasopressors"]


def test_what_is_answered_missing_or_not_asked_is_not_offered(child: Child) -> None:
    items = said(child, at_start_ferritin="15000", at_start_crp__missing="not_done", at_start_platelets="22 x")
    assert "On record" not in "".join(items.get(f"at_start_{name}", "") for name in ("ferritin", "crp", "platelets"))
    assert "On record" not in "".join(said(child, given="no").values())
    assert "Use all" not in "".join(said(child, at_start_ferritin="15000", at_start_platelets="22").values())
