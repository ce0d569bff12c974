"""What the checks of grades say, and the sides of them that one row of a table cannot show (CLINICAL 5, 25 to 35)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from arbitrary_casebooks import SEEDS, casebook
from bedside import AWAKE, QUIET, TODAY, assessed, child, row_of
from forms.casebook import CASEBOOK
from forms.context import Context, ReferenceRange
from forms.edit_checks import check_row
from forms.form import Anchor, Finding
from forms.items import SOFT, WARNING

FEVER = {**QUIET, "temperature_c": "38.5"}
PRESSOR = {**FEVER, "hypotension": "yes", "hypotension_proof": "treated", "vasoactives": "norepinephrine"}


def found(form: str, answers: dict[str, Any], known: Context) -> dict[str, Finding]:
    """Return what the judge says about a row, by the name of the check."""
    told = check_row(CASEBOOK[form], row_of(form, answers), known)
    return {one.check_id.removeprefix(f"{form}."): one for one in told}


def on_day_3(answers: dict[str, Any], **rows: Any) -> dict[str, Finding]:
    """Return what the judge says about an assessment of day 3 that is among the child's rows, as in a save."""
    row = assessed(3, **answers)
    stored = [*rows.pop("assessment", ()), row]
    return found("assessment", dict(row), child(assessment=stored, **rows))


def test_a_disagreement_names_both_grades_and_the_sign_that_decided() -> None:
    told = on_day_3({**PRESSOR, "crs_grade": "1"})["crs_far_from_signs"]

    assert told.severity is SOFT
    assert told.message == ("CRS by the clinician 1, by the signs 3: one vasopressor. Correct a sign, or say why.")


def test_one_grade_apart_only_warns_and_two_apart_are_asked_once() -> None:
    near, far = on_day_3({**PRESSOR, "crs_grade": "2"}), on_day_3({**PRESSOR, "crs_grade": "1"})

    assert near["crs_near_signs"].severity is WARNING and "crs_far_from_signs" not in near
    assert "crs_near_signs" not in far


@pytest.mark.parametrize(
    ("clinician", "fires"),
    # The signs give at least 2: only a grade below that is spoken against.
    [("0", True), ("1", False), ("2", False), ("4", False)],
)
def test_a_lower_bound_speaks_only_against_a_grade_below_it(clinician: str, fires: bool) -> None:
    signs = {**FEVER, "oxygen_mode": "high_flow", "crs_grade": clinician}

    assert ("crs_far_from_signs" in on_day_3(signs)) is fires


def test_the_clinicians_grade_above_the_signs_is_asked_about_too() -> None:
    told = on_day_3({**QUIET, "crs_grade": "3"})["crs_far_from_signs"]

    assert told.message == "CRS by the clinician 3, by the signs 0: no sign. Correct a sign, or say why."


def test_what_cannot_be_graded_and_grade_5_are_not_compared() -> None:
    sedated = on_day_3({**AWAKE, "sedated": "yes", "icans_grade": "2"})
    late = found(
        "assessment", dict(assessed(20, **PRESSOR, crs_grade="0")), child(assessment=[assessed(20, **PRESSOR)])
    )

    assert "icans_far_from_signs" not in sedated
    assert "crs_far_from_signs" not in late
    death = [{"key": "x1", "died_on": "2026-03-08", "cause_of_death": "crs"}]

    assert "crs_far_from_signs" not in on_day_3({**PRESSOR, "crs_grade": "5"})
    assert "crs_far_from_signs" not in on_day_3({**PRESSOR, "crs_grade": "1"}, end_of_study=death)


def test_icans_is_compared_with_the_attributable_grade() -> None:
    baseline = [{"key": "b1", "developmental_delay": "yes", "baseline_capd": "12"}]
    ill = {**AWAKE, "capd_total": "12", "icans_grade": "0"}

    assert "icans_far_from_signs" not in on_day_3(ill, baseline=baseline)
    assert "icans_far_from_signs" in on_day_3(ill)


def test_a_finding_is_about_the_answers_of_other_records_it_rests_on() -> None:
    course = [{"key": "c1", "given": "yes", "started_at": "2026-03-07 06:00"}]

    told = on_day_3({**PRESSOR, "crs_grade": "1"}, anakinra_course=course)["crs_far_from_signs"]

    assert Anchor(form="anakinra_course", key="c1", item="started_at") in told.anchors
    assert Anchor(form="infusion", key="i1", item="infused_on") in told.anchors


def test_an_assessment_that_is_not_stored_yet_is_judged_among_the_others() -> None:
    row = {name: value for name, value in assessed(4, **QUIET).items() if name != "key"}
    row |= {"hypotension": "yes", "hypotension_proof": "treated", "antipyretic_24h": "yes", "crs_grade": "0"}
    earlier = assessed(3, **FEVER)

    assert "crs_far_from_signs" in found("assessment", row, child(assessment=[earlier]))
    assert "crs_far_from_signs" not in found("assessment", row, child())


@pytest.mark.parametrize(
    ("earlier", "fires"),
    [
        ([], True),
        ([assessed(2, temperature_c="38.0")], False),
        ([assessed(2, temperature_c="37.9")], True),
        ([assessed(2)], False),  # its temperature may have been a fever
        ([assessed(2, temperature_c="37.9", crs_grade="1")], False),  # not the first day
        ([assessed(4, temperature_c="39")], True),  # later
    ],
)
def test_crs_without_fever_is_warned_of_on_its_first_day_only(earlier: list[dict[str, Any]], fires: bool) -> None:
    told = on_day_3({**QUIET, "crs_grade": "1"}, assessment=earlier)

    assert ("crs_begins_with_fever" in told) is fires


def test_a_drug_that_hides_fever_exempts_from_it() -> None:
    agent = [{"key": "m1", "agent": "tocilizumab", "purpose": "treatment", "started_at": "2026-03-07"}]

    assert "crs_begins_with_fever" not in on_day_3({**QUIET, "crs_grade": "1"}, concomitant_agent=agent)


@pytest.mark.parametrize(
    ("answers", "fires"),
    # 8 years: the limit is 86 mmHg (CLINICAL.md 2.4).
    [
        ({"hypotension": "yes", "systolic_mmhg": "86", "hypotension_proof": "single", "vasoactives": "none"}, True),
        ({"hypotension": "yes", "systolic_mmhg": "85", "hypotension_proof": "single", "vasoactives": "none"}, False),
        ({"hypotension": "yes", "systolic_mmhg": "86", "hypotension_proof": "treated", "vasoactives": "none"}, False),
        ({"hypotension": "yes", "systolic_mmhg": "86", "hypotension_proof": "repeated"}, False),
        (
            {
                "hypotension": "yes",
                "systolic_mmhg": "86",
                "hypotension_proof": "repeated",
                "vasoactives": "norepinephrine",
            },
            False,
        ),
        ({"hypotension": "no", "systolic_mmhg": "85"}, True),
        ({"hypotension": "no", "systolic_mmhg": "86"}, False),
    ],
)
def test_hypotension_is_laid_beside_the_limit_for_age(answers: dict[str, str], fires: bool) -> None:
    assert ("hypotension_fits_pressure" in on_day_3(answers)) is fires


def test_the_message_on_hypotension_does_not_name_the_limit_that_gives_the_age_away() -> None:
    told = on_day_3({"hypotension": "no", "systolic_mmhg": "85"})["hypotension_fits_pressure"]

    assert told.message == (
        "Systolic 85 mmHg is below the limit for age (PALS), yet hypotension is “No”. Fine if the team judged so for "
        "this child."
    )


@pytest.mark.parametrize("item", ["crs_grade", "icans_grade", "carhlh_grade", "tian_grade"])
def test_a_grade_5_of_any_toxicity_needs_a_recorded_death(item: str) -> None:
    answers = {item: "5", "carhlh_present": "yes", "cns_tumor": "yes"}
    death = [{"key": "x1", "died_on": "2026-03"}]

    assert "fatal_grade_has_death" in on_day_3(answers)
    assert "fatal_grade_has_death" not in on_day_3(answers, end_of_study=death)


HLH_BLOOD = {"ferritin": "900", "fibrinogen": "100", "platelets": "50", "anc": "0.2", "sil2r": "9000"}


def test_a_definition_that_is_met_against_the_clinician_warns_and_says_what_is_met() -> None:
    blood = [{"key": "l1", "infusion": "i1", "sampled_at": "2026-03-08 05:00", **HLH_BLOOD}]

    told = on_day_3({"temperature_c": "38.5", "carhlh_present": "no"}, laboratory=blood)["hlh_2004_agrees"]

    assert told.severity is WARNING
    assert told.message == (
        "HLH-2004 is met (5 of 8 criteria met: fever, cytopenia of two lines, triglycerides or fibrinogen, ferritin, "
        "soluble IL-2 receptor), the clinician says No. Both are kept; check what it rests on."
    )
    assert Anchor(form="laboratory", key="l1", item="ferritin") in told.anchors


@pytest.mark.parametrize(
    ("definition", "fires"),
    [(None, True), ("hlh_2004", True), ("iec_hs_2023", False), ("local", False)],
)
def test_a_definition_that_is_not_met_matters_to_who_used_it(definition: str | None, fires: bool) -> None:
    none = {"splenomegaly": "no", "haemophagocytosis": "no", "nk_activity_low": "no", "temperature_c": "37"}
    answers = {**none, "carhlh_suspected": "yes", "carhlh_present": "yes", "carhlh_definition": definition}

    assert ("hlh_2004_agrees" in on_day_3(answers)) is fires


@pytest.mark.parametrize(
    ("sampled", "fires"),
    [("2026-03-06", False), ("2026-03-10", False), ("2026-03-05", True), ("2026-03-11", True)],
)
def test_ferritin_is_looked_for_two_days_before_and_after_a_diagnosis(sampled: str, fires: bool) -> None:
    blood = [{"key": "l1", "infusion": "i1", "sampled_at": f"{sampled} 23:00", "ferritin": "900"}]

    assert ("carhlh_has_ferritin" in on_day_3({"carhlh_present": "yes"}, laboratory=blood)) is fires


@pytest.mark.parametrize(("ferritin", "fires"), [("600", True), ("600.1", False)])
def test_a_diagnosis_with_a_ferritin_of_twice_normal_or_less_warns(ferritin: str, fires: bool) -> None:
    blood = [{"key": "l1", "infusion": "i1", "sampled_at": "2026-03-08 05:00", "ferritin": ferritin}]
    normal = ReferenceRange(analyte="ferritin", valid_from=date(2026, 1, 1), high=Decimal(300))
    answers = {"carhlh_suspected": "yes", "carhlh_present": "yes", "ferritin_rising": "no"}

    assert ("carhlh_ferritin_raised" in on_day_3(answers, laboratory=blood, ranges=[normal])) is fires


def sampled(key: str, at: str, **values: str) -> dict[str, Any]:
    return {"key": key, "infusion": "i1", "sampled_at": at, **values}


@pytest.mark.parametrize(
    ("now", "message"),
    [
        ("20", "Fibrinogen 20 mg/dL is about one 10th of the value before. Check number and unit."),
        ("1500", None),
        ("210", None),
    ],
)
def test_a_jump_is_told_with_its_direction(now: str, message: str | None) -> None:
    before, row = sampled("l1", "2026-03-06 06:00", fibrinogen="200"), sampled("l2", "2026-03-08 06:00", fibrinogen=now)

    told = found("laboratory", row, child(laboratory=[before, row])).get("fibrinogen_jump")

    assert (told.message if told else None) == message


@pytest.mark.parametrize(
    ("before_at", "fires"),
    [("2026-03-05 06:00", True), ("2026-03-05 05:59", False), ("2026-03-08 06:00", False), ("2026-03-09 06:00", False)],
)
def test_a_sample_is_compared_with_the_one_before_within_three_days(before_at: str, fires: bool) -> None:
    before, row = sampled("l1", before_at, fibrinogen="200"), sampled("l2", "2026-03-08 06:00", fibrinogen="20")

    told = found("laboratory", row, child(laboratory=[row, before]))

    assert ("fibrinogen_jump" in told) is fires


def test_the_last_of_several_earlier_samples_is_compared_and_named() -> None:
    rows = [sampled(f"l{day}", f"2026-03-0{day} 06:00", fibrinogen=value) for day, value in ((6, "200"), (7, "25"))]
    row = sampled("l8", "2026-03-08 06:00", fibrinogen="250")

    told = found("laboratory", row, child(laboratory=[*rows, row]))["fibrinogen_jump"]

    assert told.anchors == (Anchor(form="laboratory", key="l7", item="fibrinogen"),)


DAYS_OF_CRS = [
    assessed(2, **FEVER),
    assessed(3, **PRESSOR),
    assessed(4, **QUIET),
    assessed(5, **QUIET),
    assessed(6, **QUIET),
]


def episode(answers: dict[str, Any], days: list[Any] = DAYS_OF_CRS, **rows: Any) -> dict[str, Finding]:
    row = {"key": "t1", "infusion": "i1", "toxicity": "crs", **answers}
    return found("toxicity_episode", row, child(assessment=days, toxicity_episode=[row], **rows))


def test_an_episode_that_fits_its_days_is_not_spoken_of() -> None:
    told = episode({"onset_on": "2026-03-07", "resolved_on": "2026-03-09", "peak_grade": "3", "outcome": "resolved"})

    assert not told.keys() & {
        "resolution_lasts",
        "grade_days_complete",
        "onset_fits_grades",
        "peak_far_from_grades",
        "peak_near_grades",
    }


@pytest.mark.parametrize(
    ("clinician", "told"),
    [
        ({"crs_grade": "0"}, "grade 1 by its signs on 2026-03-07, grade 0 by the clinician"),
        ({"crs_grade": "1"}, "grade 1 on 2026-03-07"),
        ({}, "grade 1 on 2026-03-07"),
    ],
)
def test_an_onset_that_the_grades_do_not_know_names_the_day_on_which_they_begin(
    clinician: dict[str, str], told: str
) -> None:
    days = [assessed(1, **QUIET), assessed(2, **FEVER, **clinician), assessed(3, **FEVER), assessed(4, **FEVER)]

    assert f"grades begin: {told}." in episode({"onset_on": "2026-03-09"}, days)["onset_fits_grades"].message


def test_of_several_days_on_which_the_grades_begin_the_one_nearest_to_the_onset_is_named() -> None:
    days = [assessed(day, **({**AWAKE, "seizure": "brief"} if day in (2, 7) else AWAKE)) for day in range(1, 9)]
    told = episode({"toxicity": "icans", "onset_on": "2026-03-10"}, days)["onset_fits_grades"]

    assert "begin: grade 3 on 2026-03-12." in told.message


def test_signs_on_the_day_after_the_resolution_reopen_the_question() -> None:
    days = [assessed(2, **FEVER), assessed(3, **QUIET), assessed(4, **FEVER)]
    resolved = {"onset_on": "2026-03-07", "resolved_on": "2026-03-08", "outcome": "resolved"}

    assert episode(resolved, days)["resolution_lasts"].severity is SOFT


@pytest.mark.parametrize(
    ("peak", "expected"),
    [("1", "peak_far_from_grades"), ("2", "peak_near_grades"), ("4", "peak_near_grades"), ("3", None)],
)
def test_the_highest_grade_is_laid_beside_that_of_the_days(peak: str, expected: str | None) -> None:
    told = episode({"onset_on": "2026-03-07", "resolved_on": "2026-03-09", "peak_grade": peak, "outcome": "resolved"})

    assert sorted(told.keys() & {"peak_far_from_grades", "peak_near_grades"}) == ([expected] if expected else [])


def test_a_missing_day_can_explain_a_peak_above_the_days_but_not_one_below() -> None:
    days = [assessed(2, **PRESSOR), assessed(5, **QUIET)]
    span = {"onset_on": "2026-03-07", "resolved_on": "2026-03-10", "outcome": "resolved"}

    assert "peak_near_grades" not in episode({**span, "peak_grade": "4"}, days)
    assert "peak_near_grades" in episode({**span, "peak_grade": "2"}, days)


def test_episodes_of_icans_and_tian_are_laid_beside_their_own_grades() -> None:
    icans = [assessed(2, **{**AWAKE, "seizure": "brief"}), assessed(3, **AWAKE)]
    tian = [assessed(2, cns_tumor="yes", tian_signs="severe"), assessed(3, cns_tumor="yes", tian_signs="none")]
    span = {"onset_on": "2026-03-07", "resolved_on": "2026-03-08", "peak_grade": "1", "outcome": "resolved"}

    for toxicity, days in (("icans", icans), ("tian", tian)):
        assert "peak_far_from_grades" in episode({**span, "toxicity": toxicity}, days)
        assert "peak_far_from_grades" not in episode({**span, "toxicity": "crs"}, days)


def test_a_contributing_cause_of_death_fits_a_fatal_toxicity() -> None:
    death = {"key": "x1", "died_on": "2026-04-18", "cause_of_death": "infection"}
    fatal = {"peak_grade": "5", "toxicity": "carhlh"}

    assert "fatal_grade_fits_cause" in episode(fatal, end_of_study=[{**death, "contributing_causes": "bleeding"}])
    assert "fatal_grade_fits_cause" not in episode(fatal, end_of_study=[{**death, "contributing_causes": "carhlh"}])
    assert "fatal_grade_fits_cause" not in episode(fatal, end_of_study=[{**death, "cause_of_death": "carhlh"}])
    assert "fatal_grade_fits_cause" not in episode(fatal, end_of_study=[death])


@given(seed=SEEDS)
def test_no_combination_of_answers_makes_a_check_fail(seed: int) -> None:
    rows = casebook(seed)
    known = Context(today=TODAY, rows=rows)

    for form, stored in rows.items():
        for row in stored:
            for one in check_row(CASEBOOK[form], row, known):
                assert "{" not in one.message
