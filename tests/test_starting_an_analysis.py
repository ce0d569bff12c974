"""Choosing a cut and some children, and starting an analysis of them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis_runs import store
from factories import make_site, make_user
from registry.database import utc_now
from registry.models import User
from registry.release.models import AnalysisRun, Cut
from registry.reports import interim
from registry.templating import show_moment
from registry.views import cuts
from signing_in import SignIn
from small_cut import write_small_cut
from telling_cut import register


@pytest.fixture
def cut(session: Session, tmp_path: Path) -> Cut:
    return register(session, write_small_cut(tmp_path / "cut"), children=6)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("MOST_WAITING", interim.QUEUED, "1 analyses of yours are under way."),
        ("MOST_A_DAY", interim.DONE, "You started 1 analyses within 24 hours"),
    ],
)
def test_a_person_starts_only_so_many_analyses_and_keeps_what_was_chosen(
    session: Session,
    sign_in: SignIn,
    cut: Cut,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    status: str,
    said: str,
) -> None:
    monkeypatch.setattr(interim, name, 1)
    monkeypatch.setattr(interim, "look", lambda session, at: None)
    run = store(session, cut, tmp_path, status)
    run.started_at = utc_now()
    client = sign_in(session.get_one(User, run.started_by_id))
    answer = client.post("/analysis", data={"cut": "new", "age_from": "7"})
    assert answer.status_code == 422
    assert said in answer.text and 'value="7"' in answer.text
    assert len(session.scalars(select(AnalysisRun)).all()) == len(session.scalars(select(Cut)).all()) == 1
    other = sign_in(make_user(session, role="analyst"))
    assert other.post("/analysis", data={"cut": cut.key}).status_code == 302


def test_an_analysis_of_a_new_cut_that_cannot_be_taken_says_why(
    session: Session, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuts, "MOST_A_DAY", 0)
    client = sign_in(make_user(session, role="analyst"))
    answer = client.post("/analysis", data={"cut": "new", "age_from": "7"})
    assert answer.status_code == 422
    assert "You took 0 data cuts within 24 hours" in answer.text and 'value="7"' in answer.text
    answer = client.post("/cuts", data={"name": "June"})
    assert answer.status_code == 422
    assert "You took 0 data cuts" in answer.text and 'value="June"' in answer.text
    assert session.scalars(select(Cut)).all() == []


def test_a_new_cut_is_offered_first(session: Session, sign_in: SignIn, cut: Cut) -> None:
    investigator = make_user(session, role="investigator", site=make_site(session))

    page = sign_in(investigator).get("/analysis").text

    offered = page.split('name="cut"')[1].split("</select>")[0]
    assert re.findall(r'<option value="([^"]+)">', offered) == ["new", cut.key]


def test_a_cut_is_offered_by_its_name_its_time_and_its_children(session: Session, sign_in: SignIn, cut: Cut) -> None:
    cut.name = "Spring <report>"
    session.commit()

    page = sign_in(make_user(session, role="analyst")).get("/analysis").text

    assert f'<option value="{cut.key}">Spring &lt;report&gt;, {show_moment(cut.taken_at)}: 6 children,' in page


def test_the_days_of_a_limited_analysis_are_typed_as_in_the_casebook(
    session: Session, sign_in: SignIn, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interim, "look", lambda session, at: None)
    client = sign_in(make_user(session, role="analyst"))

    fields = re.findall(r'<input [^>]*name="infused_(?:from|to)"[^>]*>', client.get("/analysis").text)
    client.post("/analysis", data={"cut": cut.key, "infused_from": "2026-03-05"})

    assert len(fields) == 2
    assert all('type="text"' in field and 'placeholder="2026-03-05"' in field for field in fields)
    assert session.query(AnalysisRun).one().selection == {"infused_from": ["2026-03-05"]}


def test_a_choice_that_is_no_cut_is_refused_in_words(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_user(session, role="analyst"))
    assert "Choose the data cut to analyse." in client.post("/analysis", data={"cut": "x"}, follow_redirects=True).text
    assert session.query(AnalysisRun).count() == 0


def test_an_analysis_of_some_children_says_so_and_hands_it_to_the_command(
    session: Session, sign_in: SignIn, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interim, "look", lambda session, at: None)
    client = sign_in(make_user(session, role="analyst"))
    client.post("/analysis", data={"cut": cut.key, "product": "tisagenlecleucel", "age_to": "12"})
    run = session.query(AnalysisRun).one()
    assert interim.command_of(run)[-2:] == ["--product=tisagenlecleucel", "--age-to=12"]
    limits = "Product: Tisagenlecleucel; Age at infusion: to 12 years"
    assert f"Only {limits}." in client.get(f"/analysis/{run.key}").text
    assert f'<td data-label="Only">{limits}</td>' in client.get("/analysis").text


def test_filters_that_exclude_each_other_are_refused_and_kept_on_the_page(
    session: Session, sign_in: SignIn, cut: Cut
) -> None:
    client = sign_in(make_user(session, role="analyst"))
    answer = client.post("/analysis", data={"cut": cut.key, "age_from": "12", "age_to": "3", "route": "sc"})
    assert answer.status_code == 422
    assert "Age: from 12 to 3 years holds nobody. Exchange the two." in answer.text
    assert '<details class="filters" open>' in answer.text
    assert 'value="12"' in answer.text and '<option selected value="sc">' in answer.text
    assert f'<option value="{cut.key}" selected>' in answer.text
    wrong = client.post("/analysis", data={"cut": cut.key, "infused_from": "5 March", "product": "x"}).text
    assert "Write the day as 2026-03-05." in wrong and "Not a valid choice" in wrong
    assert session.query(AnalysisRun).count() == 0


def test_a_limited_analysis_that_failed_can_be_started_again_with_its_limits(
    session: Session, sign_in: SignIn, cut: Cut, tmp_path: Path
) -> None:
    run = store(session, cut, tmp_path / "run", interim.FAILED, "It stopped.")
    run.selection = {"route": ["sc"]}
    session.commit()
    page = sign_in(make_user(session, role="analyst")).get(f"/analysis/{run.key}").text
    assert '<input type="hidden" name="route" value="sc">' in page


def test_an_auditor_cannot_take_a_cut_by_starting_an_analysis(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_user(session, role="auditor"))
    assert client.get("/analysis").status_code == 200
    assert client.post("/analysis", data={"cut": "new"}).status_code == 403
