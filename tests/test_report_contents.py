"""The contents of a report: every section by name, with the figures that the reader may download."""

from datetime import datetime
from pathlib import Path

from markupsafe import Markup
from sqlalchemy.orm import Session

from factories import make_site, make_user
from registry.release.models import AnalysisRun
from registry.reports import interim
from registry.views.report_contents import contents_of
from signing_in import SignIn
from small_cut import write_small_cut
from telling_cut import register

SECTIONS = """<section class="chapter" id="chapter-resolution">
<h2>4 Resolution curves</h2>
<section id="section-icans">
<h3>Resolution of ICANS &amp; more</h3>
<figure><div class="scroll picture"><img src="data:," data-file="figures/icans.svg" alt="Day 7: 50 %"></div></figure>
<figure><div class="scroll picture"><img src="data:," data-file="figures/rows.svg" alt="Row 1"></div></figure>
</section></section>"""


def test_each_section_is_named_with_the_figures_that_may_be_had() -> None:
    shown = Markup(SECTIONS.replace('src="data:," data-file="', 'src="/analysis/1/files/'))

    [chapter] = contents_of(shown, {"figures/icans.pdf", "figures/icans.svg", "figures/rows.svg"})

    assert (chapter.id, chapter.title, chapter.figures) == ("chapter-resolution", "4 Resolution curves", [])
    [section] = chapter.sections
    assert (section.id, section.title) == ("section-icans", "Resolution of ICANS &amp; more")
    assert section.figures == ["figures/icans"]


def test_a_report_without_sections_has_no_contents() -> None:
    assert contents_of(Markup("<p>Nothing yet</p>"), set()) == []


def test_a_curve_is_one_click_from_the_top_and_its_figure_another(
    session: Session, sign_in: SignIn, tmp_path: Path
) -> None:
    report = tmp_path / "run/report"
    (report / "figures").mkdir(parents=True)
    (report / "report.html").write_text(f"<main><h1>Interim report</h1>{SECTIONS}</main>")
    for name in ("icans.svg", "icans.pdf", "rows.svg", "rows.pdf"):
        (report / "figures" / name).write_text("<svg/>")
    (report / "tables").mkdir()
    (report / "tables/rows.csv").write_text("endpoint,subject,day\ncrs,child-1,3\n")
    cut = register(session, write_small_cut(tmp_path / "cut"), children=6)
    at = datetime(2026, 7, 1, 8, 0)
    run = AnalysisRun(cut_key=cut.key, status=interim.DONE, folder=str(tmp_path / "run"), started_at=at, finished_at=at)
    run.started_by_id = make_user(session, role="analyst").id
    session.add(run)
    session.commit()

    page = sign_in(make_user(session, role="investigator", site=make_site(session))).get(f"/analysis/{run.key}").text

    assert '<a href="#section-icans">Resolution of ICANS &amp; more</a>' in page
    assert f'<a href="/analysis/{run.key}/files/figures/icans.pdf">PDF<span' in page
    assert f'<a href="/analysis/{run.key}/files/figures/icans.svg">SVG<span' in page
    assert "rows.pdf" not in page, "a row for each child is for roles that see the whole study"
    missing = "Tables with a row for each child, which notes of the report name, such as tables/time_to_event.csv"
    assert missing in page, "a note that names a file which is not there says why"
    whole = sign_in(make_user(session, role="analyst")).get(f"/analysis/{run.key}").text
    assert "rows.csv</a>" in whole and missing not in whole
    assert 'href="#contents">Contents</a>' in page
