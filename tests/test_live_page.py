"""What a page says while it is typed: the answer of the one judge, and nothing is stored."""

import html
import re
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import crf_client
from children import Child, make_child
from factories import make_site, make_user
from forms.casebook import CASEBOOK
from forms.dosing.immunosuppressants_open import IMMUNOSUPPRESSANTS_BY_DAY
from forms.dosing.steroids import STEROID_EQUIVALENT
from forms.form import Form
from forms.grading.infection import INFECTION_SEVERITY, Treatment, severity
from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, RuleSet, Verdict
from registry import live
from registry.log_tables import Change
from registry.models import Draft, RoleGrant, Site
from registry.saving import verdicts
from registry.verdict_words import ShownVerdict, beside_items, in_words
from registry.views import live as live_page
from signing_in import SignIn

NEW = "5f0c1f0e-0000-4000-8000-000000000001"


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def said(child: Child, form: str, typed: dict[str, list[str]], key: str = NEW) -> Any:
    answer = child.client.post(f"{child.page(form, key)}/said", data=MultiDict(typed))
    assert answer.status_code == 200, answer.text
    return answer.json


def words(piece: str) -> str:
    """Return a piece of the page as a person reads it."""
    return " ".join(re.sub(r"<[^>]+>", " ", piece).split())


def test_a_derived_value_follows_what_is_typed(child: Child) -> None:
    heard = said(child, "baseline", {"weight_kg": ["20"], "height_cm": ["110"]})
    # 20 kg / (1.10 m)^2 = 16.5 kg/m2
    assert heard["derived"]["body_mass_index"] == "16.5 kg/m²"
    assert "body_mass_index" not in said(child, "baseline", {"weight_kg": ["20"]})["derived"]


def test_what_cannot_be_saved_is_said_beside_its_field_with_its_kind(child: Child) -> None:
    heard = said(child, "assessment", {"systolic_mmhg": ["60"], "diastolic_mmhg": ["90"], "temperature_c": ["38,5"]})
    assert words(heard["items"]["systolic_mmhg"]).startswith("Cannot be saved: Systolic 60 mmHg is not above")
    assert "write the number with a point" in words(heard["items"]["temperature_c"])


@pytest.mark.parametrize("refused", ["meets_age", "car_t_given_or_planned", "consent_obtained"])
def test_a_condition_of_enrolment_answered_no_is_said_beside_that_question(child: Child, refused: str) -> None:
    conditions = dict.fromkeys(("meets_age", "car_t_given_or_planned", "consent_obtained"), "yes")

    answer = child.client.post(f"/enrolment/{uuid.uuid4()}/said", data={**conditions, refused: "no"}).get_json()

    assert list(answer["items"]) == [refused]
    assert "At least one condition of enrolment is answered No." in answer["items"][refused]


def test_an_answer_that_is_still_missing_is_not_spoken_of(child: Child) -> None:
    assert said(child, "baseline", {})["items"] == {}


def test_what_is_typed_comes_back_as_text_never_as_markup(child: Child) -> None:
    heard = said(child, "baseline", {"weight_kg": ["<script>alert(1)</script>"]})
    assert "<script>" not in heard["items"]["weight_kg"]
    assert "&lt;script&gt;" in heard["items"]["weight_kg"]


def test_nothing_is_computed_from_a_date_that_cannot_be(child: Child) -> None:
    typed = {"infusion": [child.links["infusion"]], "kind": ["icu"], "started_at": ["0206-03-06"]}
    heard = said(child, "support", {**typed, "ended_at": ["2026-03-09"]})
    assert words(heard["items"]["started_at"]) == (
        "Cannot be saved: Start 0206-03-06: the year is before 1900. Check the year."
    )
    assert heard["derived"] == {} and list(heard["items"]) == ["started_at"]


HOSTILE = (
    *(
        "{why}",
        "{0}",
        "{0.__class__}",
        "%(key)s",
        "<b>x</b>",
        "\x00",
        "\ufffd",
        "9" * 5000,
        "1e999999",
        "NaN",
        "²",
        "٣",
    ),
    *("0001-01-01", "0001-01-01 00:00", "9999-12-31", "9999-12-31 23:59", "2026-02-30", "x" * 5000, "{" * 500),
)


@pytest.mark.parametrize("form", CASEBOOK.values(), ids=lambda form: form.name)
def test_whatever_is_typed_in_every_field_at_once_the_page_is_answered(child: Child, form: Form) -> None:
    """As itself, and beside it as its unit and as the reason why it is missing: no error, no markup, no template."""
    for typed in HOSTILE:
        own = {name: [typed] for name in form.typed_items}
        beside = {f"{name}__{kind}": [typed] for name in own for kind in ("unit", "missing")}
        for fields in (own, own | beside):
            heard = said(child, form.name, fields)
            assert "<b>" not in f"{heard}" and "<class" not in f"{heard}"


def test_a_page_with_many_more_values_than_it_has_is_answered(child: Child) -> None:
    heard = said(child, "infection", {"positive_samples": [str(number) for number in range(10_000)]})
    assert "positive_samples" in heard["items"] and len(f"{heard}") < 10_000
    assert said(child, "baseline", {f"no_such_{number}": ["1"] for number in range(10_000)})["items"] == {}


@pytest.mark.parametrize("record", ["0", "%00", "5f0c1f0e-0000-4000-8000-00000000000g", "..%2f.."])
def test_a_key_that_is_none_is_no_page(child: Child, record: str) -> None:
    assert child.client.post(f"{child.page('infection', record)}/said").status_code == 404
    assert child.client.post(f"/enrolment/{record}/said").status_code == 404


def test_a_page_sent_from_elsewhere_is_not_answered(child: Child, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    monkeypatch.setitem(app.config, "WTF_CSRF_CHECK_DEFAULT", True)
    for address in (f"{child.page('baseline', NEW)}/said", f"/enrolment/{NEW}/said"):
        answer = child.client.post(address, data={"weight_kg": "20"})
        assert (answer.status_code, answer.is_json) == (400, False)


def test_no_answer_of_a_child_reaches_the_log_of_errors(
    child: Child, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("a rule that fails")

    monkeypatch.setattr(live, "check_row", fail)
    answer = child.client.post(f"{child.page('response', NEW)}/said", data={"site_words": "Xanthippe"})
    assert answer.status_code == 500
    assert [word for word in ("Xanthippe", child.code, child.key) if word in caplog.text] == []


def test_a_page_that_is_being_typed_is_stored_nowhere(child: Child, session: Session) -> None:
    before = session.scalar(select(func.count()).select_from(Change))
    said(child, "baseline", {"weight_kg": ["20"], "disease": ["b_all"]})
    assert session.scalar(select(func.count()).select_from(Change)) == before
    assert session.scalar(select(func.count()).select_from(Draft)) == 0
    assert child.stored("baseline") == []


def test_a_doubt_that_was_settled_is_not_raised_again_until_the_value_changes(child: Child) -> None:
    typed = {"assessed_on": ["2026-02-26"], "disease": ["b_all"], "relapses": ["16"]}
    assert "relapses" in said(child, "baseline", typed)["items"]
    crf_client.save(child.client, child.page("baseline"), typed)
    (record,) = child.stored("baseline")
    assert "relapses" not in said(child, "baseline", typed, record.key)["items"]
    assert "relapses" in said(child, "baseline", {**typed, "relapses": ["17"]}, record.key)["items"]


def test_what_was_settled_about_a_record_of_another_child_says_nothing_here(
    app: Flask, session: Session, sign_in: SignIn, child: Child
) -> None:
    """A doubt that is silent would tell another center's answer to whoever tries values under the key of its record."""
    typed = {"assessed_on": ["2026-02-26"], "disease": ["b_all"], "relapses": ["16"]}
    elsewhere = make_child(app, session, sign_in)
    crf_client.save(elsewhere.client, elsewhere.page("baseline"), typed)
    (record,) = elsewhere.stored("baseline")
    assert "relapses" in said(child, "baseline", typed, record.key)["items"]


def test_the_enrolment_page_of_a_child_without_a_code_is_judged_too(child: Child) -> None:
    typed = {"birth_date": ["2016-05"], "enrolled_on": ["2026-03-01"]}
    answer = child.client.post(f"/enrolment/{NEW}/said", data=MultiDict(typed))
    assert answer.json["derived"]["age_at_enrolment"] == "9 years"


def test_today_is_that_of_the_site_where_the_child_is_enrolled(
    session: Session, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An evening in Seattle is the next day in UTC and in Berlin."""
    monkeypatch.setattr(live_page, "utc_now", lambda: datetime(2026, 3, 8, 2, 0))
    here, there = make_site(session, time_zone="America/Los_Angeles"), make_site(session)
    both = make_user(session, role="coordinator", site=here)
    session.add(RoleGrant(user_id=both.id, role="coordinator", site_id=there.id, began_at=datetime(2026, 1, 1)))
    session.flush()
    client = sign_in(both)
    typed = {"enrolled_on": ["2026-03-08"]}

    found = [
        client.post(f"/enrolment/{NEW}/said", data=MultiDict({**typed, "_site": [site.key]})).json["items"]
        for site in (here, there)
    ]

    assert "today is 2026-03-07" in words(found[0]["enrolled_on"])
    assert "enrolled_on" not in found[1]


def test_another_sites_page_does_not_exist(child: Child, session: Session, sign_in: SignIn) -> None:
    stranger = sign_in(make_user(session, role="coordinator", site=make_site(session)))
    assert stranger.post(f"{child.page('baseline', NEW)}/said").status_code == 404


def test_who_may_only_read_cannot_ask(child: Child, session: Session, sign_in: SignIn) -> None:
    monitor = sign_in(make_user(session, role="monitor", site=session.get_one(Site, child.site_id)))
    assert monitor.post(f"{child.page('baseline', NEW)}/said").status_code == 403


@pytest.fixture
def rule_set(monkeypatch: pytest.MonkeyPatch) -> RuleSet:
    """Return a rule set of the test, in force while it lasts: the temperature without its decimal."""
    found = RuleSet(
        id="test_warmth",
        version="1",
        title="Warmth",
        source="this test",
        verified=False,
        form="assessment",
        beside="crs_grade",
        judge_row=lambda row, context: (
            Verdict(value=str(int(row["temperature_c"]) - 36), because="the temperature", missing=("systolic_mmhg",))
            if row.get("temperature_c")
            else None
        ),
    )
    for module in (live, verdicts):
        monkeypatch.setattr(module, "RULE_SETS", (found,))
    return found


def test_a_grade_stands_beside_the_clinicians_as_it_is_typed(child: Child, rule_set: RuleSet) -> None:
    heard = said(child, "assessment", {"temperature_c": ["39.2"], "assessed_at": ["2026-03-07 08:00"]})
    assert words(heard["beside"]["crs_grade"]) == (
        "Warmth: grade 3 : the temperature Not answered: Lowest systolic pressure. Not verified against its source."
    )


def test_a_saved_page_shows_the_grade_without_a_script(child: Child, rule_set: RuleSet) -> None:
    typed = {"assessed_at": ["2026-03-07 08:00"], "temperature_c": ["38.1"]}
    answer = crf_client.save(child.client, child.page("assessment"), typed)
    assert "Warmth:</span> <strong>grade 2</strong>" in child.client.get(answer.location).text


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (Verdict(value="3", because=""), "grade 3"),
        (Verdict(value="3", certainty=AT_LEAST, because=""), "at least grade 3"),
        (Verdict(value="0", certainty=AT_LEAST, because=""), "grade 0 so far"),
        (Verdict(value="other_line", certainty=AT_LEAST, because=""), "other line so far"),
        (Verdict(value=None, certainty=NOT_ASSESSABLE, why="sedated", because="sedated"), "not assessable"),
        (Verdict(value="undetermined", certainty=NOT_ASSESSABLE, because=""), "undetermined"),
        (Verdict(value="not_met", because=""), "not met"),
    ],
)
def test_a_result_is_said_in_words(rule_set: RuleSet, verdict: Verdict, result: str) -> None:
    assert in_words(rule_set, verdict).result == result


def test_a_number_that_is_no_grade_is_not_called_one() -> None:
    """Two classes of immunosuppressant at once are no "grade 2"."""
    two = Verdict(value="2", certainty=AT_LEAST, why="dates_open", because="most on day 3")
    assert in_words(IMMUNOSUPPRESSANTS_BY_DAY, two).result == "at least 2 classes"
    assert in_words(IMMUNOSUPPRESSANTS_BY_DAY, replace(two, value="1")).result == "at least 1 class"
    steroid = Verdict(value="1", because="1 mg/kg per day of prednisone")
    assert in_words(STEROID_EQUIVALENT, steroid).result == "1 mg/kg per day"


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (Verdict(value="0", because="none recorded"), "none recorded"),
        (Verdict(value="0", certainty=AT_LEAST, because="none recorded"), "none recorded so far"),
    ],
)
def test_no_immunosuppressant_is_said_once_and_not_counted(verdict: Verdict, result: str) -> None:
    said = in_words(IMMUNOSUPPRESSANTS_BY_DAY, verdict)
    assert (said.title, said.result, said.because) == ("Immunosuppressants given on one day, by class", result, "")


@pytest.mark.parametrize(
    ("facts", "result", "because"),
    [
        (Treatment(route="iv", admitted=False, organ_support=False), "moderate", "IV at home, or by mouth in hospital"),
        (Treatment(route="iv", admitted=True, organ_support=False), "severe", "IV in hospital"),
        (
            Treatment(route="oral", admitted=False, organ_support=False),
            "mild",
            "no treatment or by mouth, not in hospital for it",
        ),
        (Treatment(route="iv"), "moderate so far", "IV at home, or by mouth in hospital"),
    ],
)
def test_the_severity_of_an_infection_is_said_as_its_answers_are(facts: Treatment, result: str, because: str) -> None:
    """The stored reason of version 1 keeps its words, so that `audit verify` and earlier cuts stay true."""
    said = in_words(INFECTION_SEVERITY, severity(facts))
    assert (said.result, said.because) == (result, because)


def shown(title: str, *, beside: str = "icans_grade", result: str = "grade 1") -> ShownVerdict:
    return ShownVerdict(title=title, beside=beside, result=result, because="the test", missing="", note="")


@pytest.mark.parametrize(
    ("said_of", "lines"),
    [
        (
            [shown("ICANS (ASTCT 2019, one way)"), shown("ICANS (ASTCT 2019, another)")],
            ["ICANS (ASTCT 2019), both rules"],
        ),
        ([shown("Low (a)"), shown("Low (b)"), shown("Low (c)")], ["Low, all three rules"]),
        ([shown("ICANS (a)"), shown("ICANS (b)", result="grade 2")], ["ICANS (a)", "ICANS (b)"]),
        ([shown("ICANS (a)"), shown("CRS (a)")], ["ICANS (a)", "CRS (a)"]),
        ([shown("CTCAE 5"), shown("CTCAE 6")], ["CTCAE 5", "CTCAE 6"]),
    ],
)
def test_rules_of_one_scale_that_say_the_same_are_one_line(said_of: list[ShownVerdict], lines: list[str]) -> None:
    assert [verdict.title for verdict in beside_items(said_of)["icans_grade"]] == lines


def test_verdicts_are_kept_by_the_item_they_stand_beside() -> None:
    found = beside_items([shown("ICANS (a)"), shown("ICANS (b)", beside="")])
    assert {item: [one.title for one in verdicts] for item, verdicts in found.items()} == {
        "icans_grade": ["ICANS (a)"],
        "": ["ICANS (b)"],
    }


def test_a_page_cannot_point_to_itself_while_it_is_typed_either(child: Child) -> None:
    own = child.links["toxicity_episode"]
    heard = said(child, "toxicity_episode", {"recurrence_of": [own]}, own)
    told = html.unescape(words(heard["items"]["recurrence_of"]))
    assert told == "Cannot be saved: The record chosen is not one of this child's. Choose again."


@pytest.mark.parametrize(
    ("form", "item", "typed", "offered"),
    [
        ("assessment", "temperature_c", "38,5", ["38.5"]),
        ("laboratory", "crp", "<0,5", ["<0.5"]),
        ("laboratory", "crp", "96,0", ["96"]),
        # What it means is for a person to choose: one of two alone would be a guess.
        ("laboratory", "ferritin", "12,500", ["12.5", "12500"]),
        ("laboratory", "ferritin", "9,625", ["9.625", "9625"]),
        ("laboratory", "ferritin", "0,5", ["0.5"]),
        ("laboratory", "ferritin", "1,234,5", []),
        ("laboratory", "ferritin", "low", []),
        ("assessment", "systolic_mmhg", "85,5", []),
    ],
)
def test_what_a_number_with_a_comma_can_mean_is_offered_beside_it(
    child: Child, form: str, item: str, typed: str, offered: list[str]
) -> None:
    piece = said(child, form, {item: [typed]})["items"][item]
    assert "Cannot be saved:" in piece
    buttons = re.findall(r'<button type="button" class="convert" data-item="([^"]+)" data-text="([^"]+)"', piece)
    assert [(name, html.unescape(text)) for name, text in buttons] == [(item, text) for text in offered]
