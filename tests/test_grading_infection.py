"""Infections: one or two, how severe, before anakinra or not, a day on each side of each limit (CLINICAL D12, 2.8)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bedside import child, said
from forms.grading.infection import INFECTION_SEVERITY, INFECTION_TIMING
from forms.grading.infection_merging import INFECTION_MERGING

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


DOSE = [{"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00"}]


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
    answers: dict[str, str], value: str | None
) -> None:
    found = INFECTION_TIMING.verdicts(child(infection=[{"key": "n1", **answers}], anakinra_course=DOSE))["n1"]

    assert found.value == value


def test_without_anakinra_or_a_date_there_is_nothing_to_compare() -> None:
    dated = {"key": "n1", "onset_on": "2026-03-13"}

    assert INFECTION_TIMING.verdicts(child(infection=[dated]))["n1"].value == "no_anakinra"
    assert INFECTION_TIMING.verdicts(child(infection=[{"key": "n1"}], anakinra_course=DOSE)) == {}


def test_what_was_not_read_is_said_to_be_unverified() -> None:
    sets = (INFECTION_MERGING, INFECTION_SEVERITY, INFECTION_TIMING)

    assert [rule_set.verified for rule_set in sets] == [False, False, True]
