"""Two reports whose filters differ by a child: what stands in one and not in the other is about that child."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from factories import make_site, make_subject, make_user
from registry.models import Site
from registry.release.models import AnalysisRun, Cut
from registry.reports import interim
from signing_in import SignIn
from small_cut import write_small_cut
from telling_cut import register

Reporting = Callable[[dict[str, list[str]], Sequence[str]], AnalysisRun]
IN_THE_CUT = 60
EVERYBODY: dict[str, list[str]] = {}


def until(day: str) -> dict[str, list[str]]:
    return {"infused_to": [day]}


@pytest.fixture
def reporting(session: Session, tmp_path: Path) -> Reporting:
    """Return a function that stores a finished report of some children, by hand."""
    cut: Cut = register(session, write_small_cut(tmp_path / "cut"), children=IN_THE_CUT)
    starter = make_user(session, role="analyst")

    def report(selection: dict[str, list[str]], children: Sequence[str]) -> AnalysisRun:
        at = datetime(2026, 7, 1, 8, 0)
        run = AnalysisRun(cut_key=cut.key, status=interim.DONE, folder="", started_by_id=starter.id, started_at=at)
        session.add(run)
        session.flush()
        run.selection, run.folder = selection, str(tmp_path / run.key)
        tables = tmp_path / run.key / "report/tables"
        tables.mkdir(parents=True)
        (tables.parent / "report.html").write_text("<html><body><main><p>Numbers</p></main></body></html>")
        (tables.parent / "results.json").write_text(json.dumps({"cut": {"subjects": len(children)}}))
        (tables / "rows.csv").write_text("\n".join(["endpoint,subject", *(f"crs,{child}" for child in children)]))
        session.commit()
        return run

    return report


@pytest.fixture
def own_site(session: Session) -> Site:
    return make_site(session, code="OWN")


def children(session: Session, site: Site, number: int) -> list[str]:
    return [make_subject(session, site).key for _ in range(number)]


def test_a_report_that_differs_from_another_by_few_children_is_for_study_wide_roles_only(
    session: Session, sign_in: SignIn, reporting: Reporting, own_site: Site
) -> None:
    others = children(session, make_site(session, code="FAR"), 40)
    first = reporting(until("2026-03-01"), others[:20])
    seen = {
        "one child more": (reporting(until("2026-03-02"), others[:21]), 404),
        "one exchanged": (reporting(until("2026-03-03"), [*others[:19], others[30]]), 404),
        "the same filters in a later cut": (reporting(until("2026-03-01"), others[:19]), 200),
        "eleven more than any before": (reporting(until("2026-04-01"), others[:32]), 200),
        "the very same children": (reporting(until("2026-04-02"), others[:32]), 200),
        "everybody": (reporting(EVERYBODY, others[:33]), 200),
    }
    investigator = sign_in(make_user(session, role="investigator", site=own_site))
    analyst = sign_in(make_user(session, role="analyst"))
    for why, (run, status) in {"the first": (first, 200), **seen}.items():
        address = f"/analysis/{run.key}/files/results.json"
        assert (investigator.get(address).status_code, analyst.get(address).status_code) == (status, 200), why
        page = investigator.get(f"/analysis/{run.key}").text
        assert ("almost the same as another one" in page) == (status == 404), why


def test_a_report_that_leaves_out_few_children_of_the_cut_is_too(
    session: Session, sign_in: SignIn, reporting: Reporting, own_site: Site
) -> None:
    others = children(session, make_site(session, code="FAR"), IN_THE_CUT)
    runs = [reporting(until("2026-03-01"), others[:number]) for number in (IN_THE_CUT - 11, IN_THE_CUT - 1, IN_THE_CUT)]
    investigator = sign_in(make_user(session, role="investigator", site=own_site))
    seen = [investigator.get(f"/analysis/{run.key}/files/results.json").status_code for run in runs]
    assert seen == [200, 404, 200]


def test_what_is_between_two_reports_may_be_children_of_the_own_site(
    session: Session, sign_in: SignIn, reporting: Reporting, own_site: Site
) -> None:
    others, own = children(session, make_site(session, code="FAR"), 20), children(session, own_site, 2)
    reporting(until("2026-03-01"), others)
    runs = [reporting(until("2026-03-02"), [*others, own[0]]), reporting(until("2026-03-03"), [*others[1:], *own])]
    investigator = sign_in(make_user(session, role="investigator", site=own_site))
    seen = [investigator.get(f"/analysis/{run.key}/files/results.json").status_code for run in runs]
    assert seen == [200, 404]


@pytest.mark.parametrize(("elsewhere", "status"), [(0, 200), (1, 404), (10, 404), (11, 200)])
def test_few_children_of_other_sites_do_not_stand_out_among_many_own_ones(
    session: Session, sign_in: SignIn, reporting: Reporting, own_site: Site, elsewhere: int, status: int
) -> None:
    own, others = children(session, own_site, 12), children(session, make_site(session, code="FAR"), elsewhere)
    run = reporting({"site": ["OWN", "FAR"]}, [*own, *others])
    investigator = sign_in(make_user(session, role="investigator", site=own_site))
    assert investigator.get(f"/analysis/{run.key}/files/results.json").status_code == status
