"""The checks of an infection on every side, and whether it was before, during or after anakinra (groups 36 to 38)."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import child, row_of
from forms.casebook.infection import INFECTION
from forms.casebook.infection_rules import ORGANISM_CLASSES, relation
from forms.casebook.support import SUPPORT
from forms.grading.infection import Treatment, severity
from forms.values import NullFlavour
from one_check import CHECKS, anchored

COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00", "stopped_at": "2026-03-17 06:00"}
SECOND = {"key": "c2", "given": "yes", "started_at": "2026-04-10 18:00", "stopped_at": "2026-04-12 06:00"}
OPEN = {name: text for name, text in COURSE.items() if name != "stopped_at"}
UNDATED = {"key": "c3", "given": "yes"}


def holds(name: str, answers: dict[str, Any], **rows: Any) -> bool | None:
    return CHECKS[f"infection.{name}"].holds(row_of("infection", {"key": "n1", **answers}), child(**rows))


def compared(name: str, answers: dict[str, Any], **rows: Any) -> list[tuple[str, str, str]]:
    return anchored(CHECKS[f"infection.{name}"], row_of("infection", {"key": "n1", **answers}), child(**rows))


@pytest.mark.parametrize(
    ("onset", "courses", "expected"),
    # By the calendar: anakinra from 10 to 17 March.
    [
        (None, [COURSE], None),
        ("2026-03-09", [], "no_anakinra"),
        ("2026-03-09", [{"key": "c1", "given": "no"}], "no_anakinra"),
        ("2026-03-09", [COURSE], "before"),
        ("2026-03-10", [COURSE], "during"),
        ("2026-03-17", [COURSE], "during"),
        ("2026-03-18", [COURSE], "after"),
        ("2026-05-01", [OPEN], "during"),
        # A month that begins before, or ends after, leaves it open.
        ("2026-03", [COURSE], None),
        ("2026-02", [COURSE], "before"),
        ("2026-04", [COURSE], "after"),
        ("2026-04", [OPEN], "during"),
        # The first day of a month may have been the last of anakinra.
        ("2026-03", [{**COURSE, "started_at": "2026-02-20 06:00", "stopped_at": "2026-03-01 06:00"}], None),
        # Of two courses: during either, between them after neither.
        ("2026-04-11", [COURSE, SECOND], "during"),
        ("2026-03-11", [SECOND, COURSE], "during"),
        ("2026-03-20", [COURSE, SECOND], None),
        ("2026-04-13", [COURSE, SECOND], "after"),
        ("2026-04-09", [SECOND, OPEN], "during"),
        ("2026-03-09", [SECOND, COURSE], "before"),
        # A course without a first dose may have been at any time: only another one's days are sure.
        ("2026-03-09", [UNDATED], None),
        ("2026-03-09", [COURSE, UNDATED], None),
        ("2026-03-18", [UNDATED, COURSE], None),
        ("2026-03-10", [COURSE, UNDATED], "during"),
    ],
)
def test_an_infection_is_before_during_or_after_anakinra(
    onset: str | None, courses: list[dict[str, str]], expected: str | None
) -> None:
    assert relation(row_of("infection", {"key": "n1", "onset_on": onset}), child(anakinra_course=courses)) == expected


@pytest.mark.parametrize(("organism", "kind"), ORGANISM_CLASSES.items())
def test_an_organism_belongs_to_its_class(organism: str, kind: str) -> None:
    others = {"bacterial", "viral", "yeast", "mould"} - {kind}

    assert holds("organism_fits_class", {"organism": organism, "organism_class": kind}) is True
    assert {holds("organism_fits_class", {"organism": organism, "organism_class": one}) for one in others} == {False}
    assert holds("organism_fits_class", {"organism": organism}) is None


def test_an_organism_without_a_class_of_its_own_fits_any() -> None:
    assert holds("organism_fits_class", {"organism": "other", "organism_class": "viral"}) is None
    assert holds("organism_fits_class", {"organism_class": "viral"}) is None


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"infection_site": "bloodstream", "positive_samples": "blood_culture"}, True),
        ({"infection_site": "bloodstream", "positive_samples": "blood_pcr"}, False),
        ({"infection_site": "bloodstream", "positive_samples": "blood_pcr", "organism_class": "viral"}, None),
        ({"infection_site": "bloodstream", "positive_samples": "blood_pcr", "organism_class": "bacterial"}, False),
        ({"infection_site": "bloodstream"}, None),
        ({"infection_site": "viremia", "positive_samples": "blood_pcr"}, None),
    ],
)
def test_an_infection_of_the_blood_has_a_culture(answers: dict[str, str], expected: bool | None) -> None:
    assert holds("bloodstream_culture", answers) is expected


REACTIVATED = {"organism_class": "viral", "presence": "reactivated"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({**REACTIVATED, "viral_load": "500"}, True),
        ({**REACTIVATED, "viral_load": "500", "positive_samples": "blood_culture"}, True),
        ({**REACTIVATED, "positive_samples": "blood_pcr"}, True),
        ({**REACTIVATED, "positive_samples": "blood_culture"}, False),
        (REACTIVATED, None),
        ({**REACTIVATED, "presence": "new", "positive_samples": "blood_culture"}, None),
        ({**REACTIVATED, "organism_class": "bacterial", "positive_samples": "blood_culture"}, None),
    ],
)
def test_the_return_of_a_virus_is_shown_by_pcr(answers: dict[str, str], expected: bool | None) -> None:
    assert holds("reactivation_pcr", answers) is expected


@pytest.mark.parametrize(
    ("changed", "onset", "courses", "expected"),
    [
        ("yes", "2026-03-12", [COURSE], True),
        ("yes", "2026-03-09", [COURSE], True),
        ("yes", "2026-03-18", [COURSE], False),
        ("yes", "2026-03-12", [], False),
        ("yes", "2026-03", [COURSE], True),
        ("no", "2026-03-18", [COURSE], None),
        (None, "2026-03-18", [COURSE], None),
        # A course without a first dose may have been running.
        ("yes", "2026-03-18", [COURSE, {"key": "c2", "given": "yes"}], None),
        ("yes", "2026-03-18", [COURSE, {"key": "c2", "given": "no"}], False),
    ],
)
def test_anakinra_that_was_changed_was_running(
    changed: str | None, onset: str, courses: list[dict[str, str]], expected: bool | None
) -> None:
    answers = {"anakinra_changed": changed, "onset_on": onset}

    assert holds("anakinra_was_running", answers, anakinra_course=courses) is expected


DEATH = {"end_of_study": [{"key": "x1", "died_on": "2026-04-18"}]}


@pytest.mark.parametrize("answers", [{"outcome": "fatal"}, {"severity": "fatal"}, {"ctcae_grade": "5"}], ids=str)
def test_a_fatal_infection_has_a_death(answers: dict[str, str]) -> None:
    assert holds("fatal_has_death", answers) is False
    assert holds("fatal_has_death", answers, **DEATH) is True
    assert holds("fatal_has_death", {"outcome": "resolved", "severity": "mild", "ctcae_grade": "4"}) is None


GRAVE = {"ctcae_grade": "4", "organ_support": "no", "onset_on": "2026-03-12"}


@pytest.mark.parametrize(
    ("answers", "stay", "expected"),
    [
        (GRAVE, None, False),
        ({**GRAVE, "ctcae_grade": "3"}, None, None),
        ({**GRAVE, "ctcae_grade": "3", "severity": "life_threatening"}, None, False),
        ({**GRAVE, "organ_support": "yes"}, None, None),
        ({**GRAVE, "organ_support": None}, None, None),
        (GRAVE, {"kind": "icu"}, True),
        (GRAVE, {"kind": "ventilation"}, True),
        (GRAVE, {"kind": "dialysis"}, True),
        (GRAVE, {"kind": "ecmo"}, True),
        (GRAVE, {"kind": "platelets"}, False),
        (GRAVE, {"kind": "icu", "ended_at": "2026-03-11"}, False),
        (GRAVE, {"kind": "icu", "ended_at": "2026-03-12"}, True),
    ],
)
def test_a_life_threatening_infection_has_support(
    answers: dict[str, Any], stay: dict[str, str] | None, expected: bool | None
) -> None:
    support = [{"key": "s1", **stay}] if stay else []

    assert holds("grade_four_has_support", answers, support=support) is expected
    assert compared("grade_four_has_support", answers, support=support) == (
        [("support", "s1", "ended_at")] if stay and stay["kind"] != "platelets" else []
    )


def drawn(at: str | None, key: str = "l1", **values: str) -> dict[str, Any]:
    return {"key": key, "infusion": "i1", "sampled_at": at, **values}


@pytest.mark.parametrize(
    ("onset", "samples", "expected"),
    # Within 48 hours of the onset, of 12 March.
    [
        ("2026-03-12", [drawn("2026-03-10 00:00", anc="1")], True),
        ("2026-03-12", [drawn("2026-03-09 23:59", anc="1")], False),
        ("2026-03-12", [drawn("2026-03-14 23:59", anc="1")], True),
        ("2026-03-12", [drawn("2026-03-15 00:00", anc="1")], False),
        ("2026-03-12", [drawn("2026-03-12 06:00", wbc="1")], False),
        ("2026-03-12", [drawn("2026-03-12 06:00", anc="<0.1")], True),
        ("2026-03-12", [drawn(None, anc="1")], False),
        ("2026-03-12", [], False),
        ("2026-03", [drawn("2026-04-02 23:59", anc="1")], True),
        ("2026-03", [drawn("2026-04-03 00:00", anc="1")], False),
        (None, [], None),
    ],
)
def test_neutrophils_are_known_near_the_onset(
    onset: str | None, samples: list[dict[str, Any]], expected: bool | None
) -> None:
    missing = {"onset_on": onset, "anc_at_onset": NullFlavour.NOT_DONE}

    assert holds("neutrophils_near_onset", missing, laboratory=samples) is expected
    assert holds("neutrophils_near_onset", {**missing, "anc_at_onset": "1"}, laboratory=samples) is None
    assert holds("neutrophils_near_onset", {**missing, "anc_at_onset": None}, laboratory=samples) is None
    assert compared("neutrophils_near_onset", missing, laboratory=samples) == [
        ("laboratory", one["key"], "sampled_at") for one in samples if "anc" in one
    ]


TREATED = {"kind": "antimicrobial", "purpose": "treatment", "started_at": "2026-03-10 06:00"}


@pytest.mark.parametrize(
    ("answers", "infection", "expected"),
    # For more than 72 hours; one that goes on is counted until today, 1 August.
    [
        ({"ended_at": "2026-03-13 06:00"}, None, None),
        ({"ended_at": "2026-03-13 06:01"}, None, False),
        ({}, None, False),
        ({"started_at": "2026-07-29 00:00"}, None, None),
        ({"purpose": "empiric"}, None, False),
        ({"purpose": "prophylaxis"}, None, None),
        ({"kind": "ivig"}, None, None),
        ({"started_at": None}, None, None),
        # An infection that may have been there meanwhile.
        ({"ended_at": "2026-03-20 06:00"}, {"onset_on": "2026-03-20"}, True),
        ({"ended_at": "2026-03-20 06:00"}, {"onset_on": "2026-03-21"}, False),
        ({"ended_at": "2026-03-20 06:00"}, {"onset_on": "2026-03-01", "resolved_on": "2026-03-10"}, True),
        ({"ended_at": "2026-03-20 06:00"}, {"onset_on": "2026-03-01", "resolved_on": "2026-03-09"}, False),
        ({}, {"onset_on": "2026-05-01"}, True),
        ({"ended_at": "2026-03-20 06:00"}, {}, True),
    ],
)
def test_a_long_treatment_has_its_infection(
    answers: dict[str, Any], infection: dict[str, str] | None, expected: bool | None
) -> None:
    (check,) = [one for one in SUPPORT.checks if "infection" in one.uses]
    known = child(infection=[{"key": "n1", **infection}] if infection is not None else [])

    assert check.holds(row_of("support", {"key": "s1", **TREATED, **answers}), known) is expected


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"route": "none", "admitted": False}, "Mild: by mouth at most, and not in hospital for it."),
        ({"route": "oral", "admitted": False}, "Mild: by mouth at most, and not in hospital for it."),
        ({"route": "iv", "admitted": False}, "Moderate: IV at home, or by mouth in hospital."),
        ({"route": "oral", "admitted": True}, "Moderate: IV at home, or by mouth in hospital."),
        ({"route": "iv", "admitted": True}, "Severe: IV in hospital"),
        (
            {"route": "iv", "admitted": True, "organ_support": True},
            "Life-threatening: organ support or intensive care.",
        ),
        ({"route": "iv", "was_fatal": True, "died": True}, "Fatal: the child died of it."),
    ],
)
def test_the_clinician_is_told_the_severities_that_the_treatment_comes_to(facts: dict[str, Any], told: str) -> None:
    verdict = severity(Treatment(**{"organ_support": False, **facts}))
    assert told in INFECTION.items["severity"].help
    assert verdict.value == told.split(":")[0].casefold().replace("-", "_")
