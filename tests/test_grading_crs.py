"""CRS by ASTCT 2019: the vectors of CLINICAL.md 2.1, one unit on each side of each limit, and D4 and D5."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import QUIET, assessed, child, said, verdict_on
from forms.grading.crs import CRS
from forms.values import NullFlavour

EXACT, AT_LEAST = "exact", "at_least"


def crs(**answers: Any) -> tuple[str | None, str] | None:
    """Return value and certainty for one assessment, quiet but for the given answers."""
    return said(verdict_on(CRS, {**QUIET, **answers}))


def course(*assessments: dict[str, Any], **rows: Any) -> list[str | None]:
    """Return the grades of several assessments in order, ``None`` where there is none."""
    found = CRS.verdicts(child(assessment=assessments, **rows))
    return [found[one["key"]].value for one in assessments]


def day(number: int, hour: int = 6, **answers: Any) -> dict[str, Any]:
    return dict(assessed(number, hour, **{**QUIET, **answers}))


HYPOTENSIVE = {"hypotension": "yes", "hypotension_proof": "treated"}
# CLINICAL.md 2.1, test vectors: temperature, hypotension, vasopressors, vasopressin, oxygen -> grade.
VECTORS = [
    ({"temperature_c": "37.9"}, "0"),
    ({"temperature_c": "38.0"}, "1"),
    ({"temperature_c": "38.5", "hypotension": "yes"}, "2"),
    ({"temperature_c": "38.5", "oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "6"}, "2"),
    ({"temperature_c": "38.5", "oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "6.1"}, "3"),
    ({"temperature_c": "38.5", "oxygen_mode": "high_flow", "oxygen_flow_l_min": "8"}, "3"),
    ({"temperature_c": "38.5", "oxygen_mode": "blow_by"}, "2"),
    (
        {
            "temperature_c": "39",
            **HYPOTENSIVE,
            "vasoactives": "norepinephrine",
            "oxygen_mode": "nasal_cannula",
            "oxygen_flow_l_min": "2",
        },
        "3",
    ),
    ({"temperature_c": "39", **HYPOTENSIVE, "vasoactives": "norepinephrine;vasopressin"}, "3"),
    ({"temperature_c": "39", **HYPOTENSIVE, "vasoactives": "norepinephrine;epinephrine"}, "4"),
    ({"temperature_c": "39", "oxygen_mode": "bipap"}, "4"),
    ({"temperature_c": "37.0", "anticytokine_given": "yes", "vasoactives": "norepinephrine"}, "3"),
    ({"temperature_c": "37.0", "anticytokine_given": "yes"}, "0"),
    ({"temperature_c": "38.6", "fever_other_cause": "yes"}, "0"),
]


@pytest.mark.parametrize(("answers", "grade"), VECTORS)
def test_the_published_vectors_are_graded_as_printed(answers: dict[str, Any], grade: str) -> None:
    assert crs(**answers) == (grade, EXACT)


# CLINICAL.md 2.1, D5: what does and does not count, each with fever of 38.5.
COUNTED = [
    ({"hypotension": "yes", "hypotension_proof": "single"}, "1"),
    ({"hypotension": "yes", "hypotension_proof": "single;treated"}, "2"),
    ({"hypotension": "yes", "hypotension_proof": "repeated"}, "2"),
    ({**HYPOTENSIVE, "hypotension_other_cause": "yes"}, "1"),
    ({**HYPOTENSIVE, "vasoactives": "norepinephrine", "hypotension_other_cause": "yes"}, "1"),
    ({"vasoactives": "vasopressin"}, "3"),
    ({"vasoactives": "milrinone"}, "1"),
    ({**HYPOTENSIVE, "vasoactives": "milrinone"}, "2"),
    ({"vasoactives": "dobutamine"}, "1"),
    ({"vasoactives": "dobutamine;dopamine"}, "3"),
    ({"vasoactives": "phenylephrine;milrinone;vasopressin"}, "3"),
    ({"vasoactives": "norepinephrine;epinephrine;vasopressin"}, "4"),
    ({"vasoactives": "norepinephrine;epinephrine;dopamine"}, "4"),
    ({"vasoactives": "norepinephrine", "vasoactive_for_sedation": "yes"}, "1"),
    ({**HYPOTENSIVE, "vasoactives": "norepinephrine", "vasoactive_for_sedation": "yes"}, "2"),
    ({"oxygen_mode": "high_flow", "oxygen_flow_l_min": "6"}, "2"),
    ({"oxygen_mode": "high_flow", "oxygen_flow_l_min": "6.01"}, "3"),
    ({"oxygen_mode": "face_mask"}, "3"),
    ({"oxygen_mode": "venturi"}, "3"),
    ({"oxygen_mode": "non_rebreather"}, "3"),
    ({"oxygen_mode": "cpap", "ventilation_reason": "hypoxia"}, "4"),
    ({"oxygen_mode": "invasive", "ventilation_reason": "hypoxia"}, "4"),
    ({"oxygen_mode": "ecmo"}, "4"),
    ({"oxygen_mode": "invasive", "ventilation_reason": "airway"}, "1"),
    ({"oxygen_mode": "invasive", "ventilation_reason": "procedure"}, "1"),
    ({"oxygen_mode": "invasive", "ventilation_reason": "seizure"}, "1"),
    ({"oxygen_mode": "bipap", "ventilation_reason": "home_support"}, "1"),
    ({"oxygen_mode": "face_mask", "hypoxia_other_cause": "yes"}, "1"),
]


@pytest.mark.parametrize(("answers", "grade"), COUNTED)
def test_a_sign_counts_only_for_what_it_is(answers: dict[str, Any], grade: str) -> None:
    assert crs(temperature_c="38.5", **answers) == (grade, EXACT)


@pytest.mark.parametrize(
    ("at_home", "answers", "grade"),
    [
        ("bipap", {"oxygen_mode": "bipap"}, "1"),
        ("bipap", {"oxygen_mode": "cpap"}, "1"),
        ("bipap", {"oxygen_mode": "invasive"}, "4"),
        ("cpap", {"oxygen_mode": "bipap"}, "4"),
        ("nasal_cannula", {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "6"}, "1"),
        ("nasal_cannula", {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "6.1"}, "3"),
        ("nasal_cannula", {"oxygen_mode": "high_flow", "oxygen_flow_l_min": "4"}, "2"),
        ("high_flow", {"oxygen_mode": "high_flow", "oxygen_flow_l_min": "20"}, "1"),
    ],
)
def test_support_that_is_no_more_than_at_home_does_not_count(at_home: str, answers: dict[str, Any], grade: str) -> None:
    baseline = [{"key": "b1", "baseline_respiratory_support": at_home}]

    verdict = verdict_on(CRS, {**QUIET, "temperature_c": "38.5", **answers}, baseline=baseline)

    assert said(verdict) == (grade, EXACT)


# What a missing answer can still change: CLINICAL.md D7 (a lower bound, never a grade).
MISSING = [
    ({"temperature_c": None}, ("0", AT_LEAST), ("temperature_c",)),
    ({"temperature_c": None, "hypotension": "yes"}, ("0", AT_LEAST), ("temperature_c",)),
    ({"hypotension": None}, ("1", AT_LEAST), ("hypotension",)),
    ({"hypotension": None, "vasoactives": "norepinephrine"}, ("3", EXACT), ()),
    ({"vasoactives": None}, ("1", AT_LEAST), ("vasoactives",)),
    ({"vasoactives": None, **HYPOTENSIVE}, ("2", AT_LEAST), ("vasoactives",)),
    ({"oxygen_mode": None}, ("1", AT_LEAST), ("oxygen_mode",)),
    ({"oxygen_mode": None, "vasoactives": "norepinephrine"}, ("3", AT_LEAST), ("oxygen_mode",)),
    ({"oxygen_mode": None, "vasoactives": "norepinephrine;epinephrine"}, ("4", EXACT), ()),
    ({"oxygen_mode": "nasal_cannula"}, ("2", AT_LEAST), ("oxygen_flow_l_min",)),
    ({"oxygen_mode": "high_flow"}, ("2", AT_LEAST), ("oxygen_flow_l_min",)),
    ({"oxygen_mode": "high_flow", "vasoactives": "dopamine"}, ("3", EXACT), ()),
    ({"oxygen_mode": NullFlavour.NOT_DONE}, ("1", AT_LEAST), ("oxygen_mode",)),
]


@pytest.mark.parametrize(("answers", "expected", "missing"), MISSING)
def test_a_missing_answer_leaves_a_lower_bound_where_it_could_raise_the_grade(
    answers: dict[str, Any], expected: tuple[str, str], missing: tuple[str, ...]
) -> None:
    verdict = verdict_on(CRS, {**QUIET, "temperature_c": "38.5", **answers})

    assert said(verdict) == expected
    assert verdict is not None and verdict.missing == missing


def test_no_answer_at_all_is_not_assessable_and_never_grade_0() -> None:
    verdict = verdict_on(CRS, {})

    assert verdict is not None
    assert (verdict.value, verdict.why) == (None, "signs_missing")


@pytest.mark.parametrize(
    ("systolic", "expected"),
    # 8 years: PALS limit 86 (CLINICAL.md 2.4). A low reading by itself is not hypotension of CRS (D5).
    [("86", ("1", EXACT)), ("85", ("1", AT_LEAST))],
)
def test_a_normal_pressure_stands_for_a_missing_judgement_and_a_low_one_does_not(
    systolic: str, expected: tuple[str, str]
) -> None:
    assert crs(temperature_c="38.5", hypotension=None, systolic_mmhg=systolic) == expected


def test_crs_must_begin_with_fever() -> None:
    assert course(day(1, vasoactives="norepinephrine"), day(2, temperature_c="38.0"), day(3)) == ["0", "1", "0"]


@pytest.mark.parametrize(
    ("hiding", "expected"),
    [
        ({}, ("0", EXACT)),
        ({"antipyretic_24h": "yes"}, ("2", EXACT)),
        ({"anticytokine_given": "yes"}, ("2", EXACT)),
        ({"antipyretic_24h": None}, ("0", AT_LEAST)),
        ({"anticytokine_given": None}, ("0", AT_LEAST)),
    ],
)
def test_after_fever_signs_count_without_it_once_something_hides_it(
    hiding: dict[str, Any], expected: tuple[str, str]
) -> None:
    rows = [day(1, temperature_c="39"), day(2, **HYPOTENSIVE, **hiding)]

    assert said(CRS.verdicts(child(assessment=rows))["a2.6"]) == expected


@pytest.mark.parametrize(
    ("agent", "grade"),
    [
        ({"agent": "tocilizumab", "purpose": "treatment", "started_at": "2026-03-06 12:00"}, "2"),
        ({"agent": "dexamethasone", "purpose": "treatment", "started_at": "2026-03-06"}, "2"),
        ({"agent": "tocilizumab", "purpose": "treatment", "started_at": "2026-03-07 07:00"}, "0"),
        ({"agent": "dexamethasone", "purpose": "treatment", "started_at": "2026-03"}, "0"),
        ({"agent": "hydrocortisone", "purpose": "replacement", "started_at": "2026-03-01"}, "0"),
        ({"agent": "dexamethasone", "purpose": "treatment", "route": "topical", "started_at": "2026-03-06"}, "0"),
        # Prevention that ended before CRS began hides nothing; what goes on counts as treatment (CIBMTR).
        (
            {
                "agent": "dexamethasone",
                "purpose": "prevention",
                "started_at": "2026-03-01",
                "stopped_at": "2026-03-05",
            },
            "0",
        ),
        ({"agent": "dexamethasone", "purpose": "prevention", "started_at": "2026-03-01"}, "2"),
        ({"agent": "etoposide", "purpose": "treatment", "started_at": "2026-03-06"}, "0"),
    ],
)
def test_a_recorded_drug_hides_fever_from_its_first_dose_after_crs_began(agent: dict[str, str], grade: str) -> None:
    rows = [day(1, temperature_c="39"), day(2, **HYPOTENSIVE)]

    assert course(*rows, concomitant_agent=[{"key": "m1", **agent}]) == ["1", grade]


def test_anakinra_hides_fever_too() -> None:
    rows = [day(1, temperature_c="39"), day(2, **HYPOTENSIVE)]
    given = {"key": "c1", "given": "yes", "started_at": "2026-03-06 18:00"}

    assert course(*rows, anakinra_course=[given]) == ["1", "2"]
    assert course(*rows, anakinra_course=[{**given, "given": "no"}]) == ["1", "0"]


def test_an_earlier_assessment_without_a_temperature_leaves_open_whether_crs_had_begun() -> None:
    rows = [day(1, temperature_c=None), day(2, **HYPOTENSIVE, antipyretic_24h="yes")]

    verdict = CRS.verdicts(child(assessment=rows))["a2.6"]

    assert (said(verdict), verdict.missing) == (("0", AT_LEAST), ("temperature_c",))


# D4: after 48 hours at grade 0 (that day and the two after it, D21), signs need an attribution.
@pytest.mark.parametrize(
    ("came_back_on", "attribution", "grade"),
    [
        (4, None, "1"),  # free on days 2 and 3 only
        (5, None, None),  # free on days 2, 3 and 4
        (5, "crs", "1"),
        (5, "infection", "0"),
        (5, "carhlh", "0"),
        (5, "other", "0"),
    ],
)
def test_signs_that_come_back_after_48_hours_need_an_attribution(
    came_back_on: int, attribution: str | None, grade: str | None
) -> None:
    free = [day(number) for number in range(2, came_back_on)]
    back = day(came_back_on, temperature_c="38.5", late_attribution=attribution)

    assert course(day(1, temperature_c="39"), *free, back)[-1] == grade


def test_what_is_not_attributed_says_so_and_has_no_grade() -> None:
    rows = [day(1, temperature_c="39"), day(2), day(3), day(4), day(5, temperature_c="38.5"), day(6, **HYPOTENSIVE)]

    found = CRS.verdicts(child(assessment=rows))

    assert (found["a5.6"].why, found["a5.6"].missing) == ("attribution_missing", ("late_attribution",))
    assert found["a6.6"].because == "grade 0: no fever, and nothing that hides it was given"


def test_a_day_counts_as_free_only_when_its_worst_assessment_is() -> None:
    rows = [
        day(1, temperature_c="39"),
        day(2, 6),
        day(2, 18, temperature_c="38.2"),
        day(3),
        day(4),
        day(5, temperature_c="38.5"),
    ]

    assert course(*rows)[-1] == "1"


@pytest.mark.parametrize(("number", "grade"), [(14, "1"), (15, None)])
def test_an_onset_after_day_14_needs_an_attribution(number: int, grade: str | None) -> None:
    assert course(day(number, temperature_c="38.5")) == [grade]


def test_crs_that_began_earlier_and_goes_on_past_day_14_needs_none() -> None:
    rows = [day(number, temperature_c="38.5") for number in range(13, 17)]

    assert course(*rows) == ["1"] * 4


def test_each_infusion_has_a_course_of_its_own() -> None:
    infusions = [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i2", "infused_on": "2026-04-20"}]
    second = {**assessed(3, **{**QUIET, "vasoactives": "norepinephrine", "antipyretic_24h": "yes"})}
    second |= {"key": "a2", "infusion": "i2", "assessed_at": "2026-04-22 06:00"}

    found = CRS.verdicts(child(assessment=[day(2, temperature_c="39"), second], infusion=infusions))

    assert {key: verdict.value for key, verdict in found.items()} == {"a2.6": "1", "a2": "0"}


def test_grade_5_stands_on_a_death_from_crs_and_on_nothing_else() -> None:
    rows = [day(2, temperature_c="39"), day(3, 2, temperature_c="39"), day(3, 8, temperature_c="39")]
    death = {"key": "x1", "died_on": "2026-03-08", "cause_of_death": "crs"}

    assert course(*rows, end_of_study=[death]) == ["1", "5", "5"]
    assert course(*rows, end_of_study=[{**death, "cause_of_death": "infection"}]) == ["1", "1", "1"]
    assert course(*rows, end_of_study=[{**death, "died_on": "2026-03"}]) == ["1", "1", "1"]


@pytest.mark.parametrize(
    ("answers", "because"),
    [
        ({"temperature_c": "38.5"}, "grade 1: fever"),
        ({"temperature_c": "38.5", "vasoactives": "norepinephrine"}, "grade 3: one vasopressor"),
        (
            {"temperature_c": "38.5", **HYPOTENSIVE, "vasoactives": "milrinone"},
            "grade 2: hypotension without a vasopressor (milrinone not counted)",
        ),
        (
            {"temperature_c": "38.5", "vasoactives": "vasopressin"},
            "grade 3: vasopressin alone, which the published table does not name",
        ),
        ({"temperature_c": "38.6", "fever_other_cause": "yes"}, "grade 0: fever put down to another cause"),
        ({"vasoactives": "norepinephrine"}, "grade 0: no fever so far"),
        (
            {"temperature_c": "38.5", "oxygen_mode": "high_flow"},
            "at least grade 2: high-flow nasal cannula, flow not answered",
        ),
    ],
)
def test_the_words_name_the_sign_that_decided(answers: dict[str, Any], because: str) -> None:
    verdict = verdict_on(CRS, {**QUIET, **answers})

    assert verdict is not None and verdict.because == because


def test_the_details_hold_each_domain_by_itself() -> None:
    verdict = verdict_on(CRS, {**QUIET, "temperature_c": "38.5", "oxygen_mode": "high_flow", "hypotension": None})

    assert verdict is not None
    assert verdict.details == {"fever": "1", "circulation": "undetermined", "breathing": "at_least_2"}
