"""What single checks say and do, and what each derived value comes to; test_every_check.py goes through all checks."""

from datetime import date, datetime
from decimal import Decimal

import pytest

import entries
from check_tables import checks, context, row_of
from forms.casebook import CASEBOOK
from forms.edit_checks import check_row
from forms.items import CONFIRM, HARD, SOFT
from forms.values import Answer, NullFlavour, Value
from study import Study


def test_a_missing_answer_with_a_reason_is_silent() -> None:
    unknown: dict[str, Value] = {"systolic_mmhg": 80, "diastolic_mmhg": NullFlavour.UNKNOWN}

    assert checks()["assessment.systolic_above_diastolic"].holds(unknown, context()) is None


def test_a_negative_laboratory_value_is_refused_and_a_huge_one_asks_for_the_source() -> None:
    form = CASEBOOK["laboratory"]
    severities = {
        text: {f.severity for f in check_row(form, row_of("laboratory", {"crp": text}), context()) if "crp" in f.items}
        for text in ("-1", "0", "1000", "1001")
    }

    assert severities == {"-1": {HARD}, "0": set(), "1000": {*severities["1000"]}, "1001": {CONFIRM}}
    assert HARD not in severities["1000"] and CONFIRM not in severities["1000"]


def test_a_death_without_its_circumstances_opens_one_query() -> None:
    found = check_row(
        CASEBOOK["end_of_study"], row_of("end_of_study", {"reason": "died", "died_on": "2026-07-18"}), context()
    )

    assert [(f.check_id, f.severity) for f in found if f.check_id == "end_of_study.death_is_complete"] == [
        ("end_of_study.death_is_complete", SOFT)
    ]


def test_a_child_who_was_enrolled_looking_back_is_not_entered_late() -> None:
    late = row_of("infection", {"onset_on": "2026-03-05", "entered_at": "2026-07-05T00:00"})
    enrolled = {"key": "e1", "enrolled_on": "2026-07-01"}
    check = checks()["infection.entered_in_time"]

    found = [
        check.holds(late, context({"enrolment": ({**enrolled, **more},)})) for more in ({}, {"retrospective": "yes"})
    ]
    assert found == [False, None]


def test_a_stored_row_knows_when_it_was_entered(study: Study) -> None:
    row = entries.infusion()
    entries.save(study.subject, study.coordinator, "infusion", {**row, "infused_on": date(2026, 4, 30)})
    stored = next(record for record in entries.stored(study.subject, "infusion") if record.key == row["key"])

    found = check_row(CASEBOOK["infusion"], stored.row, context({"infusion": ()}))
    assert [finding.message for finding in found if finding.check_id == "infusion.entered_in_time"] == [
        "Entered more than 30 days after 2026-04-30. Take the answers from the chart, not from memory."
    ]


DERIVED: list[tuple[str, dict[str, str], str, Answer | None]] = [
    ("enrolment", {"birth_date": "2017-08", "enrolled_on": "2026-02-20"}, "age_at_enrolment", 8),
    ("enrolment", {"birth_date": "2018-02", "enrolled_on": "2026-02-20"}, "age_at_enrolment", None),
    ("enrolment", {"birth_date": "2017-08"}, "majority_year", 2035),
    ("enrolment", {"birth_date": "2017-08-01"}, "majority_on", date(2035, 8, 1)),
    ("enrolment", {"birth_date": "2016-02-29"}, "majority_on", date(2034, 3, 1)),
    ("enrolment", {"birth_date": "2017-08"}, "majority_on", None),
    ("enrolment", {"birth_date": "9999-12-31"}, "majority_on", None),
    ("baseline", {"weight_kg": "24.6", "height_cm": "124.5"}, "body_mass_index", Decimal("15.9")),
    ("infusion", {"infused_on": "2026-03-05"}, "age_years", 8),
    ("infusion", {"key": "i1", "infused_on": "2026-03-05"}, "infusion_number", 1),
    ("infusion", {"key": "i2", "infused_on": "2026-07-05"}, "infusion_number", 2),
    ("assessment", {"infusion": "i1", "assessed_at": "2026-03-12 06:00"}, "study_day", 7),
    ("assessment", {"infusion": "i1", "assessed_at": "2026-03-12 06:00"}, "anakinra_day", 2),
    ("laboratory", {"infusion": "i1", "sampled_at": "2026-03-01 06:00"}, "study_day", -4),
    ("toxicity_episode", {"onset_on": "2026-03-07", "resolved_on": "2026-03-14"}, "duration_days", 7),
    ("toxicity_episode", {"onset_on": "2026-03", "resolved_on": "2026-03-14"}, "duration_days", None),
    ("anakinra_course", {"started_at": "2026-03-10 18:00", "stopped_at": "2026-03-17 06:00"}, "duration_days", 8),
    ("anakinra_course", {"key": "c2", "started_at": "2026-03-20 18:00"}, "course_number", 2),
    (
        "anakinra_regimen",
        {"course": "c1", "dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h"},
        "mg_per_dose",
        Decimal("40.00"),
    ),
    (
        "anakinra_regimen",
        {"course": "c1", "dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h"},
        "mg_per_day",
        Decimal("160.00"),
    ),
    ("anakinra_regimen", {"course": "c1", "dose_value": "2", "frequency": "q6h"}, "mg_per_kg_day", None),
    (
        "anakinra_regimen",
        {"course": "c1", "given_mg": "45", "frequency": "q8h"},
        "given_mg_per_kg_day",
        Decimal("6.750"),
    ),
    ("concomitant_agent", {"started_at": "2026-03-08", "stopped_at": "2026-03-09"}, "timing", "before"),
    ("concomitant_agent", {"started_at": "2026-03-08", "stopped_at": "2026-03-12"}, "timing", "with"),
    ("concomitant_agent", {"started_at": "2026-03-08", "ongoing": "yes"}, "timing", "with"),
    ("concomitant_agent", {"started_at": "2026-03-08", "frequency": "once"}, "timing", "before"),
    ("concomitant_agent", {"started_at": "2026-03-08"}, "timing", None),
    ("concomitant_agent", {"started_at": "2026-03-18"}, "timing", "after"),
    ("infection", {"onset_on": "2026-03-09"}, "relation", "before"),
    ("infection", {"onset_on": "2026-03-10"}, "relation", "during"),
    ("infection", {"onset_on": "2026-03-18"}, "relation", "after"),
    ("infection", {"onset_on": "2026-03"}, "relation", None),
    ("response", {"mrd_result": "not_detected", "mrd_lod_percent": "0.01"}, "mrd_class", "negative"),
    ("response", {"mrd_result": "not_detected", "mrd_lod_percent": "0.1"}, "mrd_class", "negative_insufficient"),
    ("response", {"mrd_result": "not_detected"}, "mrd_class", None),
    ("response", {"mrd_result": "detected", "mrd_percent": "0.009999"}, "mrd_class", "positive_low"),
    ("response", {"mrd_result": "detected", "mrd_percent": "0.01"}, "mrd_class", "positive"),
    ("support", {"started_at": "2026-03-09 22:00", "ended_at": "2026-03-14"}, "duration_days", 5),
]


@pytest.mark.parametrize(("form", "texts", "item", "expected"), DERIVED, ids=lambda value: str(value)[:60])
def test_a_derived_value_follows_from_the_row_and_what_it_links_to(
    form: str, texts: dict[str, str], item: str, expected: Answer | None
) -> None:
    assert CASEBOOK[form].derive(row_of(form, texts), context())[item] == expected


@pytest.mark.parametrize(
    "born", ["2016", "2016-02", "2016-02-28", "2016-02-29", "2016-03-01", "2015-12-31", "2016-01-01"]
)
def test_the_year_and_the_day_of_re_consent_never_contradict_each_other(born: str) -> None:
    derived = CASEBOOK["enrolment"].derive(row_of("enrolment", {"birth_date": born}), context())
    day = derived["majority_on"]

    assert derived["majority_year"] == int(born[:4]) + 18
    assert day is None if len(born) < 10 else isinstance(day, date) and day.year == derived["majority_year"]


def test_the_timing_of_an_agent_without_any_anakinra_says_so() -> None:
    row = row_of("concomitant_agent", {"started_at": "2026-03-08", "stopped_at": "2026-03-09"})

    assert CASEBOOK["concomitant_agent"].derive(row, context("no course"))["timing"] == "no_anakinra"


def test_a_moment_is_kept_as_wall_clock_time() -> None:
    assert row_of("assessment", {"assessed_at": "2026-03-12 06:00"}) == {"assessed_at": datetime(2026, 3, 12, 6, 0)}
