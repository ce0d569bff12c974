"""CTCAE, version 2 of both rule sets: what it says otherwise than version 1 (CLINICAL.md 2.5, D8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bedside import child, measured, said
from forms.context import Context
from forms.grading.ctcae import CTCAE_V5_1, CTCAE_V6_1
from forms.grading.ctcae_open import CTCAE_V5, CTCAE_V6, ends_of
from forms.rule_set import RuleSet
from test_grading_ctcae import AT_LEAST, EXACT, RANGES, before_infusion, normal, sample

OPEN = (None, "not_assessable")
Told = tuple[str | None, str] | None


def told(context: Context, *rule_sets: RuleSet) -> list[Told]:
    """Return what each rule set says of the sample of day 3."""
    return [said(rule_set.verdicts(context).get("l9")) for rule_set in rule_sets]


@pytest.mark.parametrize(
    ("fibrinogen", "first", "second"),
    # LLN 180, before infusion 300: below 225, 150, 75 the fall is grade 2, 3, 4; it counts below 180 alone.
    [
        ("<181.8", ("2", AT_LEAST), OPEN),
        ("<180.1", ("2", AT_LEAST), OPEN),
        ("<180", ("2", AT_LEAST), ("2", AT_LEAST)),
        ("<150", ("3", AT_LEAST), ("3", AT_LEAST)),
        ("<75", ("4", EXACT), ("4", EXACT)),
        (">179.9", OPEN, OPEN),
        (">180", ("0", EXACT), ("0", EXACT)),
    ],
)
def test_a_fall_counts_only_where_fibrinogen_is_below_its_range_for_certain(
    fibrinogen: str, first: Told, second: Told
) -> None:
    samples = [before_infusion(fibrinogen="300"), sample(9, fibrinogen=fibrinogen)]
    context = child(laboratory=samples, ranges=[normal("fibrinogen", low="180")])

    assert told(context, CTCAE_V5_1, CTCAE_V5, CTCAE_V6_1, CTCAE_V6) == [first, second] * 2


@pytest.mark.parametrize(
    ("platelets", "given", "first", "second"),
    # D8: version 6 has grade 3 from a transfusion that was indicated, and grade 4 below 10.
    [
        ("<75", "2026-03-08", ("2", AT_LEAST), ("3", AT_LEAST)),
        ("<200", "2026-03-08 20:00", OPEN, ("3", AT_LEAST)),
        ("<10", "2026-03-08", ("4", EXACT), ("4", EXACT)),
        (">10", "2026-03-08", ("3", EXACT), ("3", EXACT)),
        ("<75", "2026-03-07", ("2", AT_LEAST), ("2", AT_LEAST)),
        ("100", "2026-03", ("1", EXACT), ("1", AT_LEAST)),
        ("100", None, ("1", EXACT), ("1", AT_LEAST)),
        ("100", "2026-02", ("1", EXACT), ("1", EXACT)),
        ("49.9", "2026-03", ("3", EXACT), ("3", EXACT)),
        ("9.9", "2026-03", ("4", EXACT), ("4", EXACT)),
    ],
)
def test_platelets_given_that_day_are_at_least_grade_3_by_version_6(
    platelets: str, given: str | None, first: Told, second: Told
) -> None:
    support = [{"key": "s1", "kind": "platelets", "started_at": given}]
    context = child(laboratory=[sample(9, platelets=platelets)], ranges=RANGES, support=support)

    assert told(context, CTCAE_V6_1, CTCAE_V6) == [first, second]
    fifth = told(context, CTCAE_V5_1, CTCAE_V5)
    assert fifth[0] == fifth[1]


@pytest.mark.parametrize(
    ("before", "values", "first", "second"),
    # D8. Upper limits: creatinine 0.8, bilirubin 1, ALT 40; fibrinogen from 200.
    [
        ({"creatinine": "<0.2"}, {"creatinine": "0.6"}, OPEN, ("3", EXACT)),
        ({"creatinine": "<0.2"}, {"creatinine": "0.599"}, OPEN, ("2", AT_LEAST)),
        ({"creatinine": "<0.2"}, {"creatinine": "0.3"}, OPEN, ("2", AT_LEAST)),
        ({"creatinine": "<0.2"}, {"creatinine": "0.299"}, OPEN, OPEN),
        ({"creatinine": ">0.5"}, {"creatinine": "0.75"}, OPEN, ("0", EXACT)),
        ({"bilirubin_total": ">2"}, {"bilirubin_total": "2"}, ("2", EXACT), ("0", EXACT)),
        ({"bilirubin_total": ">2"}, {"bilirubin_total": "3.01"}, ("3", EXACT), OPEN),
        ({"bilirubin_total": "<1"}, {"bilirubin_total": "3.01"}, ("3", EXACT), ("3", EXACT)),
        ({"alt": ">30"}, {"alt": "41"}, ("1", EXACT), OPEN),
        ({"alt": "<80"}, {"alt": "240"}, ("3", EXACT), ("2", AT_LEAST)),
        ({"fibrinogen": ">400"}, {"fibrinogen": "199"}, ("1", AT_LEAST), ("3", AT_LEAST)),
        ({"fibrinogen": "<250"}, {"fibrinogen": "188"}, ("1", AT_LEAST), ("1", EXACT)),
    ],
)
def test_a_value_before_infusion_beyond_a_limit_proves_what_it_proves(
    before: dict[str, str], values: dict[str, str], first: Told, second: Told
) -> None:
    context = child(laboratory=[before_infusion(**before), sample(9, **values)], ranges=RANGES)

    assert told(context, CTCAE_V5_1, CTCAE_V5) == [first, second]


@pytest.mark.parametrize(
    ("page", "samples", "grade"),
    # The page of before the infusion stands before a sample; of two samples the last one, exact or not.
    [("<0.2", {"creatinine": "0.5"}, "3"), ("0.5", {"creatinine": "<0.2"}, "2"), (None, {"creatinine": "<0.2"}, "3")],
)
def test_the_last_value_before_infusion_stands_whether_it_is_exact_or_not(
    page: str | None, samples: dict[str, str], grade: str
) -> None:
    earlier = [sample(1, "2026-02-20", creatinine="0.5"), sample(2, "2026-03-01", **samples)]
    baseline = [{"key": "b1", "baseline_creatinine": page}]
    context = child(laboratory=[*earlier, sample(9, creatinine="0.76")], ranges=RANGES, baseline=baseline)

    assert said(CTCAE_V5.verdicts(context)["l9"]) == (grade, EXACT)


def test_the_laboratory_of_a_value_beyond_a_limit_says_whether_it_was_abnormal() -> None:
    there = normal("alt", high="100", laboratory="referring hospital")
    named = {"other_laboratory": "yes", "which_laboratory": "Referring hospital"}
    earlier = [sample(1, "2026-02-20", alt="30"), sample(2, "2026-03-01", alt="<90", **named)]

    # Below 90 is within the 100 of the laboratory that measured it: multiples of the site's 40, 121 being above three.
    assert told(child(laboratory=[*earlier, sample(9, alt="121")], ranges=(*RANGES, there)), CTCAE_V5) == [("2", EXACT)]


ONLY_HIGH = [normal("platelets", high="400")]
UNDATED_PLATELETS: dict[str, Any] = {"support": [{"key": "s1", "kind": "platelets"}]}


@pytest.mark.parametrize(
    ("values", "more", "why", "missing"),
    [
        ({"creatinine": "0.599"}, {}, "baseline_limited", ()),
        ({"creatinine": "<0.599"}, {}, "value_limited", ()),
        ({"platelets": "100"}, UNDATED_PLATELETS, "transfusion_day_open", ("support.started_at",)),
        ({"platelets": "100"}, {**UNDATED_PLATELETS, "ranges": ONLY_HIGH}, "no_reference_range", ()),
    ],
)
def test_what_leaves_a_grade_open_is_named(
    values: dict[str, str], more: dict[str, Any], why: str, missing: tuple[str, ...]
) -> None:
    samples = [before_infusion(creatinine="<0.2"), sample(9, **values)]
    context = child(laboratory=samples, **{"ranges": RANGES, **more})
    rule_set = CTCAE_V6 if more else CTCAE_V5
    verdict = rule_set.verdicts(context)["l9"]

    assert (verdict.why, verdict.missing) == (why, missing)
    assert "beyond a limit" in verdict.because or "given that day" in verdict.because or "range" in verdict.because


@pytest.mark.parametrize(
    ("before", "normal_high", "expected"),
    [
        (None, "40", [None]),
        ("30", "40", ["30"]),
        ("<30", "40", ["0.00000003", "29.99999997"]),
        ("<80", "40", ["0.00000008", "40", "40.00000004", "79.99999992"]),
        (">80", "40", ["80.00000008", "80000000000"]),
        (">30", "40", ["30.00000003", "40", "40.00000004", "30000000000"]),
        (">30", None, ["30.00000003", "30000000000"]),
        (">0", "40", ["0", "40", "40.00000004", "1000000000"]),
    ],
)
def test_a_stretch_is_graded_at_its_ends_and_on_both_sides_of_the_normal_limit(
    before: str | None, normal_high: str | None, expected: list[str | None]
) -> None:
    found = ends_of(measured(before) if before else None, Decimal(normal_high) if normal_high else None)

    assert list(found) == [one and Decimal(one) for one in expected]


def test_multiples_change_at_the_normal_limit_within_a_stretch() -> None:
    samples = [before_infusion(alt="<80"), sample(9, alt="150")]

    # Up to 40 before: above 3 x 40, grade 2. Just above it: above 2 x 40, grade 3 by version 6; near 80 grade 2 again.
    assert told(child(laboratory=samples, ranges=RANGES), CTCAE_V6) == [("2", AT_LEAST)]


def test_a_transfusion_is_of_the_platelets_alone() -> None:
    support = [{"key": "s1", "kind": "platelets", "started_at": "2026-03-08"}]
    context = child(laboratory=[sample(9, platelets="<75", alt="41", anc="<5")], ranges=RANGES, support=support)

    assert CTCAE_V6.verdicts(context)["l9"].details == {"platelets": "at_least_3", "alt": "1", "anc": "undetermined"}


def test_without_infusion_and_range_a_value_beyond_a_limit_is_graded_by_fixed_limits() -> None:
    row = {**sample(9, alt="<50", haemoglobin="<9"), "infusion": None}
    verdict = CTCAE_V5.verdicts(child(infusion=[], laboratory=[row]))["l9"]

    assert (said(verdict), verdict.why) == (("2", AT_LEAST), "no_reference_range")
    assert verdict.details == {"alt": "undetermined", "haemoglobin": "at_least_2"}


def test_the_page_of_before_the_infusion_is_of_the_first_one_and_a_sample_without_link_of_the_last_before_it() -> None:
    infusions = [{"key": "i1", "infused_on": "2026-05-05"}, {"key": "i2", "infused_on": "2026-03-05"}]
    samples = [{**sample(9, creatinine="0.6"), "infusion": None}, sample(8, "2026-05-08", creatinine="0.6")]
    page = [{"key": "b1", "baseline_creatinine": "<0.2"}]
    found = CTCAE_V5.verdicts(child(infusion=infusions, laboratory=samples, baseline=page, ranges=RANGES))

    assert [said(found[key]) for key in ("l9", "l8")] == [("3", EXACT), OPEN]
