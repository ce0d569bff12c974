"""The infusion log: counts of a quarter that has begun, read strictly, asked back where they contradict each other."""

import re
from datetime import datetime

import pytest
from sqlalchemy import select

from children import make_child
from factories import make_site, make_user
from registry import log_history
from registry.models import InfusionLog, Site
from registry.views import sites

COUNTED = {"infused": "12", "approached": "11", "consented": "10", "refused": "1", "enrolled": "9"}
CONTRADICTING = {"infused": "1", "approached": "5", "consented": "9", "refused": "9", "enrolled": "30"}
CONTRADICTIONS = {
    "infused": "30 enrolled, but only 1 infused.",
    "approached": "5 asked, but only 1 infused.",
    "refused": "18 agreed or declined, but only 5 asked.",
    "enrolled": "30 enrolled, but only 9 agreed.",
}


def history_of(app, session, log):
    with app.app_context():
        return log_history.of_record(session, log.key)


def test_the_infusion_log_is_counted_once_and_corrected_with_a_reason(app, session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    address = f"/sites/{site.key}/infusion-log/2026-Q1"
    assert client.post(address, data=COUNTED).status_code == 302
    assert client.post(address, data={**COUNTED, "enrolled": "10"}).status_code == 422
    assert client.post(address, data={**COUNTED, "enrolled": "10", "reason": "one found"}).status_code == 302
    log = session.scalars(select(InfusionLog)).one()
    assert (log.quarter, log.infused, log.enrolled) == ("2026-Q1", 12, 10)
    last = history_of(app, session, log)[-1]
    assert (last.changes, last.reason) == ({"enrolled": (9, 10)}, "one found")
    assert "10 of 12 (83 %)" in client.get(f"/sites/{site.key}").text


def test_a_quarter_tells_its_days_and_how_many_of_its_children_are_on_record(app, session, sign_in):
    child = make_child(app, session, sign_in)  # infused on 2026-03-05
    address = f"/sites/{session.get_one(Site, child.site_id).key}"
    told = {quarter: child.client.get(f"{address}/infusion-log/{quarter}").text for quarter in ("2025-Q4", "2026-Q1")}
    assert "2026-01-01 to 2026-03-31" in told["2026-Q1"]
    known = {quarter: re.findall(r"with an infusion in these days: (\d)\.", page) for quarter, page in told.items()}
    assert known == {"2025-Q4": ["0"], "2026-Q1": ["1"]}


def test_what_is_still_to_be_counted_stands_before_what_is_counted(session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    client.post(f"/sites/{site.key}/infusion-log/2026-Q1", data=COUNTED)
    page = client.get(f"/sites/{site.key}").text
    assert page.index("Still to count") < page.index('<th scope="row">2026-Q1</th>')


def test_more_enrolled_than_infused_is_said_in_words_and_not_as_a_share(session, sign_in):
    site = make_site(session)
    counts = {"infused": 4, "approached": 4, "consented": 4, "refused": 0, "enrolled": 6}
    session.add(InfusionLog(site_id=site.id, quarter="2026-Q1", **counts))
    session.commit()
    pages = [
        sign_in(make_user(session, role="coordinator", site=site)).get(f"/sites/{site.key}").text,
        sign_in(make_user(session, role="data_manager")).get("/monitoring").text,
        sign_in(make_user(session, role="data_manager")).get(f"/monitoring/{site.key}").text,
    ]
    for page in pages:
        assert "6 enrolled, 4 infused" in page and "more enrolled than infused" in page
        assert "150 %" not in page


@pytest.mark.parametrize("typed", ["1_0", "٣", "３", "1e1", "9.5", "1,000", "-1", "100001"])
def test_a_count_is_read_as_the_casebook_reads_whole_numbers(session, sign_in, typed):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    response = client.post(f"/sites/{site.key}/infusion-log/2026-Q1", data={**COUNTED, "infused": typed})
    assert response.status_code == 422
    assert 'id="infused-error"' in response.text and f'value="{typed}"' in response.text
    assert session.scalars(select(InfusionLog)).all() == []


def test_counts_that_do_not_fit_together_are_asked_back_beside_their_fields(session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    response = client.post(f"/sites/{site.key}/infusion-log/2026-Q1", data=CONTRADICTING)
    assert response.status_code == 422
    for name, said in CONTRADICTIONS.items():
        assert f'id="{name}-error">{said} Correct the counts, or tick below that they were checked.' in response.text
    assert [f'value="{typed}"' in response.text for typed in CONTRADICTING.values()] == [True] * 5
    assert '<label for="reason">Why is it so?</label>' in response.text  # it is needed now
    assert session.scalars(select(InfusionLog)).all() == []


def test_a_count_beyond_its_limit_is_told_so_beside_what_does_not_fit(session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    response = client.post(f"/sites/{site.key}/infusion-log/2026-Q1", data={**COUNTED, "enrolled": "100001"})
    said = "Write a whole number from 0 to 100000. 100001 enrolled, but only 10 agreed."
    assert (response.status_code, f'id="enrolled-error">{said}' in response.text) == (422, True)


def test_counts_that_were_checked_are_saved_with_the_reason(app, session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    address = f"/sites/{site.key}/infusion-log/2026-Q1"
    late = {**COUNTED, "consented": "8", "checked": "9 enrolled, but only 8 agreed."}
    without_reason = client.post(address, data=late)
    assert without_reason.status_code == 422
    assert "Say in a few words why the counts do not fit together" in without_reason.text
    assert "checked" in without_reason.text and 'id="enrolled-error"' not in without_reason.text
    assert client.post(address, data={**late, "reason": "one agreed in December"}).status_code == 302
    log = session.scalars(select(InfusionLog)).one()
    assert (log.consented, log.enrolled) == (8, 9)
    assert history_of(app, session, log)[-1].reason == "one agreed in December"


def test_a_tick_holds_for_the_counts_it_was_given_for(session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    ticked = {"checked": "9 enrolled, but only 8 agreed.", "reason": "one agreed in December"}
    other = {**COUNTED, "consented": "7", **ticked}
    response = client.post(f"/sites/{site.key}/infusion-log/2026-Q1", data=other)
    assert response.status_code == 422
    assert "9 enrolled, but only 7 agreed." in response.text and "one agreed in December" in response.text
    assert session.scalars(select(InfusionLog)).all() == []


@pytest.mark.parametrize(("time_zone", "status"), [("America/New_York", 422), ("Asia/Tokyo", 302)])
def test_a_quarter_is_counted_once_it_has_begun_at_the_site(session, sign_in, monkeypatch, time_zone, status):
    monkeypatch.setattr(sites, "utc_now", lambda: datetime(2026, 10, 1, 3, 0))
    site = make_site(session, time_zone=time_zone)
    client = sign_in(make_user(session, role="coordinator", site=site))
    response = client.post(f"/sites/{site.key}/infusion-log/2026-Q4", data=COUNTED)
    has_begun = status == 302
    assert response.status_code == status
    assert ("2026-Q4 has not begun. Count a quarter once it has." in response.text) is not has_begun
    assert ('value="12"' in response.text) is not has_begun
    assert len(session.scalars(select(InfusionLog)).all()) == has_begun


@pytest.mark.parametrize("quarter", ["2026-Q5", "20٢٦-Q1", "26-Q1", "2026", "2026-Q1x"])
def test_a_quarter_that_does_not_exist_is_not_found(session, sign_in, quarter):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    assert client.get(f"/sites/{site.key}/infusion-log/{quarter}").status_code == 404
