"""Infections: one or two, how severe, before anakinra or not, a day on each side of each limit (CLINICAL D12, 2.8)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bedside import child, said
from forms.grading.infection import INFECTION_SEVERITY, INFECTION_TIMING_1, Treatment, severity, was_before
from forms.grading.infection_merging import INFECTION_MERGING
from forms.grading.infection_timing import INFECTION_TIMING
from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, RuleSet, Verdict
from forms.values import PartialDate

FIRST = date(2026, 3, 10)
TREATED = {"treatment_route": "iv", "organism_class": "bacterial", "organism": "escherichia_coli"}


def page(number: int, days: int = 0, **answers: Any) -> dict[str, Any]:
    return {"key": f"n{number}", "onset_on": str(FIRST + timedelta(days=days)), **TREATED, **answers}


def merged(*pages: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Return value and why of each page, in the order given."""
    found = INFECTION_MERGING.verdicts(child(infection=pages))
    return [(found[one["key"]].value, found[one["key"]].why) for one in pages]


BLOOD = {"organism_class": "viral", "infection_site": "viremia"}
# CLINICAL.md D12: the same organism is the same infection within so many days.
WINDOWS = [
    ({"organism": "escherichia_coli"}, 7),
    ({"organism": "clostridioides_difficile"}, 30),
    ({"organism_class": "viral", "organism": "respiratory_virus", "organism_other": "RSV"}, 14),
    ({"organism_class": "viral", "organism": "sars_cov_2"}, 14),
    ({"organism_class": "viral", "organism": "hsv_vzv"}, 14),
    ({**BLOOD, "organism": "cmv"}, 60),
    ({**BLOOD, "organism": "ebv"}, 60),
    ({**BLOOD, "organism": "hhv6"}, 60),
    ({**BLOOD, "organism": "adenovirus"}, 60),
    ({"organism_class": "viral", "organism": "cmv", "positive_samples": "blood_pcr"}, 60),
    ({"organism_class": "viral", "organism": "cmv", "infection_site": "lower_respiratory"}, 14),
    ({"organism_class": "yeast", "organism": "candida"}, 14),
    ({"organism_class": "mould", "organism": "aspergillus"}, 90),
    ({"organism_class": "viral", "organism": "norovirus"}, 14),
    ({"organism_class": "parasitic", "organism": "other", "organism_other": "Toxoplasma gondii"}, 14),
]


@pytest.mark.parametrize(("what", "window"), WINDOWS)
def test_the_same_organism_within_its_window_is_the_same_infection(what: dict[str, str], window: int) -> None:
    assert merged(page(1, **what), page(2, window, **what)) == [("new", ""), ("repeat", "")]
    assert merged(page(1, **what), page(2, window + 1, **what)) == [("new", ""), ("new", "")]


def test_a_chain_of_pages_within_the_window_is_one_infection() -> None:
    assert merged(page(1), page(2, 6), page(3, 12), page(4, 20)) == [
        ("new", ""),
        ("repeat", ""),
        ("repeat", ""),
        ("new", ""),
    ]


def test_another_organism_is_another_infection() -> None:
    assert merged(page(1), page(2, 1, organism="klebsiella")) == [("new", ""), ("new", "")]


def test_only_infections_that_were_treated_count() -> None:
    assert merged(page(1, treatment_route="none"), page(2, 1), page(3, 2, treatment_route=None)) == [
        ("not_counted", ""),
        ("new", ""),
        (None, "signs_missing"),
    ]


def test_collective_organisms_are_the_same_only_with_the_same_name() -> None:
    other = {"organism": "other_gram_negative"}
    named = {**other, "organism_other": "Stenotrophomonas maltophilia"}

    assert merged(page(1, **named), page(2, 2, **{**named, "organism_other": "stenotrophomonas MALTOPHILIA "}))[1] == (
        "repeat",
        "",
    )
    assert merged(page(1, **named), page(2, 2, **{**other, "organism_other": "Enterobacter"}))[1] == ("new", "")
    assert merged(page(1, **other), page(2, 2, **other)) == [("new", ""), (None, "organism_unnamed")]


def test_a_culture_negative_infection_is_compared_with_nothing() -> None:
    without = {"organism_class": "none_found", "organism": None}

    assert merged(page(1, **without), page(2, 1, **without)) == [("new", ""), ("new", "")]


@pytest.mark.parametrize(
    ("onset", "said_of_both"),
    # The first page is of 2026-03-10, bacteria have 7 days; of two pages the one that can be earlier is the first.
    [
        ("2026-03", [(None, "date_partial"), ("new", "")]),
        ("2026", [(None, "date_partial"), ("new", "")]),
        ("2026-04", [("new", ""), ("new", "")]),
        ("2026-02", [("new", ""), ("new", "")]),
    ],
)
def test_a_partial_onset_decides_only_where_every_day_agrees(onset: str, said_of_both: list[Any]) -> None:
    assert merged(page(1), page(2, onset_on=onset)) == said_of_both


# CLINICAL.md 2.8: mild (none, oral), moderate (outpatient IV), severe (IV in hospital), life-threatening, fatal.
SEVERITY = [
    ({"treatment_route": "none", "admitted": "no", "organ_support": "no"}, ("mild", "exact")),
    ({"treatment_route": "oral", "admitted": "no", "organ_support": "no"}, ("mild", "exact")),
    ({"treatment_route": "other", "admitted": "no", "organ_support": "no"}, ("mild", "exact")),
    ({"treatment_route": "iv", "admitted": "no", "organ_support": "no"}, ("moderate", "exact")),
    ({"treatment_route": "oral", "admitted": "yes", "organ_support": "no"}, ("moderate", "exact")),
    ({"treatment_route": "iv", "admitted": "yes", "organ_support": "no"}, ("severe", "exact")),
    ({"treatment_route": "oral", "admitted": "no", "organ_support": "yes"}, ("life_threatening", "exact")),
    ({"organ_support": "yes"}, ("life_threatening", "exact")),
    ({"treatment_route": "iv", "admitted": None, "organ_support": "no"}, ("moderate", "at_least")),
    ({"treatment_route": None, "admitted": "yes", "organ_support": "no"}, ("moderate", "at_least")),
    ({"treatment_route": "iv", "admitted": "yes", "organ_support": None}, ("severe", "at_least")),
    ({"treatment_route": None, "admitted": None, "organ_support": None}, (None, "not_assessable")),
]


@pytest.mark.parametrize(("facts", "expected"), SEVERITY)
def test_the_severity_follows_from_the_facts_of_treatment(
    facts: dict[str, str], expected: tuple[str | None, str]
) -> None:
    assert said(INFECTION_SEVERITY.verdicts(child(infection=[{"key": "n1", **facts}]))["n1"]) == expected


def test_fatal_stands_on_a_recorded_death() -> None:
    fatal = [{"key": "n1", "outcome": "fatal", "treatment_route": "iv"}]
    death = [{"key": "x1", "died_on": "2026-04"}]

    assert said(INFECTION_SEVERITY.verdicts(child(infection=fatal, end_of_study=death))["n1"]) == ("fatal", "exact")
    without = INFECTION_SEVERITY.verdicts(child(infection=fatal))["n1"]
    assert (said(without), without.missing) == (("life_threatening", "at_least"), ("end_of_study.died_on",))


either_version = pytest.mark.parametrize("timing", [INFECTION_TIMING_1, INFECTION_TIMING], ids=["1", "2"])

DOSE = [{"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00"}]


@either_version
@pytest.mark.parametrize(
    ("answers", "value"),
    # D12: a first positive sample up to 48 hours after the first dose (2026-03-10) was there before.
    [
        ({"first_positive_on": "2026-03-12"}, "before"),
        ({"first_positive_on": "2026-03-13"}, "after_start"),
        ({"first_positive_on": "2026-03-01", "onset_on": "2026-03-20"}, "before"),
        ({"onset_on": "2026-03-13"}, "after_start"),
        ({"first_positive_on": "2026-03"}, None),
        ({"first_positive_on": "2026-02"}, "before"),
        ({"first_positive_on": "2026-04"}, "after_start"),
    ],
)
def test_the_first_positive_sample_tells_whether_it_was_there_before(
    answers: dict[str, str], value: str | None, timing: RuleSet
) -> None:
    found = timing.verdicts(child(infection=[{"key": "n1", **answers}], anakinra_course=DOSE))["n1"]

    assert found.value == value


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            Treatment(organ_support=True),
            Verdict(value="life_threatening", because="life-threatening: organ support or intensive care"),
        ),
        (
            Treatment(route="none", admitted=False, organ_support=False),
            Verdict(value="mild", because="mild: none or oral treatment outside hospital"),
        ),
        (
            Treatment(route="iv", admitted=True, organ_support=False),
            Verdict(value="severe", because="severe: by vein in hospital"),
        ),
        (
            Treatment(),
            Verdict(
                value=None,
                certainty=NOT_ASSESSABLE,
                because="not assessable: none of the facts of treatment was told",
                why="signs_missing",
                missing=("treatment_route", "admitted", "organ_support"),
            ),
        ),
        (
            Treatment(route="iv"),
            Verdict(
                value="moderate",
                certainty=AT_LEAST,
                because="at least moderate: by vein outside hospital, or by mouth in hospital",
                why="signs_missing",
                missing=("admitted", "organ_support"),
            ),
        ),
        (
            Treatment(admitted=False, organ_support=False),
            Verdict(
                value="mild",
                certainty=AT_LEAST,
                because="at least mild: none or oral treatment outside hospital",
                why="signs_missing",
                missing=("treatment_route",),
            ),
        ),
        (Treatment(was_fatal=True, died=True), Verdict(value="fatal", because="fatal: the child died of it")),
        (
            Treatment(was_fatal=True, route="oral"),
            Verdict(
                value="life_threatening",
                certainty=AT_LEAST,
                because="at least life-threatening: called fatal, but no death is recorded",
                why="death_missing",
                missing=("end_of_study.died_on",),
            ),
        ),
        # A death of something else does not make an infection fatal.
        (
            Treatment(route="oral", admitted=False, organ_support=False, died=True),
            Verdict(value="mild", because="mild: none or oral treatment outside hospital"),
        ),
    ],
)
def test_the_severity_says_which_facts_made_it_and_which_are_missing(facts: Treatment, expected: Verdict) -> None:
    assert severity(facts) == expected


@pytest.mark.parametrize(
    ("positive", "dose", "expected"),
    # D12: positive up to the second day after the first dose; a partial date only where every day agrees.
    [
        ("2026-03-12", "2026-03-10", True),
        ("2026-03-13", "2026-03-10", False),
        ("2026-03", "2026-03-29", True),
        ("2026-03", "2026-03-28", None),
        ("2026-03", "2026-02-26", False),
        ("2026-03", "2026-02-27", None),
        ("2026-03-03", "2026-02", False),
        ("2026-03-02", "2026-02", None),
        ("2026-02-03", "2026-02", True),
        ("2026-02-04", "2026-02", None),
        (None, "2026-03-10", None),
        ("2026-03-12", None, None),
    ],
)
def test_a_sample_was_positive_before_by_the_calendar(
    positive: str | None, dose: str | None, expected: bool | None
) -> None:
    assert was_before(positive and PartialDate(positive), dose and PartialDate(dose)) is expected


@either_version
def test_the_timing_says_in_words_what_it_compared(timing: RuleSet) -> None:
    pages = [
        {"key": "n1", "first_positive_on": "2026-03-12"},
        {"key": "n2", "first_positive_on": "2026-03-13"},
        {"key": "n3", "first_positive_on": "2026-03"},
    ]
    found = timing.verdicts(child(infection=pages, anakinra_course=DOSE))

    assert found == {
        "n1": Verdict(value="before", because="positive by 48 hours after the first dose of anakinra"),
        "n2": Verdict(value="after_start", because="positive later than 48 hours after the first dose of anakinra"),
        "n3": Verdict(
            value=None,
            certainty=NOT_ASSESSABLE,
            because="not assessable: the dates leave it open",
            why="date_partial",
            missing=("first_positive_on",),
        ),
    }


def test_the_merging_says_in_words_what_it_compared() -> None:
    pages = [page(1), page(2, 7), page(3, 15), page(4, 0, organism="klebsiella", key="n4")]
    pages += [page(5, 40, treatment_route="none"), page(6, 41, treatment_route=None), page(7, 42, organism=None)]
    found = INFECTION_MERGING.verdicts(child(infection=pages))
    first = Verdict(value="new", because="the first page of this organism")

    assert found == {
        "n1": first,
        "n2": Verdict(
            value="repeat",
            because="the same organism as 7 days before, within 7 days",
            details={"window_days": "7"},
        ),
        "n3": Verdict(
            value="new",
            because="the same organism, but more than 7 days apart",
            details={"window_days": "7"},
        ),
        "n4": first,
        "n5": Verdict(value="not_counted", because="not treated: only infections that needed treatment count"),
        "n6": Verdict(
            value=None,
            certainty=NOT_ASSESSABLE,
            because="not assessable: the treatment is not told",
            why="signs_missing",
            missing=("treatment_route",),
        ),
        "n7": Verdict(value="new", because="no organism to compare with other pages"),
    }


@pytest.mark.parametrize(
    ("onset", "value"),
    # Bacteria have 7 days, the page before is of 2026-03-10: a month lies beyond from 18 March on alone.
    [("2026-03", None), ("2026-04", "new"), ("2026-03-17", "repeat"), ("2026-03-18", "new")],
)
def test_a_month_is_a_new_infection_where_its_first_day_lies_beyond_the_window(onset: str, value: str | None) -> None:
    found = INFECTION_MERGING.verdicts(child(infection=[page(1), page(2, onset_on=onset)]))

    assert found["n2" if value else "n1"].value == value


def test_two_months_a_week_apart_at_the_nearest_stay_open() -> None:
    # From the last day of February, the 28th, to 7 March are exactly 7 days.
    pages = [page(1, onset_on="2026-02"), page(2, onset_on="2026-03-07"), page(3, onset_on=None)]
    found = INFECTION_MERGING.verdicts(child(infection=pages))

    assert found["n2"].why == "date_partial"
    assert INFECTION_MERGING.verdicts(child(infection=[pages[0], page(2, onset_on="2026-03-08")]))["n2"].value == "new"
    assert "n3" not in found


@either_version
def test_without_anakinra_or_a_date_there_is_nothing_to_compare(timing: RuleSet) -> None:
    dated = {"key": "n1", "onset_on": "2026-03-13"}

    assert timing.verdicts(child(infection=[dated]))["n1"].value == "no_anakinra"
    assert timing.verdicts(child(infection=[{"key": "n1"}], anakinra_course=DOSE)) == {}


def test_what_was_not_read_is_said_to_be_unverified() -> None:
    sets = (INFECTION_MERGING, INFECTION_SEVERITY, INFECTION_TIMING)

    assert [rule_set.verified for rule_set in sets] == [False, False, True]
