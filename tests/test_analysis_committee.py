"""What the adjudication committee does to the curves of CRS: adjudicated before derived before the clinician's."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.chapters.resolution_sentences import quality_sentence
from analysis.plan import CRS_R1, CRS_R2, SENSITIVITY
from forms.values import PartialDate
from resolution_cohorts import outcome
from ward import Ward

CLINICIAN_ONLY = next(one for variants in SENSITIVITY.values() for one in variants if one.id == "crs_r1_24h_clinician")
CRS_EPISODE = {"toxicity": "crs", "onset_on": date(2026, 3, 5)}


@pytest.fixture
def ward():
    return Ward()


@pytest.mark.parametrize(
    ("episodes", "kept", "left_out"),
    [
        ([CRS_EPISODE], 1, 0),
        ([{**CRS_EPISODE, "adjudicated_toxicity": "infection"}], 0, 1),
        ([{**CRS_EPISODE, "adjudicated_toxicity": "crs", "adjudicated_peak_grade": 1}], 0, 1),
        ([{**CRS_EPISODE, "adjudicated_toxicity": "crs", "adjudicated_peak_grade": 2}], 1, 0),
        ([{**CRS_EPISODE, "adjudicated_toxicity": "crs"}], 1, 0),
        ([{**CRS_EPISODE, "toxicity": "other", "adjudicated_toxicity": "crs", "adjudicated_peak_grade": 1}], 0, 1),
        # another episode that is CRS was there as well
        ([CRS_EPISODE, {**CRS_EPISODE, "adjudicated_toxicity": "infection"}], 1, 0),
        # not, or not certainly, there at the first dose on 8 March
        ([{**CRS_EPISODE, "adjudicated_toxicity": "infection", "resolved_on": date(2026, 3, 7)}], 1, 0),
        ([{**CRS_EPISODE, "adjudicated_toxicity": "infection", "onset_on": PartialDate("2026-03")}], 1, 0),
        ([{**CRS_EPISODE, "adjudicated_toxicity": "infection", "resolved_on": date(2026, 3, 8)}], 0, 1),
    ],
)
def test_the_committee_decides_who_had_crs_at_the_first_dose(ward, cohort_of, episodes, kept, left_out):
    ward.treat()
    for day, grade in enumerate((3, 1, 1)):
        ward.grade("child-1", day, crs_grade=grade)
    for episode in episodes:
        ward.add("toxicity_episode", "child-1", **episode)
    cohort = cohort_of(CRS_R1)
    # by hand, from CLINICAL.md D7: adjudicated before derived before the clinician's
    assert (len(cohort.rows), cohort.left_out_by_committee) == (kept, left_out)
    said = "Not in the curve because the committee called the episode of the first dose something else"
    assert (said in quality_sentence(CRS_R1, cohort)) is bool(left_out)
    assert outcome(cohort_of(CLINICIAN_ONLY)) == (1, 1)


def test_a_highest_grade_of_two_by_the_committee_leaves_a_child_in_r1_and_out_of_r2(ward, cohort_of):
    ward.treat()
    for day, grade in enumerate((3, 1, 1)):
        ward.grade("child-1", day, crs_grade=grade)
    ward.add("toxicity_episode", "child-1", **CRS_EPISODE, adjudicated_toxicity="crs", adjudicated_peak_grade=2)
    found = [cohort_of(endpoint) for endpoint in (CRS_R1, CRS_R2)]
    assert [(len(cohort.rows), cohort.left_out_by_committee) for cohort in found] == [(1, 0), (0, 1)]
