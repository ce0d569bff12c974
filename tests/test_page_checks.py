"""The checks of enrolment, baseline, infusion, follow-up and end of study: what each refuses, and what it lets pass."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bedside import child
from forms.casebook.baseline_rules import body_mass_index
from forms.casebook.enrolment_rules import age_at_enrolment, majority_on, majority_year
from forms.casebook.infusion_rules import age_at_infusion, infusion_number
from one_check import page_anchored, page_holds, page_of


def born(on: str | None, diagnosed: str | None = None) -> dict[str, Any]:
    rows: dict[str, Any] = {"enrolment": [{"key": "e1", "birth_date": on}]}
    return rows | {"baseline": [{"key": "b1", "diagnosed_on": diagnosed}]}


CONSENTED = {"meets_age": "yes", "car_t_given_or_planned": "yes", "consent_obtained": "yes"}
OF_AGE = {"birth_date": "2008-02-20", "consent_on": "2026-02-20", "consent_type": "patient"}


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("consent_before_enrolment", {"enrolled_on": "2026-02-20", "consent_on": "2026-02-20"}, True),
        ("consent_before_enrolment", {"enrolled_on": "2026-02-20", "consent_on": "2026-02-21"}, False),
        ("consent_before_enrolment", {"enrolled_on": "2026-02-20"}, None),
        # The registry takes patients of up to 39 years.
        ("age_in_range", {"birth_date": "1986-02-21", "enrolled_on": "2026-02-20"}, True),
        ("age_in_range", {"birth_date": "1986-02-20", "enrolled_on": "2026-02-20"}, False),
        ("age_in_range", {"birth_date": "1986-02", "enrolled_on": "2026-02-20"}, True),
        ("age_in_range", {"enrolled_on": "2026-02-20"}, None),
        ("is_eligible", CONSENTED, True),
        *(("is_eligible", {**CONSENTED, name: "no"}, False) for name in CONSENTED),
        *(("is_eligible", {**CONSENTED, name: None}, None) for name in CONSENTED),
        # One No decides, whatever is not answered yet.
        *(("is_eligible", {name: "no"}, False) for name in CONSENTED),
        ("consent_not_refused", {"consent_obtained": "yes"}, True),
        ("consent_not_refused", {"consent_obtained": "no"}, False),
        ("consent_not_refused", {}, None),
        ("patient_of_age", OF_AGE, True),
        ("patient_of_age", {**OF_AGE, "birth_date": "2008-02-21"}, False),
        ("patient_of_age", {**OF_AGE, "birth_date": "2008-02"}, True),
        ("patient_of_age", {**OF_AGE, "birth_date": "2008-02-21", "consent_type": "parents"}, None),
        ("patient_of_age", {**OF_AGE, "birth_date": None}, None),
    ],
)
def test_a_check_of_the_enrolment_tells_a_slip_from_a_fact(
    name: str, answers: dict[str, Any], expected: bool | None
) -> None:
    assert page_holds(f"enrolment.{name}", answers) is expected


@pytest.mark.parametrize(
    ("birth", "age", "year", "day"),
    # Enrolled on 20 February 2026; of age with 18 years.
    [
        ("2017-02-20", 9, 2035, date(2035, 2, 20)),
        ("2017-02-21", 8, 2035, date(2035, 2, 21)),
        ("2017-02", None, 2035, None),
        ("2017-08", 8, 2035, None),
        ("2017", None, 2035, None),
        (None, None, None, None),
    ],
)
def test_the_age_and_the_day_of_majority_follow_from_the_birth_date(
    birth: str | None, age: int | None, year: int | None, day: date | None
) -> None:
    row = page_of("enrolment", {"birth_date": birth, "enrolled_on": "2026-02-20"})

    assert age_at_enrolment(row, child()) == age
    assert (majority_year(row, child()), majority_on(row, child())) == (year, day)


BODY = {"weight_kg": "20", "height_cm": "100"}


@pytest.mark.parametrize(
    ("name", "answers", "rows", "expected"),
    [
        ("diagnosed_after_birth", {"diagnosed_on": "2017-08"}, born("2017-08"), True),
        ("diagnosed_after_birth", {"diagnosed_on": "2017-07"}, born("2017-08"), False),
        ("diagnosed_after_birth", {"diagnosed_on": "2017-07"}, born(None), None),
        ("age_at_diagnosis", {"diagnosed_on": "2026-02-20"}, born("1985-02-21"), True),
        ("age_at_diagnosis", {"diagnosed_on": "2026-02-21"}, born("1985-02-21"), False),
        ("age_at_diagnosis", {}, born("1985-02-21"), None),
        # Between 8 and 70 kg/m2.
        ("body_mass_index", {**BODY, "weight_kg": "8"}, {}, True),
        ("body_mass_index", {**BODY, "weight_kg": "7.94"}, {}, False),
        ("body_mass_index", {**BODY, "weight_kg": "70"}, {}, True),
        ("body_mass_index", {**BODY, "weight_kg": "70.06"}, {}, False),
        ("body_mass_index", {"weight_kg": "20"}, {}, None),
        ("body_mass_index", {"height_cm": "100"}, {}, None),
        # Under 5, 5 to under 25, from 25 percent of blasts on.
        ("burden_fits_blasts", {"marrow_blasts_percent": "25", "disease_burden": "high"}, {}, True),
        ("burden_fits_blasts", {"marrow_blasts_percent": "24.9", "disease_burden": "high"}, {}, False),
        ("burden_fits_blasts", {"marrow_blasts_percent": "24.9", "disease_burden": "low"}, {}, True),
        ("burden_fits_blasts", {"marrow_blasts_percent": "5", "disease_burden": "low"}, {}, True),
        ("burden_fits_blasts", {"marrow_blasts_percent": "4.9", "disease_burden": "low"}, {}, False),
        ("burden_fits_blasts", {"marrow_blasts_percent": "4.9", "disease_burden": "mrd_only"}, {}, True),
        ("burden_fits_blasts", {"marrow_blasts_percent": "0", "disease_burden": "none"}, {}, True),
        ("burden_fits_blasts", {"marrow_blasts_percent": "5", "disease_burden": "none"}, {}, False),
        ("burden_fits_blasts", {"marrow_blasts_percent": "5", "disease_burden": "mrd_only"}, {}, False),
        ("burden_fits_blasts", {"marrow_blasts_percent": "30"}, {}, None),
        ("burden_fits_blasts", {"disease_burden": "high"}, {}, None),
        ("high_capd_explained", {"baseline_capd": "9", "developmental_delay": "no"}, {}, False),
        ("high_capd_explained", {"baseline_capd": "9", "developmental_delay": "yes"}, {}, True),
        ("high_capd_explained", {"baseline_capd": "8", "developmental_delay": "no"}, {}, True),
        ("high_capd_explained", {"baseline_capd": "9"}, {}, None),
        ("high_capd_explained", {"developmental_delay": "no"}, {}, None),
    ],
)
def test_a_check_of_the_baseline_tells_a_slip_from_a_fact(
    name: str, answers: dict[str, str], rows: dict[str, Any], expected: bool | None
) -> None:
    assert page_holds(f"baseline.{name}", answers, **rows) is expected


def test_the_body_mass_index_is_weight_over_height_squared() -> None:
    assert body_mass_index(page_of("baseline", {"weight_kg": "20", "height_cm": "115.2"}), child()) == Decimal("15.1")
    assert body_mass_index({"weight_kg": Decimal(20), "height_cm": Decimal(0)}, child()) is None
    assert body_mass_index({"weight_kg": Decimal("0.02"), "height_cm": Decimal(1)}, child()) == Decimal("200.0")


SCORED = {"key": "a1", "infusion": "i1", "assessed_at": "2026-03-08 06:00"}


@pytest.mark.parametrize(
    ("answers", "assessments", "expected", "named"),
    [
        ({"baseline_instrument": "neither"}, [{**SCORED, "capd_total": "2"}], False, "a1"),
        ({"baseline_instrument": "neither"}, [{**SCORED, "ice_total": "9"}], False, "a1"),
        ({"baseline_instrument": "neither"}, [{**SCORED, "key": "a0"}, {**SCORED, "ice_total": "9"}], False, "a1"),
        ({"baseline_instrument": "neither"}, [SCORED], None, None),
        ({"baseline_instrument": "neither"}, [], None, None),
        ({"baseline_instrument": "capd", "baseline_capd": "0"}, [{**SCORED, "capd_total": "2"}], True, "a1"),
        ({"baseline_instrument": "neither", "baseline_ice": "10"}, [{**SCORED, "ice_total": "9"}], True, "a1"),
        ({"baseline_instrument": "capd"}, [{**SCORED, "capd_total": "2"}], None, "a1"),
        ({"baseline_capd": None}, [{**SCORED, "capd_total": "2"}], None, "a1"),
    ],
)
def test_a_test_before_infusion_is_recorded(
    answers: dict[str, Any], assessments: list[dict[str, str]], expected: bool | None, named: str | None
) -> None:
    assert page_holds("baseline.test_recorded", answers, assessment=assessments) is expected
    assert page_anchored("baseline.test_recorded", answers, assessment=assessments) == (
        [("assessment", named, "ice_total"), ("assessment", named, "capd_total")] if named else []
    )


@pytest.mark.parametrize(
    ("name", "answers", "rows", "expected"),
    [
        ("born_before", {"infused_on": "2026-03-05"}, born("2026-03-05"), True),
        ("born_before", {"infused_on": "2026-03-05"}, born("2026-03-06"), False),
        ("born_before", {"infused_on": "2026-03-05"}, born(None), None),
        ("diagnosed_before", {"infused_on": "2026-03-05"}, born(None, "2026-03-05"), True),
        ("diagnosed_before", {"infused_on": "2026-03-05"}, born(None, "2026-03-06"), False),
        (
            "diagnosed_before",
            {"infused_on": "2026-03-05", "lymphodepletion_on": "2026-03-01"},
            born(None, "2026-03-02"),
            False,
        ),
        ("diagnosed_before", {"infused_on": "2026-03-05"}, born(None), None),
        # Lymphodepletion 1 to 14 days before.
        ("lymphodepletion_interval", {"infused_on": "2026-03-05", "lymphodepletion_on": "2026-03-04"}, {}, True),
        ("lymphodepletion_interval", {"infused_on": "2026-03-05", "lymphodepletion_on": "2026-03-05"}, {}, False),
        ("lymphodepletion_interval", {"infused_on": "2026-03-05", "lymphodepletion_on": "2026-02-19"}, {}, True),
        ("lymphodepletion_interval", {"infused_on": "2026-03-05", "lymphodepletion_on": "2026-02-18"}, {}, False),
        ("lymphodepletion_interval", {"infused_on": "2026-03-05", "lymphodepletion_on": "2026-03-06"}, {}, None),
        ("lymphodepletion_interval", {"infused_on": "2026-03-05"}, {}, None),
        ("age_in_range", {"infused_on": "2026-03-05"}, born("1986-03-06"), True),
        ("age_in_range", {"infused_on": "2026-03-05"}, born("1986-03-05"), False),
        ("age_in_range", {"infused_on": "2026-03-05"}, born(None), None),
    ],
)
def test_a_check_of_the_infusion_tells_a_slip_from_a_fact(
    name: str, answers: dict[str, str], rows: dict[str, Any], expected: bool | None
) -> None:
    assert page_holds(f"infusion.{name}", answers, **rows) is expected


@pytest.mark.parametrize(
    ("other", "on", "apart", "number"),
    # Seven days between two infusions; of two on a day the instance decides.
    [
        ("2026-02-26", "2026-03-05", True, 2),
        ("2026-02-27", "2026-03-05", False, 2),
        ("2026-03-11", "2026-03-05", False, 1),
        ("2026-03-12", "2026-03-05", True, 1),
        (None, "2026-03-05", True, 1),
        ("2026-02-27", None, None, None),
    ],
)
def test_two_infusions_are_a_week_apart_and_numbered(
    other: str | None, on: str | None, apart: bool | None, number: int | None
) -> None:
    stored = {"infusion": [{"key": "i1", "infused_on": other}]}

    assert page_holds("infusion.infusions_apart", {"infused_on": on}, **stored) is apart
    assert page_anchored("infusion.infusions_apart", {"infused_on": on}, **stored) == (
        [("infusion", "i1", "infused_on")] if apart is False else []
    )
    assert infusion_number(page_of("infusion", {"infused_on": on}), child(**stored)) == number


def test_two_infusions_on_one_day_are_numbered_as_they_were_entered() -> None:
    known = child(infusion=[{"key": "i1", "infused_on": "2026-03-05"}])
    rows = [{"key": "own", "infused_on": date(2026, 3, 5), "instance": instance} for instance in (-1, 0, 1, None)]

    assert [infusion_number(row, known) for row in rows] == [1, 1, 2, 1]


def test_a_child_is_a_year_older_at_infusion_from_its_birthday_on() -> None:
    assert age_at_infusion(page_of("infusion", {"infused_on": "2026-03-05"}), child(**born("2017-03-06"))) == 8
    assert age_at_infusion(page_of("infusion", {"infused_on": "2026-03-05"}), child(**born("2017-03-05"))) == 9


EPISODE = {"toxicity_episode": [{"key": "t1", "toxicity": "crs"}]}
DOUBTFUL = {"toxicity_episode": [{"key": "t1", "toxicity": "crs"}, {"key": "t2"}]}


@pytest.mark.parametrize(
    ("name", "answers", "rows", "expected"),
    [
        ("toxicity_has_episode", {"toxicities_since": "crs"}, EPISODE, True),
        ("toxicity_has_episode", {"toxicities_since": "crs;icans"}, EPISODE, False),
        ("toxicity_has_episode", {"toxicities_since": "none"}, {}, True),
        ("toxicity_has_episode", {}, EPISODE, None),
        # An episode without a toxicity may be the one that is named.
        ("toxicity_has_episode", {"toxicities_since": "crs;icans"}, DOUBTFUL, None),
        ("toxicity_has_episode", {"toxicities_since": "crs"}, DOUBTFUL, True),
        ("infection_has_page", {"infections_since": "yes"}, {}, False),
        ("infection_has_page", {"infections_since": "yes"}, {"infection": [{"key": "n1"}]}, True),
        ("infection_has_page", {"infections_since": "no"}, {}, None),
        ("anakinra_has_course", {"anakinra_since": "yes"}, {}, False),
        ("anakinra_has_course", {"anakinra_since": "yes"}, {"anakinra_course": [{"key": "c1", "given": "no"}]}, False),
        ("anakinra_has_course", {"anakinra_since": "yes"}, {"anakinra_course": [{"key": "c1", "given": "yes"}]}, True),
        ("anakinra_has_course", {"anakinra_since": "no"}, {}, None),
        ("event_has_page", {"adverse_events_since": "yes"}, {}, False),
        ("event_has_page", {"adverse_events_since": "yes"}, {"adverse_event": [{"key": "v1"}]}, True),
        ("event_has_page", {"adverse_events_since": "no"}, {}, None),
    ],
)
def test_what_a_follow_up_tells_has_its_page(
    name: str, answers: dict[str, str], rows: dict[str, Any], expected: bool | None
) -> None:
    assert page_holds(f"follow_up.{name}", answers, **rows) is expected


DEAD = {
    "reason": "died",
    "died_on": "2026-04-18",
    "cause_of_death": "infection",
    "death_related_to_anakinra": "unrelated",
    "death_related_to_car_t": "unrelated",
}
SEEN = {"follow_up": [{"key": "f1", "seen_on": "2026-04-19", "alive": "yes"}]}
COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00", "stopped_at": "2026-03-17 06:00"}
OPEN = {name: text for name, text in COURSE.items() if name != "stopped_at"}
LOST = {"reason": "lost", "ended_on": "2026-03-17"}


@pytest.mark.parametrize(
    ("name", "answers", "rows", "expected"),
    [
        ("death_is_complete", DEAD, {}, True),
        *(("death_is_complete", {**DEAD, name: None}, {}, False) for name in DEAD if name != "reason"),
        ("death_is_complete", {"reason": "lost"}, {}, None),
        ("contact_before_end", {"died_on": "2026-04-18", "last_contact_on": "2026-04-18"}, {}, True),
        ("contact_before_end", {"died_on": "2026-04-18", "last_contact_on": "2026-04-19"}, {}, False),
        ("contact_before_end", {"died_on": "2026-04-18"}, {}, None),
        ("not_seen_later", {"died_on": "2026-04-18"}, SEEN, False),
        ("not_seen_later", {"died_on": "2026-04-19"}, SEEN, True),
        ("not_seen_later", {"died_on": "2026-04"}, SEEN, True),
        ("not_seen_later", {}, SEEN, None),
        ("not_seen_later", {"died_on": "2026-04-18"}, {"follow_up": [{**SEEN["follow_up"][0], "alive": "no"}]}, True),
        ("last_contact_is_last", {"last_contact_on": "2026-04-18"}, SEEN, False),
        ("last_contact_is_last", {"last_contact_on": "2026-04-19"}, SEEN, True),
        ("last_contact_is_last", {}, SEEN, None),
        ("doses_ended_first", LOST, {"anakinra_course": [COURSE]}, True),
        ("doses_ended_first", {**LOST, "ended_on": "2026-03-16"}, {"anakinra_course": [COURSE]}, False),
        ("doses_ended_first", LOST, {"anakinra_course": [OPEN]}, False),
        ("doses_ended_first", LOST, {"anakinra_course": [{"key": "c1", "given": "yes"}]}, True),
        ("doses_ended_first", {**LOST, "reason": "died"}, {"anakinra_course": [OPEN]}, None),
        ("doses_ended_first", {"reason": "lost"}, {"anakinra_course": [OPEN]}, None),
        # Within 28 days of the infusion, of 5 March: by 2 April.
        ("early_death_attributed", {"died_on": "2026-04-02"}, {}, False),
        ("early_death_attributed", {"died_on": "2026-04-02", "cause_of_death": "crs"}, {}, True),
        ("early_death_attributed", {"died_on": "2026-04-03"}, {}, None),
        ("early_death_attributed", {"died_on": "2026-03-05"}, {}, False),
        ("early_death_attributed", {"died_on": "2026-03-04"}, {}, None),
        ("early_death_attributed", {"died_on": "2026-04"}, {}, None),
        ("early_death_attributed", {}, {}, None),
    ],
)
def test_a_check_of_the_end_of_study_tells_a_slip_from_a_fact(
    name: str, answers: dict[str, Any], rows: dict[str, Any], expected: bool | None
) -> None:
    assert page_holds(f"end_of_study.{name}", answers, **rows) is expected


def test_the_pages_an_end_was_compared_with_are_named() -> None:
    seen = [("follow_up", "f1", "seen_on"), ("follow_up", "f1", "alive")]

    assert page_anchored("end_of_study.not_seen_later", {"died_on": "2026-04-18"}, **SEEN) == seen
    assert page_anchored("end_of_study.last_contact_is_last", {"last_contact_on": "2026-04-18"}, **SEEN) == seen
    both = {"died_on": "2026-04-19", "last_contact_on": "2026-04-18"}
    assert page_anchored("end_of_study.last_contact_is_last", both, **SEEN) == []
    assert page_anchored("end_of_study.doses_ended_first", LOST, anakinra_course=[OPEN]) == [
        ("anakinra_course", "c1", "started_at"),
        ("anakinra_course", "c1", "stopped_at"),
    ]
