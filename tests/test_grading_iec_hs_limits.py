"""IEC-HS 2023, versions 2 and 3: what each says otherwise than the one before (CLINICAL.md 2.3, D5, D8, D9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bedside import assessed, child
from forms.context import ReferenceRange
from forms.grading.iec_hs import IEC_HS_1
from forms.grading.iec_hs_before import IEC_HS
from forms.grading.iec_hs_limits import IEC_HS_2
from forms.values import NullFlavour
from hlh_children import MET, NONE_OF_IT, NORMAL, NOT_MET, OPEN, RANGES, judged, sampled

WITHOUT_FERRITIN = tuple(one for one in RANGES if one.analyte != "ferritin")
DOUBLED_ON_DAY_3 = (
    *RANGES,
    *(replace(one, valid_from=date(2026, 3, 8), high=one.high * 2) for one in RANGES if one.high is not None),
)


def details(
    values: dict[str, Any], ranges: tuple[ReferenceRange, ...], *, sampled_on: str = "2026-03-08", **signs: Any
) -> list[dict[str, str]]:
    """Return the states of the criteria by version 1 and by version 2, as by 3, of an assessment of day 3."""
    context = child(
        assessment=[assessed(3, **{**NONE_OF_IT, **signs})],
        laboratory=[sampled(sampled_on, **{**NORMAL, **values})],
        baseline=[{"key": "b1", "baseline_ferritin": "300"}],
        ranges=ranges,
    )
    first, second, third = (dict(one.verdicts(context)["a3.6"].details) for one in (IEC_HS_1, IEC_HS_2, IEC_HS))
    assert third == second
    return [first, second]


@pytest.mark.parametrize(
    ("ferritin", "signs", "first", "second"),
    # CLINICAL.md 2.3, D8: above 2 x ULN, above 2 x the value before infusion (300), or rising; ULN is not known.
    [
        ("600", {}, NOT_MET, OPEN),
        ("<600", {}, NOT_MET, OPEN),
        ("600.1", {}, MET, MET),
        (">500", {}, OPEN, OPEN),
        ("600", {"ferritin_rising": "yes"}, MET, MET),
        ("600", {"ferritin_rising": None}, OPEN, OPEN),
    ],
)
def test_ferritin_without_its_normal_limit_is_excluded_by_nothing(
    ferritin: str, signs: dict[str, Any], first: str, second: str
) -> None:
    told = details({"ferritin": ferritin}, WITHOUT_FERRITIN, **signs)

    assert [one["ferritin"] for one in told] == [first, second]


@pytest.mark.parametrize(
    ("sampled_on", "first", "second"),
    # CLINICAL.md 4: normal ranges have a day from which they hold; here the upper limits double on day 3.
    [("2026-03-07", NOT_MET, MET), ("2026-03-08", NOT_MET, NOT_MET)],
)
def test_a_value_is_compared_with_the_range_of_its_own_day(sampled_on: str, first: str, second: str) -> None:
    told = details({"ldh": "301", "bilirubin_direct": "0.31"}, DOUBLED_ON_DAY_3, sampled_on=sampled_on)

    assert [(one["ldh"], one["bilirubin_direct"]) for one in told] == [(first, first), (second, second)]


@pytest.mark.parametrize(
    ("at_home", "signs", "second"),
    # CLINICAL.md D5: no more than at home is no hypoxia; ventilation for a procedure is none either.
    [
        ("bipap", {"oxygen_mode": "bipap"}, NOT_MET),
        ("nasal_cannula", {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "2"}, NOT_MET),
        ("nasal_cannula", {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "8"}, MET),
        ("nasal_cannula", {"oxygen_mode": "nasal_cannula"}, OPEN),
        ("nasal_cannula", {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": NullFlavour.UNKNOWN}, OPEN),
        ("room_air", {"oxygen_mode": "invasive", "ventilation_reason": "procedure"}, NOT_MET),
        ("bipap", {"oxygen_mode": "bipap", "pulmonary_edema": "imaging"}, MET),
    ],
)
def test_support_as_at_home_is_no_feature_of_the_lung(at_home: str, signs: dict[str, Any], second: str) -> None:
    before = [{"key": "b1", "baseline_respiratory_support": at_home}]
    told = [judged(one, signs, baseline=before).details["lung"] for one in (IEC_HS_1, IEC_HS_2, IEC_HS)]

    assert told == [MET, second, second]


def test_an_oxygen_mode_that_is_missing_leaves_the_lung_open() -> None:
    assert judged(IEC_HS, {"oxygen_mode": None}).details["lung"] == OPEN


@pytest.mark.parametrize(
    ("before", "ferritin", "second", "third"),
    # CLINICAL.md 2.3: above 2 x ULN (300) or above 2 x the value before infusion, which lies beyond a limit.
    [
        ("<50", "100", NOT_MET, MET),
        ("<50", "99.9", NOT_MET, OPEN),
        (">200", "400", NOT_MET, NOT_MET),
        (">200", "400.1", NOT_MET, OPEN),
        (">200", "601", MET, MET),
        ("<50", ">100", OPEN, MET),
        ("<50", "<600", NOT_MET, OPEN),
        ("50", "100.1", MET, MET),
    ],
)
def test_a_ferritin_before_infusion_beyond_a_limit_raises_what_it_proves(
    before: str, ferritin: str, second: str, third: str
) -> None:
    page = [{"key": "b1", "baseline_ferritin": before}]
    earlier = [sampled("2026-02-20", "l0", ferritin=before), sampled(**{**NORMAL, "ferritin": ferritin})]
    found = [judged(one, {}, {"ferritin": ferritin}, baseline=page) for one in (IEC_HS_2, IEC_HS)]
    of_samples = judged(IEC_HS, baseline=[], laboratory=earlier)

    assert [verdict.value for verdict in (*found, of_samples)] == [second, third, third]


@pytest.mark.parametrize(
    ("page", "ferritin", "value"),
    [(None, "600", NOT_MET), ("200", "400.1", MET), ("200", "400", NOT_MET)],
)
def test_the_liver_is_graded_by_the_second_version_of_ctcae(page: str | None, ferritin: str, value: str) -> None:
    baseline = [{"key": "b1", "baseline_ferritin": page}]
    samples = [sampled("2026-02-20", "l0", alt=">300"), sampled(**{**NORMAL, "alt": "260", "ferritin": ferritin})]
    second, third = (judged(one, baseline=baseline, laboratory=samples) for one in (IEC_HS_2, IEC_HS))

    # Above 300 before infusion, 260 is no rise: the second version compared it with 5 x ULN (40).
    assert (second.details["liver"], third.details["liver"]) == (MET, NOT_MET)
    assert (second.value, third.value) == (value, value)
