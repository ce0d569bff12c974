"""Chapter 13: early death, infection and harm, as they are monitored; hand-made children."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from analysis.chapters import adverse_events, monitoring
from analysis.chapters.in_brief import in_brief
from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.infections import COUNTED, count_infections
from analysis.endpoints.monitoring import HAPPENED
from analysis.endpoints.monitoring import monitored as monitored_of
from analysis.plan.resolution import CENSORED
from analysis.wording import NO_LIMITS
from cut_folder import CutFolder
from forms.values import NullFlavour, PartialDate
from safety_children import INFUSED, infuse, monitored, study_of, tables_of, treat


@pytest.fixture
def files():
    return CutFolder()


def test_without_children_there_is_no_rate_and_no_share(tmp_path, files):
    study = study_of(tmp_path, files)
    assert tables_of(adverse_events.chapter(study))["adverse_event_rates"].rows[0][3:] == ("no course days", "")
    assert tables_of(monitoring.chapter(study))["monitoring"].rows[0][1:] == ("0/0", "", "", "0", "")


def test_a_death_counts_until_its_day_and_a_short_follow_up_is_not_known(tmp_path, files):
    # day 28 is 29 March, day 60 is 30 April, day 90 is 30 May
    for child, died in (("a", "2026-03-29"), ("b", "2026-03-30")):
        infuse(files, child)
        files.add("end_of_study", child, reason="died", ended_on=date.fromisoformat(died), died_on=PartialDate(died))
    infuse(files, "c")
    files.add("end_of_study", "c", reason="lost", ended_on=date(2026, 4, 29))
    infuse(files, "d")
    found = monitored(tmp_path, files)
    assert found["death_by_day_28"] == (1, 4, 0)
    assert found["death_by_day_60"] == (2, 3, 1)
    assert found["death_by_day_90"] == (2, 3, 1)


def test_a_child_lost_from_view_is_not_known_to_have_lived_after_it_was_last_known_alive(tmp_path, files):
    # last known alive on day 40, the 10th of April; given up on day 100
    infuse(files, "a")
    lost = {"reason": "lost", "ended_on": date(2026, 6, 9), "last_contact_on": PartialDate("2026-04-10")}
    files.add("end_of_study", "a", **lost)
    found = monitored(tmp_path, files)
    assert [found[f"death_by_day_{day}"] for day in (28, 60, 90)] == [(0, 1, 0), (0, 0, 1), (0, 0, 1)]
    assert found["infection"] == (0, 0, 1)


def test_a_child_seen_alive_after_a_transfer_is_known_to_have_lived(tmp_path, files):
    # transferred on day 12 and seen on day 60, the 30th of April; nobody saw the second child again
    for child in ("a", "b"):
        infuse(files, child)
        files.add("support", child, kind="transfer", started_at=PartialDate("2026-03-13"), to_registry_site=False)
    files.add("follow_up", "a", seen_on=date(2026, 4, 30), alive=True)
    found = monitored(tmp_path, files)
    assert [found[f"death_by_day_{day}"] for day in (28, 60, 90)] == [(0, 1, 1), (0, 1, 1), (0, 0, 2)]


def test_a_transfer_before_the_infusion_does_not_end_the_days_after_it(tmp_path, files):
    infuse(files, "a")
    files.add("support", "a", kind="transfer", started_at=PartialDate("2026-02-20"), to_registry_site=False)
    assert monitored(tmp_path, files)["death_by_day_90"] == (0, 1, 0)


def test_an_infection_counts_to_day_90_and_a_shorter_follow_up_without_one_is_not_known(tmp_path, files):
    # day 90 is 30 May (the last day on which an infection counts, plan); c was infused again before its infection
    for child in ("a", "b", "c", "d", "e"):
        infuse(files, child)
    for child, on in (("a", "2026-05-30"), ("b", "2026-05-31"), ("c", "2026-04-20")):
        files.add("infection", child, onset_on=PartialDate(on), treatment_route="iv")
    files.add("infusion", "c", infused_on=date(2026, 4, 15))
    files.add("end_of_study", "d", reason="lost", ended_on=date(2026, 4, 29))
    files.add("end_of_study", "e", reason="died", ended_on=date(2026, 4, 29), died_on=PartialDate("2026-04-29"))
    # a has one; b and e have none; of c and d it is not known
    assert monitored(tmp_path, files)["infection"] == (1, 3, 2)


def end_on(files, child, day, reason):
    """End the observation of a child on a day after its infusion."""
    on = INFUSED + timedelta(days=day)
    died = {"died_on": PartialDate(on.isoformat())} if reason == "died" else {}
    files.add("end_of_study", child, reason=reason, ended_on=on, **died)


def test_the_incidence_of_death_counts_each_child_for_as_long_as_it_was_followed(tmp_path, files):
    for child in "abcdefghijkl":
        infuse(files, child)
    for child, day, reason in zip("abcdef", (10, 40, 70, 20, 50, 50), (*["died"] * 3, *["lost"] * 3), strict=True):
        end_on(files, child, day, reason)
    chapter = monitoring.chapter(study_of(tmp_path, files))
    # R: binom.test(1, 12)$conf.int, since nobody was censored before the death of day 10; for days 60 and 90
    # s <- summary(survfit(Surv(c(10, 40, 70, 20, 50, 50, rep(200, 6)), c(1, 1, 1, rep(0, 9))) ~ 1), times = c(60, 90)),
    # p <- 1 - s$surv with limits p^exp(-+qnorm(0.975) s$std.err / (p log p))
    found = chapter.results["monitoring"]
    assert [list(found[f"death_by_day_{day}"]["incidence"].values()) for day in (28, 60, 90)] == [
        pytest.approx([0.08333333333, 0.002107593232, 0.384796165151], abs=1e-9),
        pytest.approx([0.17500000000, 0.02738968057, 0.4297986971], abs=1e-9),
        pytest.approx([0.29285714286, 0.06601174109, 0.5741335757], abs=1e-9),
    ]
    rows = {row[0]: row[1:] for row in tables_of(chapter)["monitoring"].rows}
    # three of the nine of whom it is known, which is more than the incidence; R: binom.test(3, 9)$conf.int
    assert rows["Died by day 90 after infusion"] == ("3/9", "", "", "3", "29 (7 to 57)")
    assert rows["CRS of grade 3 or more"][-1] == "" and rows["Anakinra stopped for harm, of those given it"][-1] == ""


def test_the_median_follow_up_counts_leaving_as_the_event_and_a_death_as_its_end(tmp_path, files):
    ends = (10, 40, 70, 20, 50, 55, 60, 65, 75, 80, 90, 100)
    for number, day in enumerate(ends):
        infuse(files, f"child-{number}")
        end_on(files, f"child-{number}", day, "died" if number < 3 else "lost")
    chapter = monitoring.chapter(study_of(tmp_path, files))
    # R: quantile(survfit(Surv(c(10, 40, 70, 20, 50, 55, 60, 65, 75, 80, 90, 100), rep(0:1, c(3, 9))) ~ 1,
    #   conf.type = "log-log"), 0.5)
    assert chapter.results["follow_up"] == {"median_days": 75, "lower": 50, "upper": 90}
    assert chapter.sections[0].paragraphs[0] == (
        "Followed for a median of 75 days after the first infusion (95 % limits 50 to 90; reverse Kaplan-Meier: a death"
        " ends what could have been followed; NR: not reached)."
    )


def test_under_ten_children_have_no_median_follow_up(tmp_path, files):
    for number in range(9):
        infuse(files, f"child-{number}")
    chapter = monitoring.chapter(study_of(tmp_path, files))
    assert chapter.results["follow_up"] == {"median_days": None, "lower": None, "upper": None}
    assert not any("Followed" in paragraph for paragraph in chapter.sections[0].paragraphs)


def test_the_incidence_of_infections_has_death_compete_and_stops_before_one_that_may_not_count(tmp_path, files):
    for child in "abcdefghijkl":
        infuse(files, child)
    for child, on, route in (("a", "2026-03-06", "iv"), ("b", "2026-03-13", "iv"), ("e", "2026-03-16", None)):
        files.add("infection", child, onset_on=PartialDate(on), treatment_route=route)
    end_on(files, "c", 8, "died")
    end_on(files, "d", 30, "lost")
    found = monitoring.chapter(study_of(tmp_path, files)).results["monitoring"]["infection"]["incidence"]
    # infected on days 5 and 12, dead on day 8, followed to day 14 (one before an infection of open treatment) and 30
    # R: survfit(Surv(c(5, 12, 8, 30, 14, rep(90, 7)), factor(c(1, 1, 2, rep(0, 9)), 0:2)) ~ 1) at day 90: pstate
    # 0.1666666667, std.err 0.1075828707; limits p^exp(-+qnorm(0.975) se / (p log p))
    assert list(found.values()) == pytest.approx([0.1666666667, 0.02651042659, 0.41298031272], abs=1e-9)


@pytest.mark.parametrize(
    ("began", "route", "expected"),
    [
        # a month from day 0 on: certain by its last day; one that begins before the infusion, or has no day: open
        ("2026-03", "iv", (30, HAPPENED)),
        ("2026-02-20", "iv", (90, CENSORED)),
        ("2026", "iv", (0, CENSORED)),
        (None, "iv", (0, CENSORED)),
        (None, "none", (90, CENSORED)),
        ("2026-03-11", None, (9, CENSORED)),
        ("2026-05", "iv", (60, CENSORED)),
        ("2026-05-31", "iv", (90, CENSORED)),
    ],
)
def test_the_day_of_an_infection_is_the_last_that_its_date_can_mean(tmp_path, files, began, route, expected):
    infuse(files, "a")
    files.add("infection", "a", onset_on=PartialDate(began) if began else NullFlavour.UNKNOWN, treatment_route=route)
    cut = read_cut(files.write(tmp_path / "cut"))
    *_, infections = monitored_of(cut, children_of(cut))
    assert infections.times == (expected,)


def test_an_incidence_of_nobody_has_no_limits_once_somebody_left_and_says_why(tmp_path, files):
    for child in "abcdefghijkl":
        infuse(files, child)
    end_on(files, "a", 20, "lost")
    end_on(files, "b", 22, "lost")
    table = tables_of(monitoring.chapter(study_of(tmp_path, files)))["monitoring"]
    rows = {row[0]: row[1:] for row in table.rows}
    # R: binom.test(0, 10)$conf.int is 0 to 0.3085; survfit gives no log-log limits at 0
    assert rows["Died by day 28 after infusion"] == ("0/10", "0 %", "0 to 31 %", "2", "0 (not defined)")
    assert NO_LIMITS in table.notes


def test_no_death_is_ruled_out_by_a_day_to_which_nobody_was_followed(tmp_path, files):
    for child in "abcdefghijkl":
        infuse(files, child)
        end_on(files, child, 20, "lost")
    study = study_of(tmp_path, files)
    rows = {row[0]: row[1:] for row in tables_of(monitoring.chapter(study))["monitoring"].rows}
    # R: summary(survfit(Surv(rep(20, 12), rep(0, 12)) ~ 1), times = 28) has no row
    assert rows["Died by day 28 after infusion"] == ("0/0", "", "", "12", "not defined")
    brief = in_brief(study)
    lines = {row[0]: row[1:] for row in brief.rows}
    assert lines["Died by day 28 after infusion"] == ("0/12", "not defined", "not defined", "Monitoring")
    assert NO_LIMITS in brief.notes


def test_an_infection_counts_by_its_first_positive_sample_and_not_where_it_was_known_before(tmp_path, files):
    for child in ("a", "b", "c"):
        infuse(files, child)
    answers = {"treatment_route": "iv", "presence": "new"}
    files.add(
        "infection", "a", onset_on=PartialDate("2026-02-27"), first_positive_on=PartialDate("2026-03-02"), **answers
    )
    files.add(
        "infection", "b", onset_on=PartialDate("2026-03-02"), first_positive_on=PartialDate("2026-02-27"), **answers
    )
    files.add("infection", "c", onset_on=PartialDate("2026-03-02"), **{**answers, "presence": "unchanged"})
    assert monitored(tmp_path, files)["infection"] == (1, 3, 0)


def test_a_page_that_repeats_an_infection_from_before_the_infusion_is_no_infection_after_it(tmp_path, files):
    # CMV in blood is one infection within 60 days (CLINICAL.md 2.8): a had it on 25 February, c a bacterium on day 10
    cmv = {"organism": "cmv", "organism_class": "viral", "infection_site": "viremia", "treatment_route": "iv"}
    for child, pages in {
        "a": [("2026-02-25", cmv), ("2026-03-03", cmv)],
        "b": [("2026-03-03", cmv), ("2026-03-06", cmv)],
        "c": [("2026-02-25", cmv), ("2026-03-03", cmv), ("2026-03-11", {**cmv, "organism": "escherichia_coli"})],
        "d": [("2026-02-25", {**cmv, "organism": "ebv"}), ("2026-03-03", cmv)],
    }.items():
        infuse(files, child)
        for onset, answers in pages:
            files.add("infection", child, onset_on=PartialDate(onset), **answers)
    cut = read_cut(files.write(tmp_path / "cut"))
    children = children_of(cut)
    *_, infections = monitored_of(cut, children)
    assert infections.times == ((90, CENSORED), (2, HAPPENED), (10, HAPPENED), (2, HAPPENED))
    assert [found for _, found in infections.found] == [False, True, True, True]
    # the chapter on infections counts the same children
    counted = {page.subject for page in count_infections(cut, children).pages if page.fate == COUNTED}
    assert counted == {"b", "c", "d"}


def test_whether_a_page_is_another_infection_can_be_open(tmp_path, files):
    # a gram-negative organism without a name, after another before the infusion: it may be the same one
    infuse(files, "a")
    for onset, more in (("2026-02-25", {"organism_other": "Synthetic species"}), ("2026-03-03", {})):
        organism = {"organism": "other_gram_negative", "organism_class": "bacterial", **more}
        files.add("infection", "a", onset_on=PartialDate(onset), treatment_route="iv", **organism)
    assert monitored(tmp_path, files)["infection"] == (0, 0, 1)


def test_the_worst_grade_is_the_committees_else_the_higher_of_page_and_assessments(tmp_path, files):
    for child in ("a", "b", "c", "d"):
        infuse(files, child)
        at = datetime(2026, 3, 5, 8, 0)
        files.derive(files.add("assessment", child, assessed_at=at, crs_grade=2), "crs_astct_2019", "3")
    # a and b: 3 as derived goes before the clinician's 2 (D7), and above the page; c: the committee found 2; d: none
    files.add("toxicity_episode", "a", toxicity="crs", peak_grade=2)
    files.add("toxicity_episode", "c", toxicity="crs", peak_grade=2, adjudicated_peak_grade=2)
    files.add("toxicity_episode", "d", toxicity="crs", peak_grade=3, adjudicated_toxicity="infection")
    # e: the page tells of a worse hour than the assessments
    infuse(files, "e")
    files.derive(files.add("assessment", "e", assessed_at=at, crs_grade=2), "crs_astct_2019", "2")
    files.add("toxicity_episode", "e", toxicity="crs", peak_grade=3)
    assert monitored(tmp_path, files)["crs_severe"] == (3, 5, 0)


def test_harm_is_a_stop_for_harm_and_severity_without_a_grade_is_not_known(tmp_path, files):
    for child in ("a", "b", "c", "d"):
        infuse(files, child)
    treat(files, "a", 5, 8, stop_reason="infection")
    treat(files, "b", 5, 8, stop_reason="resolved")
    treat(files, "c", 5, 8)
    files.add("toxicity_episode", "a", toxicity="crs", peak_grade=3)
    files.add("toxicity_episode", "b", toxicity="crs")
    files.add("toxicity_episode", "c", toxicity="icans", peak_grade=2)
    files.add("infection", "a", onset_on=PartialDate("2026-03-02"), treatment_route="iv")
    files.add("infection", "b", onset_on=PartialDate("2026-02-20"), treatment_route="iv")
    files.add("infection", "c", onset_on=PartialDate("2026-03-02"), treatment_route="none")
    files.add("infection", "d", onset_on=PartialDate("2026-03-02"))
    found = monitored(tmp_path, files)
    assert (found["crs_severe"], found["icans_severe"]) == ((1, 3, 1), (0, 4, 0))
    assert found["stopped_for_harm"] == (1, 2, 1)
    assert found["infection"] == (1, 3, 1)


@pytest.mark.parametrize(
    ("episodes", "assessed", "severe"),
    [
        # an episode without a grade leaves it open, whatever the others and the assessments say below grade 3
        (({"peak_grade": 2}, {}), None, (0, 0, 1)),
        (({}, {"peak_grade": 2}), None, (0, 0, 1)),
        (({"peak_grade": 2}, {"peak_grade": NullFlavour.UNKNOWN}), None, (0, 0, 1)),
        (({},), 2, (0, 0, 1)),
        # another that was severe closes it, on a page or at the bedside, as does the committee's grade of the episode
        (({}, {"peak_grade": 3}), None, (1, 1, 0)),
        (({},), 3, (1, 1, 0)),
        (({"peak_grade": 2}, {"adjudicated_peak_grade": 2}), None, (0, 1, 0)),
        (({"peak_grade": 2}, {"peak_grade": 1}), None, (0, 1, 0)),
        # one of another toxicity, also by the committee's word, says nothing of this one
        (({"peak_grade": 2}, {"toxicity": "icans"}), None, (0, 1, 0)),
        (({"peak_grade": 2}, {"adjudicated_toxicity": "infection"}), None, (0, 1, 0)),
    ],
)
def test_an_episode_without_a_grade_is_not_taken_as_not_severe(tmp_path, files, episodes, assessed, severe):
    infuse(files, "a")
    for episode in episodes:
        files.add("toxicity_episode", "a", **{"toxicity": "crs", **episode})
    if assessed is not None:
        files.add("assessment", "a", assessed_at=datetime(2026, 3, 5, 8, 0), crs_grade=assessed)
    assert monitored(tmp_path, files)["crs_severe"] == severe


def test_who_is_not_known_to_have_been_severely_ill_is_in_no_denominator_and_counted_beside_it(tmp_path, files):
    for number in range(12):
        child = f"child-{number:02}"
        infuse(files, child)
        files.add("toxicity_episode", child, toxicity="icans", peak_grade=3 if number < 2 else 2)
        if number in (0, 10, 11):
            files.add("toxicity_episode", child, toxicity="icans")
    chapter = monitoring.chapter(study_of(tmp_path, files))
    # binom.test(2, 10)$conf.int in R 4.2.2: 0.02521073 0.55609546
    rows = {row[0]: row[1:] for row in tables_of(chapter)["monitoring"].rows}
    assert rows["ICANS of grade 3 or more"] == ("2/10", "20 %", "3 to 56 %", "2", "")
    by_site = tables_of(chapter)["monitoring_by_site"].csv_rows
    assert [row[2:4] + row[-1:] for row in by_site if row[0] == "icans_severe"] == [(2, 10, 2)]
    assert "an episode without a grade" in chapter.sections[0].estimand.summary


def test_sites_with_ten_children_have_limits_and_smaller_ones_counts(tmp_path, files):
    for number in range(12):
        child = f"child-{number:02}"
        infuse(files, child, site="north" if number < 10 else "south")
        files.add("toxicity_episode", child, toxicity="crs", peak_grade=3 if number % 5 == 0 else 1)
    tables = tables_of(monitoring.chapter(study_of(tmp_path, files)))
    # children 0, 5 and 10; binom.test(2, 10)$conf.int in R 4.2.2: 0.02521073 0.55609546
    assert [row[:2] for row in tables["monitoring_by_site"].rows] == [
        ("north", "2/10 (3 to 56 %)"),
        ("south", "1/2"),
    ]
