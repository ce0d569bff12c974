"""The interim report: its files, its numbers, the same bytes for the same cut, and refusals in one line."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from base64 import b64decode
from copy import copy
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from matplotlib import font_manager

from analysis.__main__ import main
from analysis.chapters.in_brief import in_brief
from analysis.cut import read_cut
from analysis.plan.resolution import PRIMARY_ENDPOINTS
from analysis.plan.secondary_resolution import SECONDARY_ENDPOINTS
from analysis.plan.sensitivity import SENSITIVITY
from analysis.report import CHAPTERS, OutputFolderError, compute_chapters, write_report
from analysis.study import Study, study_of
from analysis.wording import NO_LIMITS
from cut_folder import CutFolder
from forms.selection import Selection
from forms.values import Measurement
from run_folder import made_once
from tools.plan_page import PAGE as PLAN_PAGE

LABS = ("ferritin", "fibrinogen", "alt", "ast", "bilirubin_total")
SICK = dict(zip(LABS, (20000, 90, 300, 400, 5), strict=True))
WELL = dict(zip(LABS, (5000, 200, 60, 70, 1), strict=True))


def write_cut(folder):
    """Write a cut of twelve children: the CRS of number n resolves n days after the first dose, the last one dies."""
    cut = CutFolder()
    for number in range(1, 13):
        child = f"child-{number:02}"
        cut.add("enrolment", child, birth_date=date(2016, 5, 5), sex="male")
        cut.add("baseline", child, disease="b_all")
        infusion = cut.add("infusion", child, infused_on=date(2026, 3, 1), disease_at_lymphodepletion=True)
        if number % 2:
            cut.add("toxicity_episode", child, toxicity="carhlh", onset_on=date(2026, 3, 5))
        if number > 2:
            cut.add("anakinra_course", child, given=True, started_at=datetime(2026, 3, 8, 14, 0))
        for day in range(-1, 1 if number == 12 else 16):
            at = datetime(2026, 3, 8, 6, 0) + timedelta(days=day)
            grade = 1 if day >= number else 3
            cut.add("assessment", child, assessed_at=at, crs_grade=grade, icans_grade=0, sedated=False)
            values = WELL if day >= number else SICK
            measured = {name: Measurement(value=Decimal(value)) for name, value in values.items()}
            cut.add("laboratory", child, sampled_at=at, **measured)
        if number == 12:
            cut.add("end_of_study", child, reason="died", ended_on=date(2026, 3, 10))
        else:
            answers = {"timepoint": "day_28", "response": "cr" if number > 3 else "nr"}
            cut.add("response", child, infusion=infusion, assessed_on=date(2026, 3, 30), **answers)
    cut.log("north", 12, 12)
    return cut.write(folder)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    return write_cut(tmp_path_factory.mktemp("given") / "cut")


@pytest.fixture(scope="module")
def report(cut, shared_folder):
    return made_once(shared_folder, "report-of-twelve", lambda folder: write_report(read_cut(cut), folder))


@pytest.fixture(scope="module")
def chapters(cut):
    return compute_chapters(Study(cut=read_cut(cut)))


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def table(report, name):
    with (report / "tables" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_report_has_a_page_results_and_a_file_for_each_figure_and_table(report, chapters):
    sections = [section for chapter in chapters for section in chapter.sections]
    figures = [figure for section in sections for figure in section.figures]
    tables = [table for chapter in chapters for table in chapter.files]
    tables += [table for section in sections for table in section.tables] + [figure.numbers for figure in figures]
    assert {"crs_r1_24h_days", "cr_by_carhlh", "responses", "time_to_event"} <= {table.id for table in tables}
    assert sorted(contents(report)) == sorted(
        [
            "analysis_plan.txt",
            "report.html",
            "results.json",
            *(f"figures/{figure.id}.svg" for figure in figures),
            *(f"tables/{table.id}.csv" for table in tables),
            "tables/in_brief.csv",
        ]
    )
    assert contents(report)["analysis_plan.txt"] == PLAN_PAGE.read_bytes()
    for figure in figures:
        assert figure.figure.texts[2].get_text().endswith(f" · {figure.id}")
    drawn = {figure.id for figure in figures}
    assert {"crs_r1_24h", "crs_r1_24h_stacked", "crs_r1_24h_by_agents_curves"} <= drawn
    assert not {name for name in drawn if name.startswith("icans")}


def test_the_report_begins_with_its_results_in_brief_each_with_its_chapter(report):
    rows = {row["result"]: row for row in table(report, "in_brief")}
    assert {row["chapter"] for row in rows.values()} <= {title for title, _ in CHAPTERS}
    found = {name: (row["children"], row["value"], row["limits"]) for name, row in rows.items()}
    # R: binom.test(x, n)$conf.int for 12/12, 10/12, and 5/10 and 9/10 of the curve in which nobody is censored
    assert found["Enrolled, of those infused at the sites"] == ("12/12", "100 %", "74 to 100 %")
    assert found["Given anakinra, of those infused"] == ("10/12", "83 %", "52 to 98 %")
    assert found["CRS resolved by day 7 after the first dose"] == ("5/10", "50 %", "19 to 81 %")
    assert found["CRS resolved by day 28 after the first dose"] == ("9/10", "90 %", "55 to 100 %")
    # fewer than ten children: the count alone
    assert found["ICANS resolved by day 28 after the first dose"] == ("0/0", "", "")
    assert found["CR or CRi at day 28, carHLH"] == ("4/6", "", "")
    # one of twelve died on day 9; R: binom.test(1, 12)$conf.int
    assert found["Died by day 28 after infusion"] == ("1/12", "8 %", "0 to 38 %")
    page = (report / "report.html").read_text()
    brief = page[page.index("In brief") : page.index('<nav aria-label="Contents">')]
    ways = re.findall(r'<tr><td[^>]*>([^<]+)</td>.*<td[^>]*><a href="#(section-[^"]+)">([^<]+)</a></td></tr>', brief)
    assert [(name, chapter) for name, _, chapter in ways] == [(name, row["chapter"]) for name, row in rows.items()]
    sections = {name: section for name, section, _ in ways}
    assert sections["CRS resolved by day 28 after the first dose"] == "section-crs_r1_24h"
    assert sections["Enrolled, of those infused at the sites"] == "section-capture"
    chapters = {
        title: part for part in page.split('<section class="chapter"') for title in re.findall("<h2>(.*)</h2>", part)
    }
    for _, section, chapter in ways:  # a link leads into the chapter that it names, to the result and not to its top
        part = next(text for title, text in chapters.items() if title.partition(" ")[2] == chapter)
        assert f'<section id="{section}">' in part


def test_a_selected_report_has_no_capture_in_brief_since_the_logs_count_everybody(cut):
    selected = study_of(read_cut(cut), Selection(choices={"site": ("north",)}))
    names = [row[0] for row in in_brief(selected).rows]
    assert names[0] == "Given anakinra, of those infused"


def test_the_same_cut_gives_the_same_bytes_in_another_process_whatever_fonts_are_known_there(
    cut, report, shared_folder, tmp_path, monkeypatch
):
    known = copy(font_manager.fontManager)
    known.ttflist = []
    font_manager.json_dump(known, tmp_path / f"fontlist-v{known.__version__}.json")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))

    def write(folder):
        command = [sys.executable, "-m", "analysis", "report", str(cut), "--out", str(folder), "--progress"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout) == (0, f"{folder / 'report.html'}\n")
        steps = [f"[{number}/{len(CHAPTERS)}] {title}" for number, (title, _) in enumerate(CHAPTERS, 1)]
        drawn = len(list((folder / "figures").iterdir()))
        # the figures take as long as the chapters: while they are drawn a reader is not told of the last chapter
        steps += [f"[{number}/{drawn}] Drawing the figures" for number in range(1, drawn + 1)]
        assert done.stderr.splitlines() == steps

    assert contents(made_once(shared_folder, "report-of-twelve-again", write)) == contents(report)


def test_the_numbers_of_the_curve_stand_in_its_csv_twin_and_in_results(report):
    # ten treated children: one dies on day 2, one resolves on each of days 3 to 11; nobody censored, so F = x / 10
    rows = table(report, "crs_r1_24h")
    assert [row["day"] for row in rows] == [f"{day}.0" for day in range(2, 12)]
    assert [float(row["resolved_estimate"]) for row in rows] == pytest.approx([x / 10 for x in range(10)])
    assert [float(row["died_estimate"]) for row in rows] == pytest.approx([0.1] * 10)
    results = json.loads((report / "results.json").read_text())
    assert results["endpoints"]["crs_r1_24h"]["resolved"]["estimate"][-1] == pytest.approx(0.9)
    assert results["endpoints"]["icans_r1_24h"]["resolved"] is None
    assert results["responses"]["cr_by_carhlh"]["outcomes"]["cr"] == {
        "carHLH": {"responded": 4, "all": 6, "evaluable": 6},
        "no carHLH": {"responded": 4, "all": 6, "evaluable": 5},
    }


def test_each_row_behind_a_curve_names_its_record(report):
    rows = [row for row in table(report, "time_to_event") if row["endpoint"] == "crs_r1_24h"]
    assert [(row["subject"], row["day"], row["event"]) for row in rows][-2:] == [
        ("child-11", "11", "1"),
        ("child-12", "2", "2"),
    ]
    assert (rows[-2]["source_form"], rows[-2]["source_item"]) == ("assessment", "crs_grade")
    assert rows[-1]["source_record"] == "end_of_study-child-12-1"


def test_each_event_comes_from_an_item_its_endpoint_declares(report):
    variants = (endpoint for endpoints in SENSITIVITY.values() for endpoint in endpoints)
    declared = {
        (endpoint.id, str(event.code), event.form, item)
        for endpoint in (*PRIMARY_ENDPOINTS, *SECONDARY_ENDPOINTS, *variants)
        for event in endpoint.events
        for item in event.items
    }
    rows = [row for row in table(report, "time_to_event") if row["event"] != "0"]
    found = {(row["endpoint"], row["event"], row["source_form"], row["source_item"]) for row in rows}
    assert {
        ("crs_r1_24h", "1", "assessment", "crs_grade"),
        ("crs_r1_24h", "2", "end_of_study", "ended_on"),
        ("carhlh_composite", "1", "laboratory", "ferritin"),
        ("carhlh_liver", "1", "laboratory", "alt"),
    } <= found
    assert found <= declared
    page = (report / "report.html").read_text()
    assert "died: “Died on”, “Observation ended on” (End of study). Observation ends early: transferred" in page


def test_every_figure_and_table_carries_the_cut_and_every_section_its_estimand(report, cut, chapters):
    page = (report / "report.html").read_text()
    short_id = json.loads((cut / "manifest.json").read_text())["id"][:12]
    sections = [section for chapter in chapters for section in chapter.sections]
    in_brief = 1
    figures_and_tables = in_brief + sum(len(section.figures) + len(section.tables) for section in sections)
    assert page.count("<figure>") + page.count("<table ") == figures_and_tables
    assert page.count(f'<span class="cut">Data cut {short_id}, data to 2026-06-30') == figures_and_tables
    with_estimand = [section for section in sections if section.estimand]
    curves = [section for chapter in chapters if chapter.id == "resolution" for section in chapter.sections]
    assert all(section.estimand for section in curves if section.figures)
    assert page.count('<dl class="estimand">') == len(with_estimand)
    assert {section.id for section in with_estimand} >= {*(one.id for one in PRIMARY_ENDPOINTS), "event_rates"}


def test_every_file_of_numbers_and_every_picture_names_the_cut_by_itself(report, cut):
    short_id = json.loads((cut / "manifest.json").read_text())["id"][:12]
    for path in (report / "tables").iterdir():
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header[-1] == "cut" and {row[-1] for row in rows} <= {short_id}, path.name
    assert all(short_id in path.read_text() for path in (report / "figures").iterdir())


def test_the_page_stands_alone_without_scripts_or_outside_addresses(report):
    page = (report / "report.html").read_text()
    assert "<script" not in page and "http" not in page and "@import" not in page
    links = re.findall(r'href="([^"#]+)"', page)
    assert links and all((report / link).is_file() for link in links)
    pictures = re.findall(r'<img src="data:image/svg[+]xml;base64,([^"]+)" data-file="([^"]+)"', page)
    assert len(pictures) == page.count("<img ") > 0
    assert all(b64decode(inside) == (report / name).read_bytes() for inside, name in pictures)
    identifiers = re.findall(r' id="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_the_alternative_text_of_a_figure_holds_its_numbers(report):
    page = (report / "report.html").read_text()
    assert "day 7: 50 % resolved, 10 % died first, 5 at risk" in page


def test_what_did_not_happen_is_said_in_words_and_no_note_explains_what_is_not_in_its_table(report):
    page = (report / "report.html").read_text()
    tables = re.findall(r"<table.*?</table>.*?</p>", page, flags=re.DOTALL)
    undefined = ["not defined" in one.partition("</table>")[0] for one in tables]
    assert undefined == [NO_LIMITS in one for one in tables]
    assert sum(undefined) == 1 and "not defined" in next(one for one in tables if 'id="crs_r1_24h_sensitivity"' in one)
    for words in ("0 ended quarters", "0 events began", "0 resolutions follow", "; 0 events in children"):
        assert words not in page
    assert "Every event began on a day of a course, and is in the rates." in page
    assert "none in children who were not." in page
    assert "Left out because the answer is missing: nobody." in page
    assert "No resolution follows days that could not be judged." in page
    assert "Not placed on a day" not in page


def test_an_endpoint_without_a_child_says_so_instead_of_a_figure(report):
    page, results = (report / "report.html").read_text(), json.loads((report / "results.json").read_text())
    empty = sorted(name for name, endpoint in results["endpoints"].items() if endpoint["n"] == 0)
    assert "icans_r1_24h" in empty
    assert page.count("No child of this cut belongs to this analysis yet") == len(empty)
    assert not any((report / "figures" / f"{name}.svg").exists() for name in empty)


def test_a_cut_without_children_still_gives_a_report(tmp_path):
    write_report(read_cut(CutFolder().write(tmp_path / "cut")), tmp_path / "report")
    rows = table(tmp_path / "report", "cr_by_anakinra")
    assert {(row["x"], row["n"], row["estimate"], row["p_value"]) for row in rows} == {("0", "0", "", "")}


def test_with_pdf_each_figure_stands_as_pdf_as_well_with_the_same_bytes_each_time(cut, tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.report.CHAPTERS", CHAPTERS[:2])
    once = contents(write_report(read_cut(cut), tmp_path / "once", pdf=True).parent)
    again = contents(write_report(read_cut(cut), tmp_path / "again", pdf=True).parent)
    assert once == again
    figures = {name.removesuffix(".svg") for name in once if name.endswith(".svg")}
    assert figures == {name.removesuffix(".pdf") for name in once if name.endswith(".pdf")} != set()
    assert all(once[f"{name}.pdf"].startswith(b"%PDF-") for name in figures)


def test_a_folder_that_holds_something_is_refused_and_left_alone(cut, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputFolderError) as refused:
        write_report(read_cut(cut), tmp_path)
    assert str(refused.value) == f"{tmp_path} is not an empty folder: choose another one, nothing was written."
    assert contents(tmp_path) == {"mine.txt": b"mine"}


def test_a_broken_run_leaves_nothing_behind(cut, tmp_path, monkeypatch):
    def fail(*_arguments, **_options):
        raise RuntimeError("disk full")

    monkeypatch.setattr("analysis.report.CHAPTERS", CHAPTERS[:2])
    monkeypatch.setattr("analysis.report.render_page", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        write_report(read_cut(cut), tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused_in_words(cut, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputFolderError) as refused:
        write_report(read_cut(cut), tmp_path / "file" / "report")
    assert str(refused.value) == f"{tmp_path / 'file' / 'report'} cannot be written: File exists."


def test_the_command_refuses_in_one_line(tmp_path, capsys):
    assert main(["report", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        f"python -m analysis report: {tmp_path / 'nowhere'} is not a data cut: it has no manifest.json."
        " Give the folder that `cut` wrote.\n"
    )
