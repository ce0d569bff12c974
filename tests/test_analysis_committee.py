"""What the adjudication committee does to the curves of CRS: adjudicated before derived before the clinician's."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.chapters.resolution_sentences import quality_sentence
from analysis.cut import read_cut
from analysis.endpoints.toxicities import was_severe, worst_grades
from analysis.plan.resolution import CRS_R1
from analysis.plan.secondary_resolution import CRS_R2
from analysis.plan.sensitivity import SENSITIVITY
from forms.values import NullFlavour, PartialDate
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


@pytest.mark.parametrize(
    ("episode", "kept"),
    [
        # the page of an earlier infusion's episode that never told its end does not reach the toxicity of new cells
        ({"resolved_on": None}, 1),
        # nor does an end that is not known leave an episode certainly there; one that goes on is
        ({"infusion": None, "resolved_on": NullFlavour.UNKNOWN}, 1),
        ({"infusion": None, "resolved_on": None}, 0),
    ],
)
def test_the_committees_word_on_an_episode_ends_with_it_and_with_the_next_infusion(ward, cohort_of, episode, kept):
    first = ward.add("infusion", "child-1", infused_on=date(2026, 1, 5))
    ward.treat()
    for day, grade in enumerate((3, 1, 1)):
        ward.grade("child-1", day, crs_grade=grade)
    answers = {"infusion": first, "toxicity": "crs", "onset_on": date(2026, 1, 8), "adjudicated_toxicity": "infection"}
    ward.add("toxicity_episode", "child-1", **{**answers, **episode})
    # by hand, from CLINICAL.md D7
    assert len(cohort_of(CRS_R1).rows) == kept


JUDGED = {"toxicity": "crs", "onset_on": date(2026, 3, 5), "resolved_on": date(2026, 3, 9)}


@pytest.mark.parametrize(
    ("episodes", "expected"),
    [
        # of the assessments 2, 4 and 3 on 5, 8 and 20 March those of the episode's days give way to the committee's
        ([{**JUDGED, "adjudicated_toxicity": "infection"}], 3),
        ([{**JUDGED, "peak_grade": 4, "adjudicated_toxicity": "crs", "adjudicated_peak_grade": 1}], 3),
        ([{**JUDGED, "adjudicated_toxicity": "infection", "onset_on": date(2026, 3, 6)}], 3),
        # it named no grade, nobody has judged yet, or another episode of the day is still CRS
        ([{**JUDGED, "adjudicated_toxicity": "crs"}], 4),
        ([{**JUDGED, "adjudicated": True}], 4),
        ([JUDGED, {**JUDGED, "adjudicated_toxicity": "infection"}], 4),
        # what was not CRS may have been there on any of the days
        ([{**JUDGED, "adjudicated_toxicity": "infection", "resolved_on": NullFlavour.UNKNOWN}], None),
        ([{**JUDGED, "adjudicated_toxicity": "infection", "resolved_on": PartialDate("2026-03")}], None),
    ],
)
def test_the_highest_grade_gives_way_to_the_committee_on_the_days_of_the_episode(ward, tmp_path, episodes, expected):
    ward.treat(started_at=None)
    for day, grade in ((-3, 2), (0, 4), (12, 3)):
        ward.grade("child-1", day, crs_grade=grade)
    for episode in episodes:
        ward.add("toxicity_episode", "child-1", **episode)
    cut = read_cut(ward.write(tmp_path / "cut"))
    # by hand, from CLINICAL.md D7
    assert worst_grades(cut, "child-1").get("crs") == expected
    assert was_severe(cut, "child-1", "crs") is (expected is not None)


def test_the_committee_on_one_infusion_leaves_the_highest_grade_after_another(ward, tmp_path):
    first = ward.add("infusion", "child-1", infused_on=date(2026, 1, 5))
    ward.treat(started_at=None)
    ward.add("toxicity_episode", "child-1", infusion=first, toxicity="crs", adjudicated_toxicity="infection")
    ward.grade("child-1", -55, crs_grade=4)
    cut = read_cut(ward.write(tmp_path / "first"))
    assert "crs" not in worst_grades(cut, "child-1")
    ward.grade("child-1", 0, crs_grade=3)
    # by hand: grade 4 on 12 January was of the episode that the committee called an infection, grade 3 of new cells
    assert worst_grades(read_cut(ward.write(tmp_path / "both")), "child-1")["crs"] == 3
