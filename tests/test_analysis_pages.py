"""The pages of the interim analysis: start, watch, read the report; its files and nothing else."""

import base64
import io
import json
import re
import time
import uuid
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis_runs import store
from application import PATIENCE
from factories import make_site, make_user
from registry import child_processes
from registry.database import db
from registry.release.models import AnalysisRun, Cut
from registry.reports import interim
from signing_in import SignIn, signed_in_client
from small_cut import write_small_cut
from study import Study, make_logged_user
from telling_cut import register

REPORT = """<html><head><style>p {}</style></head><body><main>
<h1>Interim report</h1><p class="lead">Data cut abc</p>
<section id="crs"><h2>CRS &amp; more</h2><figure>
<img src="data:," data-file="figures/crs.svg" alt="Day 7: 50 &lt;60">
<img src="data:," data-file="figures/rows.svg" alt="Row 1"></figure>
<table><thead><tr><th scope="col" class="number">n</th></tr></thead></table>
<a href="tables/crs.csv">Numbers</a> <a href="tables/rows.csv">Rows</a> <a href="#crs">Up</a></section>
</main></body></html>"""


@pytest.fixture
def cut(session: Session, tmp_path: Path) -> Cut:
    return register(session, write_small_cut(tmp_path / "cut"), children=6)


@pytest.fixture
def done(session: Session, cut: Cut, tmp_path: Path) -> AnalysisRun:
    """Return a finished run whose report was written by hand."""
    report = tmp_path / "run/report"
    (report / "figures").mkdir(parents=True)
    (report / "tables").mkdir()
    (report / "report.html").write_text(REPORT)
    (report / "analysis_plan.txt").write_text("# Statistical analysis plan: day t ≥ 1\n")
    (report / "figures/crs.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (report / "figures/rows.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (report / "tables/crs.csv").write_text("day,n_at_risk\n1,12\n")
    (report / "tables/rows.csv").write_text("endpoint,subject,day\ncrs,child-1,3\n")
    (tmp_path / "run/errors.txt").write_text("nothing\n")
    return store(session, cut, tmp_path / "run", interim.DONE)


def wait_for_report(client: FlaskClient, address: str) -> str:
    """Open a run's page as often as the browser would; return the page of the finished run."""
    deadline = time.monotonic() + PATIENCE
    answer = client.get(address)
    while "Refresh" in answer.headers:
        assert time.monotonic() < deadline
        time.sleep(0.2)
        answer = client.get(address)
    return answer.text


def test_the_investigator_starts_an_analysis_and_reads_the_curves(
    session: Session, sign_in: SignIn, tmp_path: Path
) -> None:
    cut = register(session, write_small_cut(tmp_path / "cut", children=12), children=12)  # enough for a curve
    client = sign_in(make_user(session, role="investigator", site=make_site(session)))
    started = client.post("/analysis", data={"cut": cut.key})
    assert started.status_code == 302
    page = wait_for_report(client, started.location)
    assert '<span class="badge-plain badge-good">done</span>' in page
    pictures = re.findall(r'<img src="(/analysis/[^"]+\.svg)" alt="([^"]+)"', page)
    assert pictures
    assert all(re.search(r"\d", words) for _, words in pictures)
    assert any("at risk" in words for _, words in pictures)
    picture = client.get(pictures[0][0])
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert cut.cut_id[:12] in page
    folder = Path(session.scalars(select(AnalysisRun.folder)).one())
    assert json.loads((folder / "report/results.json").read_text())["cut"]["id"] == cut.cut_id
    assert (folder / "output.txt").read_text().strip().endswith("report.html")


def test_a_new_child_is_in_the_analysis_after_a_new_cut(own_study: Study, own_app: Flask) -> None:
    client = signed_in_client(own_app, make_logged_user("analyst", None))
    db.session.commit()
    started = client.post("/analysis", data={"cut": "new"})
    page = wait_for_report(client, started.location)
    assert db.session.scalars(select(Cut.subjects)).all() == [1]
    assert "1 child," in page
    assert '<td>Infused</td><td class="number">1</td>' in page


def test_a_waiting_run_asks_the_browser_to_look_again_without_scripts(
    session: Session, sign_in: SignIn, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interim, "look", lambda session, at: None)
    run = store(session, cut, tmp_path / "run", interim.QUEUED)
    client = sign_in(make_user(session, role="analyst"))
    answer = client.get(f"/analysis/{run.key}")
    assert answer.headers["Refresh"] == "3"
    assert "The analysis is about to start." in answer.text
    assert client.get("/analysis").headers["Refresh"] == "3"


def test_a_failed_run_says_why_and_offers_to_start_again(
    session: Session, sign_in: SignIn, cut: Cut, tmp_path: Path
) -> None:
    run = store(session, cut, tmp_path / "run", interim.FAILED, "forms/baseline.csv was changed.")
    answer = sign_in(make_user(session, role="analyst")).get(f"/analysis/{run.key}")
    assert "The analysis failed.</strong> forms/baseline.csv was changed." in answer.text
    assert "Start it again on the same data cut" in answer.text
    assert "Refresh" not in answer.headers


def test_a_report_whose_files_are_gone_can_be_made_again(
    session: Session, sign_in: SignIn, cut: Cut, tmp_path: Path
) -> None:
    run = store(session, cut, tmp_path / "gone", interim.DONE)

    page = sign_in(make_user(session, role="analyst")).get(f"/analysis/{run.key}").text

    assert "The files of this report are gone from the server." in page
    assert f'name="cut" value="{cut.key}"' in page and "Start it again on the same data cut" in page


def test_the_report_is_shown_with_its_own_pictures_and_links_only(
    session: Session, sign_in: SignIn, done: AnalysisRun
) -> None:
    page = sign_in(make_user(session, role="analyst")).get(f"/analysis/{done.key}").text
    assert "<h2>CRS &amp; more</h2>" in page
    assert f'<img src="/analysis/{done.key}/files/figures/crs.svg" alt="Day 7: 50 &lt;60">' in page
    assert f'<a href="/analysis/{done.key}/files/tables/crs.csv">Numbers</a>' in page
    assert "<h1>Interim report</h1>" not in page
    assert "p {}" not in page


def test_rows_of_single_children_are_for_study_wide_roles_only(
    session: Session, sign_in: SignIn, done: AnalysisRun
) -> None:
    files = f"/analysis/{done.key}/files"
    analyst = sign_in(make_user(session, role="analyst"))
    investigator = sign_in(make_user(session, role="investigator", site=make_site(session)))
    for name in ("tables/rows.csv", "figures/rows.svg", "report.html"):
        seen = [client.get(f"{files}/{name}").status_code for client in (analyst, investigator)]
        assert seen == [200, 404], name
    page = investigator.get(f"/analysis/{done.key}").text
    assert "rows.csv" not in page and "rows.svg" not in page and "crs.svg" in page
    assert "This picture has a row for each child: it is for roles that see the whole study." in page
    names = [sorted(zip_of(client, done)) for client in (analyst, investigator)]
    both = ["README.txt", "analysis_plan.txt", "figures/crs.svg", "report.html", "tables/crs.csv"]
    plan = investigator.get(f"{files}/analysis_plan.txt")
    assert (plan.content_type, plan.text[-6:]) == ("text/plain; charset=utf-8", "t ≥ 1\n")
    assert "Content-Disposition" not in plan.headers, "the browser shows it"
    assert f'<a href="{files}/analysis_plan.txt">analysis_<wbr>plan.txt</a>' in page
    assert names == [sorted([*both, "figures/rows.svg", "tables/rows.csv"]), both]


@pytest.mark.parametrize(("children", "status"), [(0, 404), (10, 404), (11, 200)])
def test_a_report_limited_to_few_children_of_other_sites_is_for_study_wide_roles_only(
    session: Session, sign_in: SignIn, done: AnalysisRun, children: int, status: int
) -> None:
    results = Path(done.folder) / "report/results.json"
    results.write_text(json.dumps({"cut": {"subjects": children}}))
    analyst = sign_in(make_user(session, role="analyst"))
    investigator = sign_in(make_user(session, role="investigator", site=make_site(session, code="OWN")))
    files = [f"/analysis/{done.key}/{name}" for name in ("report.zip", "files/results.json", "files/tables/crs.csv")]

    def seen(client: FlaskClient) -> list[int]:
        return [client.get(address).status_code for address in files]

    assert seen(investigator) == [200] * 3, "everybody is no selection"
    for selection in ({"infused_from": ["2026-03-05"]}, {"site": ["FAR"]}, {"site": ["OWN", "FAR"]}):
        done.selection = selection
        session.commit()
        page = investigator.get(f"/analysis/{done.key}").text
        assert ("CRS &amp; more" in page, "limited to fewer than 11 children" in page) == (status == 200, status == 404)
        assert (seen(investigator), seen(analyst)) == ([status] * 3, [200] * 3), selection
    done.selection = {"site": ["OWN"], "age_from": ["7"]}
    session.commit()
    assert seen(investigator) == [200] * 3, "their own children they know"


def zip_of(client: FlaskClient, run: AnalysisRun) -> dict[str, str]:
    """Return the files of a report's zip by name."""
    answer = client.get(f"/analysis/{run.key}/report.zip")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=interim-report-")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_zip_of_a_report_says_what_is_what_and_holds_the_page_to_open(
    session: Session, sign_in: SignIn, done: AnalysisRun
) -> None:
    found = zip_of(sign_in(make_user(session, role="analyst")), done)
    assert found["report.html"] == REPORT
    assert f"Data cut {done.cut.cut_id}, taken " in found["README.txt"]
    assert "\nreport.html        the report: open this one first" in found["README.txt"]
    assert "\nanalysis_plan.txt  what is computed and why" in found["README.txt"]
    assert "Some tables have a row for each child." in found["README.txt"]
    assert "results.json" not in found["README.txt"], "what is not in the zip is not announced"


def test_the_page_in_an_investigators_zip_holds_what_may_be_seen_and_nothing_else(
    session: Session, sign_in: SignIn, done: AnalysisRun
) -> None:
    found = zip_of(sign_in(make_user(session, role="investigator", site=make_site(session))), done)
    page = found["report.html"]
    picture = base64.b64encode(found["figures/crs.svg"].encode()).decode()
    assert "<h1>Interim report</h1>" in page and "p {}" in page and page.count("<main>") == 1
    assert f'<img src="data:image/svg+xml;base64,{picture}" alt="Day 7: 50 &lt;60">' in page
    assert '<a href="tables/crs.csv">Numbers</a>' in page
    assert "rows.svg" not in page and "rows.csv" not in page and "Row 1" not in page
    assert "Tables and pictures with a row for each child are not in it" in found["README.txt"]


@pytest.mark.parametrize(
    "name",
    [
        *("../errors.txt", "..%2Ferrors.txt", "figures/../../errors.txt", "errors.txt", "tables", "figures/", ""),
        *("/etc/passwd", "%2Fetc%2Fpasswd", "figures/none.svg", "report.html%00", "..%5Cerrors.txt"),
    ],
)
def test_a_name_that_is_not_a_file_of_the_report_is_not_found(
    session: Session, sign_in: SignIn, done: AnalysisRun, name: str
) -> None:
    client = sign_in(make_user(session, role="analyst"))
    assert client.get(f"/analysis/{done.key}/files/{name}").status_code in (404, 308)
    assert client.get(f"/analysis/{done.key}/files/{name}", follow_redirects=True).status_code == 404


def test_a_run_that_is_not_done_has_no_files(session: Session, sign_in: SignIn, cut: Cut, tmp_path: Path) -> None:
    (tmp_path / "run/report").mkdir(parents=True)
    (tmp_path / "run/report/report.html").write_text(REPORT)
    run = store(session, cut, tmp_path / "run", interim.FAILED)
    client = sign_in(make_user(session, role="analyst"))
    addresses = [
        f"/analysis/{run.key}/files/report.html",
        f"/analysis/{run.key}/report.zip",
        f"/analysis/{uuid.uuid4()}",
    ]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]


def test_the_report_as_a_page_is_saved_and_never_shown_as_ours(
    session: Session, sign_in: SignIn, done: AnalysisRun
) -> None:
    answer = sign_in(make_user(session, role="analyst")).get(f"/analysis/{done.key}/files/report.html")
    assert answer.headers["Content-Disposition"] == "attachment; filename=report.html"


def test_a_running_analysis_says_which_chapter_it_is_at(
    session: Session, sign_in: SignIn, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interim, "look", lambda session, at: None)
    run = store(session, cut, tmp_path / "run", interim.RUNNING)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / child_processes.ERRORS).write_text("[1/14] Flow\n[2/14] Baseline\n", encoding="utf-8")
    page = sign_in(make_user(session, role="analyst")).get(f"/analysis/{run.key}").text
    assert "Now at [2/14] Baseline." in page


@pytest.mark.parametrize(
    ("role", "seen", "started"),
    [("coordinator", 403, 403), ("monitor", 403, 403), ("administrator", 403, 403), ("auditor", 200, 403)],
)
def test_who_may_see_and_who_may_start(
    session: Session, sign_in: SignIn, done: AnalysisRun, role: str, seen: int, started: int
) -> None:
    client = sign_in(
        make_user(session, role=role, site=make_site(session) if role in ("coordinator", "monitor") else None)
    )
    addresses = ["/analysis", f"/analysis/{done.key}", f"/analysis/{done.key}/report.zip"]
    assert [client.get(address).status_code for address in addresses] == [seen] * 3
    assert client.post("/analysis", data={"cut": done.cut_key}).status_code == started
