"""A site's own records: set-up, protocol versions, reference ranges; each change is in the log."""

import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

import crf_client
from factories import make_site, make_subject, make_user
from forms.infusion_log import days_of, quarters_until
from registry import log_history
from registry.models import ReferenceRange, Site, SiteProtocol, Subject
from registry.site_clock import today_at
from registry.site_state import Capture, approval_on, protocol_on


def set_up(**given):
    values = {
        "name": "Synthetic Center",
        "time_zone": "America/New_York",
        "ethics_reference": "SYN-2026-7",
        "ethics_expires_on": "2027-06-30",
        "agreement_signed_on": "2026-01-15",
        "carhlh_definition": "iec_hs_2023",
        "carhlh_definition_text": "Ferritin above 2 times the upper limit\nand rising.",
    }
    return {**values, **given}


def log_of(app, session, key):
    with app.app_context():
        return [
            (entry.actor_name, entry.action, entry.changes, entry.reason)
            for entry in log_history.of_record(session, key)
        ]


def test_an_administrator_opens_a_center(app, session, sign_in):
    user = make_user(session, role="administrator")
    response = sign_in(user).post("/sites/new", data={"code": "NYC", **set_up()})
    site = session.scalars(select(Site)).one()
    assert response.headers["Location"] == f"/sites/{site.key}"
    assert (site.code, site.name, site.time_zone) == ("NYC", "Synthetic Center", "America/New_York")
    assert (site.ethics_expires_on, site.carhlh_definition) == (date(2027, 6, 30), "iec_hs_2023")
    ((actor, action, changes, reason),) = log_of(app, session, site.key)
    assert (actor, action, reason) == (user.name, "create", "")
    assert changes["ethics_expires_on"] == (None, "2027-06-30")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "nyc"}, "Two to six capital letters, such as DCA."),
        ({"code": "OLD"}, "There is a center with the code OLD already."),
        ({"time_zone": "Mars/Olympus"}, "There is no time zone named Mars/Olympus."),
        ({"ethics_expires_on": "30.06.2027"}, "Write 2027-06-30."),
        ({"ethics_expires_on": "5/6/27"}, "It could be 2027-05-06 or 2027-06-05: write which."),
        ({"ethics_expires_on": "in June"}, "Write the day as 2026-03-05."),
        ({"name": ""}, "Write the name of the center."),
        ({"carhlh_definition": "mine"}, "Not a valid choice"),
    ],
)
def test_a_wrong_set_up_comes_back_with_everything_typed(session, sign_in, wrong, said):
    make_site(session, code="OLD")
    client = sign_in(make_user(session, role="administrator"))
    response = client.post("/sites/new", data={"code": "NYC", **set_up(), **wrong})
    assert response.status_code == 422
    assert said in response.text
    assert "SYN-2026-7" in response.text and "and rising." in response.text
    assert session.scalar(select(Site).where(Site.code == "NYC")) is None


def test_a_change_of_the_set_up_keeps_old_new_and_why(app, session, sign_in):
    site = make_site(session, ethics_expires_on=date(2026, 6, 30), time_zone="America/New_York")
    user = make_user(session, role="coordinator", site=site)
    data = set_up(name=site.name, ethics_reference=site.ethics_reference, reason="renewed on 2026-05-02")
    assert sign_in(user).post(f"/sites/{site.key}/edit", data=data).status_code == 302
    session.refresh(site)
    assert site.ethics_expires_on == date(2027, 6, 30)
    ((_, action, changes, reason),) = log_of(app, session, site.key)
    assert (action, reason) == ("change", "renewed on 2026-05-02")
    assert changes["ethics_expires_on"] == ("2026-06-30", "2027-06-30")
    assert set(changes) == {"ethics_expires_on", "agreement_signed_on", "carhlh_definition", "carhlh_definition_text"}


def test_a_change_without_a_reason_is_not_saved(session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    response = client.post(f"/sites/{site.key}/edit", data=set_up(name="Changed"))
    assert response.status_code == 422
    assert "Say in a few words why this changes; the history keeps it." in response.text
    session.refresh(site)
    assert site.name != "Changed"


def test_the_time_zone_stays_once_a_child_is_enrolled(session, sign_in):
    site = make_site(session, time_zone="Europe/Berlin")
    make_subject(session, site)
    client = sign_in(make_user(session, role="coordinator", site=site))
    response = client.post(f"/sites/{site.key}/edit", data=set_up(reason="moved"))
    assert response.status_code == 422
    assert "The time zone stays Europe/Berlin: this center has enrolled children." in response.text


def test_a_protocol_version_is_added_and_never_replaced(app, session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    data = {"version": "2.1", "effective_from": "2026-02-01", "text": "2 mg/kg every 6 h", "max_single_mg": "100"}
    address = f"/sites/{site.key}/protocols/new"
    assert client.post(address, data=data).status_code == 302
    protocol = session.scalars(select(SiteProtocol)).one()
    assert (protocol.version, protocol.effective_from) == ("2.1", date(2026, 2, 1))
    assert (protocol.text, protocol.line, protocol.max_single_mg, protocol.max_day_mg) == (
        "2 mg/kg every 6 h",
        None,
        100,
        None,
    )
    assert log_of(app, session, protocol.key)[0][2]["site_id"] == (None, site.key)
    again = client.post(address, data=data)
    assert again.status_code == 422
    assert "Version 2.1 is recorded already. A changed text is a new version." in again.text


def test_a_reference_range_takes_its_unit_from_the_analyte(session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="data_manager"))
    data = {"analyte": "alt", "sex": "", "age_from": "0", "age_to": "17", "high": "45"}
    response = client.post(f"/sites/{site.key}/reference-ranges/new", data={**data, "valid_from": "2026-01-01"})
    assert response.status_code == 302, response.text
    found = session.scalars(select(ReferenceRange)).one()
    assert (found.analyte, found.sex, found.unit, found.low, found.high) == ("alt", None, "U/L", None, "45")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"high": "45", "low": "50"}, "It is not above the lower limit, 50. Correct one of them."),
        ({"high": "45", "low": "45.0"}, "It is not above the lower limit, 45.0. Correct one of them."),
        ({"high": "", "low": ""}, "Write at least one of the two limits."),
        ({"high": "", "low": "  "}, "Write at least one of the two limits."),
        ({"high": "about 45"}, "“about 45” is not a number. Write digits, such as 12.5."),
        ({"high": "NaN"}, "“NaN” is not a number."),
        ({"low": "1e400"}, "“1e400” is not a number."),
        ({"low": "1_0"}, "“1_0” is not a number."),
        ({"high": "٣٥"}, "“٣٥” is not a number."),
        ({"high": "4,5"}, "“4,5”: write the number with a point, such as 4.5, and without thousands marks."),
        ({"high": "45.25"}, "“45.25” has 2 decimals; give at most 1 decimal."),
        ({"low": "-5"}, "Write a number from 0 to 30000, or leave this empty when there is no limit."),
        ({"high": "30001"}, "Write a number from 0 to 30000, or leave this empty when there is no limit."),
        ({"valid_from": "2199-01-01"}, "2199-01-01 is more than a year from today. Check the year."),
        ({"valid_from": "1026-01-01"}, "1026-01-01: the year is before 1900. Check the year."),
        ({"age_to": "1_7"}, "“1_7” is not a number."),
        ({"age_to": "-1"}, "Write a whole number from 0 to 1500."),
        ({"age_from": "18"}, "The last age is before the first."),
        ({"age_to": "121"}, "Write a whole number from 0 to 120, or count the ages in months."),
        ({"unit": "umol/L"}, "“umol/L” is not a unit of ALT. Use one of: U/L, IU/L, ukat/L."),
        (
            {"unit": "ukat/L", "high": "501"},
            "Write a number from 0 to 30000 U/L: 501 ukat/L is 30060 U/L, or leave this empty when there is no limit.",
        ),
        ({"laboratory": "x" * 81}, "Shorten this to 80 characters."),
        ({"analyte": ""}, "Choose the analyte."),
    ],
)
def test_a_reference_range_that_cannot_be_is_refused_in_words(session, sign_in, wrong, said):
    site = make_site(session)
    client = sign_in(make_user(session, role="data_manager"))
    data = {"analyte": "alt", "age_from": "0", "age_to": "17", "high": "45", "valid_from": "2026-01-01"}
    response = client.post(f"/sites/{site.key}/reference-ranges/new", data={**data, **wrong})
    assert (response.status_code, said in response.text) == (422, True)
    assert all(f'value="{typed}"' in response.text for typed in wrong.values() if typed.strip())
    assert session.scalars(select(ReferenceRange)).all() == []


def test_a_limit_is_kept_as_it_was_typed(session, sign_in):
    site = make_site(session)
    data = {"analyte": "creatinine", "age_from": "0", "age_to": "17", "low": " 0.20 ", "high": "0.9"}
    client = sign_in(make_user(session, role="data_manager"))
    response = client.post(f"/sites/{site.key}/reference-ranges/new", data={**data, "valid_from": "2026-01-01"})
    assert response.status_code == 302, response.text
    found = session.scalars(select(ReferenceRange)).one()
    assert (found.low, found.high) == ("0.20", "0.9")


def test_a_range_is_kept_in_the_unit_the_ages_and_for_the_laboratory_that_state_it(session, sign_in):
    site = make_site(session)
    client = sign_in(make_user(session, role="data_manager"))
    data = {
        "analyte": "creatinine",
        "laboratory": "Referring hospital",
        "counted_in": "months",
        "age_from": "6",
        "age_to": "23",
        "unit": "µmol/L",
        "high": "35",
        "valid_from": "2026-01-01",
    }
    response = client.post(f"/sites/{site.key}/reference-ranges/new", data=data)
    assert response.status_code == 302, response.text
    found = session.scalars(select(ReferenceRange)).one()
    assert (found.laboratory, found.unit, found.high) == ("Referring hospital", "µmol/L", "35")
    ages = (found.age_from_years, found.age_from_months, found.age_to_years, found.age_to_months)
    assert ages == (0, 6, 1, 11)
    page = client.get(f"/sites/{site.key}").text
    assert "6 to 23 months" in page and "Referring hospital" in page


def test_the_page_of_a_reference_range_prints_units_as_on_the_ward(session, sign_in):
    site = make_site(session)
    page = sign_in(make_user(session, role="data_manager")).get(f"/sites/{site.key}/reference-ranges/new").text
    assert ">Neutrophils (ANC) (10⁹/L)</option>" in page
    assert "such as µmol/L" in page


PAGES = ("", "/edit", "/protocols/new", "/reference-ranges/new", "/infusion-log/2026-Q1")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_sites_records_do_not_exist(session, sign_in, page, method):
    own, other = make_site(session), make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=own))
    expected = 405 if (page, method) == ("", "POST") else 404
    assert client.open(f"/sites/{other.key}{page}", method=method).status_code == expected


@pytest.mark.parametrize("page", PAGES[1:])
@pytest.mark.parametrize("role", ["investigator", "monitor"])
def test_at_the_own_site_a_role_without_the_right_is_refused(session, sign_in, page, role):
    site = make_site(session)
    client = sign_in(make_user(session, role=role, site=site))
    assert client.get(f"/sites/{site.key}").status_code == 200
    assert client.get(f"/sites/{site.key}{page}").status_code == 403


def test_a_site_page_shows_what_was_typed_as_text(session, sign_in):
    site = make_site(session, name="<script>alert(1)</script>", carhlh_definition_text="{{7*7}} <b>bold</b>")
    page = sign_in(make_user(session, role="data_manager")).get(f"/sites/{site.key}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert" not in page
    assert "{{7*7}} &lt;b&gt;bold&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("ends", "allows", "words"),
    [
        (None, False, "Approval not recorded"),
        (date(2026, 3, 4), False, "Approval lapsed on 2026-03-04"),
        (date(2026, 3, 5), True, "Approval ends on 2026-03-05"),
        (date(2026, 5, 4), True, "Approval ends on 2026-05-04"),
        (date(2026, 5, 5), True, "Approved until 2026-05-05"),
    ],
)
def test_an_approval_holds_through_its_last_day(ends, allows, words):
    found = approval_on(Site(ethics_expires_on=ends), date(2026, 3, 5))
    assert (found.allows_enrolment, found.words) == (allows, words)


def test_the_day_at_a_site_is_the_day_of_its_clock():
    midnight = datetime(2026, 3, 5, 0, 30)
    assert today_at(Site(time_zone="America/New_York"), midnight) == date(2026, 3, 4)
    assert today_at(Site(time_zone="Asia/Tokyo"), midnight) == date(2026, 3, 5)


def test_the_protocol_in_force_is_the_newest_that_has_begun():
    protocols = [SiteProtocol(id=i, effective_from=date(2026, month, 1)) for i, month in ((1, 1), (2, 3), (3, 5))]
    assert protocol_on(protocols, date(2026, 4, 1)) is protocols[1]
    assert protocol_on(protocols, date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("enrolled", "infused", "percent", "low"), [(0, 0, None, False), (8, 10, 80, False), (79, 100, 79, True)]
)
def test_the_share_of_infused_children_enrolled(enrolled, infused, percent, low):
    found = Capture(enrolled=enrolled, infused=infused)
    assert (found.percent, found.is_low) == (percent, low)


def test_quarters_go_back_over_the_turn_of_the_year():
    assert quarters_until(date(2026, 4, 1))[:3] == ["2026-Q2", "2026-Q1", "2025-Q4"]


def test_the_days_of_each_quarter_follow_those_of_the_one_before():
    found = [days_of(f"2026-Q{number}") for number in (1, 2, 3, 4)]
    lasts = [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)]
    assert found[0][0] == date(2026, 1, 1) and [last for _, last in found] == lasts
    assert [first for first, _ in found[1:]] == [last + timedelta(days=1) for last in lasts[:-1]]


@pytest.mark.parametrize(
    ("ends", "enrolled", "said"),
    [
        (None, 0, "cannot enrol on that day. Approval not recorded: record the renewal on the site's page."),
        (date(2026, 2, 28), 0, "cannot enrol on that day. Approval lapsed on 2026-02-28"),
        (date(2026, 3, 1), 1, ""),
    ],
)
def test_enrolment_stops_when_the_approval_was_not_in_force_that_day(session, sign_in, ends, enrolled, said):
    site = make_site(session, ethics_expires_on=ends)
    client = sign_in(make_user(session, role="coordinator", site=site))
    typed = {"enrolled_on": "2026-03-01", "birth_date": "2015-07", "sex": "female", "_do": "save"}
    answer = crf_client.save(client, "/subjects/enrol", {name: [text] for name, text in typed.items()})
    assert len(session.scalars(select(Subject)).all()) == enrolled, answer.text
    assert said in " ".join(crf_client.problems(answer))
    assert answer.status_code == (302 if enrolled else 422)
    assert enrolled or 'value="2015-07"' in answer.text


@pytest.mark.parametrize(
    ("ages", "shown"),
    [
        ({"counted_in": "years", "age_from": "2", "age_to": "17"}, ("2", "17")),
        ({"counted_in": "months", "age_from": "6", "age_to": "23"}, ("6", "23")),
    ],
)
def test_the_next_range_of_a_list_begins_with_what_all_of_them_share(session, sign_in, ages, shown):
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    data = {"analyte": "alt", "laboratory": "Hill & Vale", "sex": "male", **ages, "low": "", "high": "45"}
    data |= {"valid_from": "2026-01-01", "another": "yes"}

    added = client.post(f"/sites/{site.key}/reference-ranges/new", data=data)
    following = client.get(added.location)

    assert "?like=" in added.location
    assert "The reference range of ALT is recorded." in following.text
    assert 'value="Hill &amp; Vale"' in following.text
    assert '<option selected value="male">' in following.text
    for name, text in zip(("age_from", "age_to"), shown, strict=True):
        assert re.search(rf'name="{name}"[^>]*value="{text}"', following.text)
    assert re.search(r'name="valid_from"[^>]*value="2026-01-01"', following.text)
    assert not re.search(r'name="high"[^>]*value="45"', following.text)
