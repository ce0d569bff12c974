"""The interim report of cuts at the edge: nobody, one child, nobody resolved, everybody at once, a death on day 0.

Expected numbers: R 4.2.2, survival::survfit(Surv(day, factor(event, 0:2)) ~ 1) and stats::binom.test; the call stands
beside each.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime

import pytest

from analysis.__main__ import main
from forms.values import PartialDate
from run_folder import made_once
from ward import Ward


@pytest.fixture
def ward():
    return Ward()


@pytest.fixture
def report(ward, tmp_path, shared_folder, request):
    def run():
        def write(folder):
            assert main(["report", str(ward.write(tmp_path / "cut")), "--out", str(folder)]) == 0

        return made_once(shared_folder, f"report-{request.node.name}", write)

    return run


def grade_days(ward, child, grades, **course):
    ward.treat(child, **course)
    for day, grade in enumerate(grades):
        ward.grade(child, day, crs_grade=grade)


def crs(folder):
    results = json.loads((folder / "results.json").read_text())["endpoints"]["crs_r1_24h"]
    with (folder / "tables" / "time_to_event.csv").open(newline="") as file:
        primary = [row for row in csv.DictReader(file) if row["endpoint"] == "crs_r1_24h"]
    rows = [(row["subject"], int(row["day"]), int(row["event"])) for row in primary]
    return results, rows


def first_sentence(folder):
    page = (folder / "report.html").read_text()
    return re.findall(r"<p>([^<]* resolved, [^<]*)</p>", page)[0]


def test_a_cut_of_children_who_were_never_infused_counts_them_and_draws_nothing(ward, report):
    ward.add("enrolment", "child-1", sex="female")
    results, rows = crs(report())
    assert [step["children"] for step in results["flow"]] == [1, 0, 0, 0, 0, 0]
    assert (results["resolved"], results["discharge_bounds"], rows) == (None, None, [])


def test_one_child_is_named_in_the_singular_with_exact_limits(ward, report):
    grade_days(ward, "child-1", (3, 2, 1, 1))
    folder = report()
    results, rows = crs(folder)
    assert rows == [("child-1", 2, 1)]
    # binom.test(1, 1)$conf.int
    assert (results["resolved"]["lower"], results["resolved"]["upper"]) == ([pytest.approx(0.025)], [1.0])
    page = (folder / "report.html").read_text()
    assert "1 child: under 10 no shares and no curve are given; each child stands below. The estimate" in page
    assert "1 child at 1 site." in page and "1 child: resolved on day 2." in page


def test_when_everybody_resolves_on_day_1_the_curve_is_one_step_to_1(ward, report):
    for number in range(4):
        grade_days(ward, f"child-{number}", (3, 1, 1))
    results, rows = crs(report())
    assert {(day, event) for _, day, event in rows} == {(1, 1)}
    resolved = results["resolved"]
    assert (resolved["times"], resolved["estimate"], resolved["std_error"]) == ([1.0], [1.0], [0.0])
    # binom.test(4, 4)$conf.int
    assert (resolved["lower"], resolved["upper"]) == ([pytest.approx(0.3976353644, abs=1e-9)], [1.0])


def test_when_nobody_resolves_the_curve_stays_at_0_and_half_is_not_reached(ward, report):
    for number in range(4):
        grade_days(ward, f"child-{number}", (3,) * (number + 3))
    results, rows = crs(report())
    assert [(day, event) for _, day, event in rows] == [(2, 0), (3, 0), (4, 0), (5, 0)]
    assert results["resolved"]["estimate"] == [0.0] * 4
    # binom.test(0, 4)$conf.int while nobody has been censored; undefined later, as in survfit with log-log limits
    assert results["resolved"]["upper"] == [pytest.approx(0.6023646356, abs=1e-9), None, None, None]


def day_7_shares(folder):
    with (folder / "tables" / "crs_r1_24h_sensitivity.csv").open(newline="") as file:
        return [row["day_7"] for row in csv.DictReader(file)]


def test_ten_children_of_a_primary_endpoint_are_a_curve(ward, report):
    for number in range(10):
        grade_days(ward, f"child-{number}", (3,) * (number + 3))
    folder = report()
    assert first_sentence(folder).endswith("Resolution in half of them was not reached.")
    assert (folder / "figures" / "crs_r1_24h_stacked.svg").exists()
    assert day_7_shares(folder)[0] == "0.0"


def test_nine_children_of_a_primary_endpoint_are_shown_child_by_child(ward, report):
    for number in range(9):
        grade_days(ward, f"child-{number}", (3,) * (number + 3))
    folder = report()
    page = (folder / "report.html").read_text()
    assert "9 children: under 10 no shares and no curve are given; each child stands below. The estimate" in page
    assert "9 children: censored on day 2, 3, 4, 5, 6, 7, 8, 9, 10." in page
    assert not (folder / "figures" / "crs_r1_24h_stacked.svg").exists()
    assert set(day_7_shares(folder)) == {""}
    with (folder / "tables" / "crs_r1_24h.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["day", "outcome", "cut"]
    assert [row[:2] for row in rows] == [[str(day), "censored"] for day in range(2, 11)]


def test_a_death_on_the_day_of_the_first_dose_is_an_event_of_day_0(ward, report):
    grade_days(ward, "child-1", (3,))
    ward.add("end_of_study", "child-1", reason="died", ended_on=date(2026, 3, 8), died_on=PartialDate("2026-03-08"))
    grade_days(ward, "child-2", (3, 2, 1, 1))
    grade_days(ward, "child-3", (3, 3, 3, 3))
    results, rows = crs(report())
    assert rows == [("child-1", 0, 2), ("child-2", 2, 1), ("child-3", 3, 0)]
    # survfit(Surv(c(0, 2, 3), factor(c(2, 1, 0), 0:2)) ~ 1): pstate and std.err at 0, 2, 3
    assert results["died"]["estimate"] == pytest.approx([1 / 3] * 3)
    assert results["resolved"]["estimate"] == pytest.approx([0, 1 / 3, 1 / 3])
    assert results["resolved"]["std_error"] == pytest.approx([0, 0.2721655270, 0.2721655270])


def test_a_registry_of_five_days_tells_nothing_about_day_28(ward, report):
    ward.data_date = "2026-03-13"
    for number in range(12):
        grade_days(ward, f"child-{number}", (3,) * (1 + number % 2) + (1,) * 5 if number < 4 else (3,) * 6)
    folder = report()
    # R: timepoints(cuminc(c(1, 1, 2, 2, rep(5, 8)), c(rep(1, 4), rep(0, 8))), c(3, 7, 28))$est is 0.333 NA NA
    with (folder / "tables" / "crs_r1_24h_days.csv").open(newline="") as file:
        read = {row["day"]: (row["resolved"], row["died_upper"]) for row in csv.DictReader(file)}
    assert float(read["3"][0]) == pytest.approx(1 / 3)
    assert read["7"] == read["28"] == ("", "")
    results = json.loads((folder / "results.json").read_text())
    assert results["day_by_day"]["crs_r1_24h"]["shares"]["grade_3"][5:7] == [pytest.approx(2 / 3), None]
    with (folder / "tables" / "in_brief.csv").open(newline="") as file:
        brief = {row["result"]: row["value"] for row in csv.DictReader(file)}
    assert brief["CRS resolved by day 28 after the first dose"] == "not defined"
    assert brief["Died by day 90 after infusion"] == "not defined"


def test_a_resolution_on_the_last_day_of_the_data_is_not_confirmed_yet(ward, report):
    ward.data_date = "2026-03-10"
    grade_days(ward, "child-1", (3, 3, 1))
    assert crs(report())[1] == [("child-1", 1, 0)]


def test_anakinra_started_again_and_a_toxicity_that_returns_leave_the_first_sustained_resolution(ward, report):
    grade_days(ward, "child-1", (3, 2, 1, 1, 3, 3, 1, 1))
    ward.add("anakinra_course", "child-1", given=True, started_at=datetime(2026, 3, 12, 9, 0))
    ward.add("toxicity_episode", "child-1", toxicity="crs", onset_on=PartialDate("2026-03-06"))
    ward.add("toxicity_episode", "child-1", toxicity="crs", onset_on=PartialDate("2026-03-12"))
    assert crs(report())[1] == [("child-1", 2, 1)]


def test_a_first_dose_after_the_day_of_the_data_ends_in_one_line_that_names_the_child(ward, tmp_path, capsys):
    ward.data_date = "2026-02-01"
    grade_days(ward, "child-1", (3, 2, 1, 1))
    assert main(["report", str(ward.write(tmp_path / "cut")), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        "python -m analysis report: Child child-1: the first anakinra dose on 2026-03-08 (anakinra_course"
        " anakinra_course-child-1-1) comes after the day of the data, 2026-02-01. Correct its day and take a new cut.\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_death_before_the_first_dose_ends_in_one_line_that_names_the_child(ward, tmp_path, capsys):
    grade_days(ward, "child-1", (3,))
    ward.add("end_of_study", "child-1", reason="died", ended_on=date(2026, 3, 7), died_on=PartialDate("2026-03-07"))
    assert main(["report", str(ward.write(tmp_path / "cut")), "--out", str(tmp_path / "out")]) == 2
    refused = capsys.readouterr().err
    assert refused.startswith("python -m analysis report: Child child-1: the first anakinra dose on 2026-03-08 (")
    assert refused.count("\n") == 1
    assert not (tmp_path / "out").exists()
