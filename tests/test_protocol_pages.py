"""A protocol version as a person enters it: its rules are kept, logged, carried to the judge and into a cut."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from entries import NOW
from factories import make_site, make_user
from forms.dosing.protocol_rules import DoseRule, IndicationRule, ProtocolRules
from forms.dosing.protocols import PROTOCOLS
from registry import audit, log_history
from registry.audit_verify import verify
from registry.database import db
from registry.models import SiteProtocol
from registry.release import cuts
from registry.saving import judging
from study import Study

VERSION = {"version": "2.1", "effective_from": "2026-02-01", "text": "2 mg/kg every 6 hours"}
DOSE = {"doses-0-step": "start", "doses-0-value": "2", "doses-0-basis": "mg_per_kg_dose"}


def add(session, sign_in, *, role: str = "data_manager", **answers: Any):
    """Return the site, the client and the answer to a version that is sent from its page."""
    site = make_site(session)
    client = sign_in(make_user(session, role=role, site=site if role == "coordinator" else None))
    return site, client, client.post(f"/sites/{site.key}/protocols/new", data={**VERSION, **answers})


def test_rules_entered_row_by_row_are_kept_as_rules(session, sign_in):
    answers = {
        **DOSE,
        "doses-0-frequency": "q6h",
        "doses-0-frequency_is_a_maximum": "y",
        "doses-0-routes": ["iv_intermittent", "sc"],
        "doses-2-step": "taper",
        "doses-2-value": "5",
        "doses-2-value_up_to": "7.50",
        "doses-2-raised_to": "10",
        "doses-2-basis": "mg_per_kg_day",
        "doses-2-toxicity": "carhlh",
        "doses-2-condition": "once stable",
        "indications-0-toxicity": "carhlh",
        "indications-0-line": "first",
        "indications-0-from_grade": "0",
        "indications-0-antigen": "cd22",
        "indications-0-condition": "severe",
        "max_single_mg": "100",
        "max_day_mg": "100",
        "rounding": "syringe",
        "taper_trigger": "stable",
        "taper_highest_grade": "0",
        "taper_shortest_days": "2",
        "taper_longest_days": "3",
        "stop_rule": "resolved",
        "stop_highest_grade": "1",
        "shortest_days": "6",
        "longest_days": "10",
        "duration": "days",
        "wean_order": "last",
    }

    _, _, response = add(session, sign_in, **answers)

    assert response.status_code == 302, response.text
    (kept,) = session.scalars(select(SiteProtocol)).all()
    assert (kept.max_single_mg, kept.max_day_mg, kept.effective_from) == (100, 100, date(2026, 2, 1))
    assert ProtocolRules.from_plain(kept.rules) == ProtocolRules(
        doses=(
            DoseRule(
                value=Decimal(2),
                basis="mg_per_kg_dose",
                frequency="q6h",
                frequency_is_a_maximum=True,
                routes=("sc", "iv_intermittent"),
            ),
            DoseRule(
                step="taper",
                value=Decimal(5),
                value_up_to=Decimal("7.5"),
                raised_to=Decimal(10),
                basis="mg_per_kg_day",
                toxicities=("carhlh",),
                condition="once stable",
            ),
        ),
        indications=(
            IndicationRule(toxicity="carhlh", line="first", from_grade=0, antigen="cd22", condition="severe"),
        ),
        rounding="syringe",
        taper_trigger="stable",
        taper_highest_grade=0,
        taper_shortest_days=2,
        taper_longest_days=3,
        stop_rule="resolved",
        stop_highest_grade=1,
        shortest_days=6,
        longest_days=10,
        duration="days",
        wean_order="last",
    )


def test_a_version_may_state_its_text_only(session, sign_in):
    site, client, response = add(session, sign_in, role="coordinator")

    assert response.status_code == 302
    assert session.scalars(select(SiteProtocol)).one().rules == {}
    assert "No rules are recorded for this version" in client.get(f"/sites/{site.key}").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"doses-0-value": "2,5"}, "Dose 1, Dose: “2,5”: write the number with a point, such as 2.5"),
        ({"doses-0-value": "about 2"}, "“about 2” is not a number. Write digits, such as 12.5."),
        ({"doses-0-value": "NaN"}, "“NaN” is not a number."),
        ({"doses-0-value": "0"}, "Write a dose above 0 and up to 2400."),
        ({"doses-0-value": "2400.001"}, "Write a dose above 0 and up to 2400."),
        ({"doses-0-value": ""}, "Dose 1, Dose: Write the number of the dose, such as 2."),
        (
            {"doses-0-basis": ""},
            "Dose 1, Basis: Choose the basis: 2 mg/kg per dose and 2 mg/kg per day differ fourfold.",
        ),
        ({"doses-0-basis": "by eye"}, "Not a valid choice"),
        ({"doses-0-value_up_to": "2"}, "Dose 1, Up to: It is not above 2. Correct one of them, or leave this empty."),
        ({"doses-0-raised_to": "1.9"}, "Dose 1, May be raised to: It is not above 2."),
        (
            {"doses-0-frequency_is_a_maximum": "y"},
            "Choose the highest frequency, or take the mark for less often away.",
        ),
        ({"doses-0-frequency": "continuous"}, "Dose 1, Basis: A continuous infusion is stated per day."),
        ({"doses-0-routes": "by mouth"}, "by mouth"),
        ({"doses-1-routes": "sc"}, "Dose 2, Basis: Choose the basis"),
        ({"indications-0-line": "first"}, "Toxicity 1, Toxicity: Choose the toxicity that this row is about."),
        ({"indications-0-toxicity": "crs", "indications-0-from_grade": "6"}, "Write a whole number from 0 to 5."),
        ({"max_single_mg": "101", "max_day_mg": "100"}, "The highest daily dose is below the highest single dose."),
        ({"taper_shortest_days": "4", "taper_longest_days": "3"}, "The longest taper is below the shortest."),
        ({"shortest_days": "4", "longest_days": "3"}, "The longest course is below the shortest."),
        ({"taper_longest_days": "soon"}, "“soon” is not a number. Write digits"),
        ({"version": ""}, "Version: Write the version, such as 2.1."),
    ],
)
def test_a_rule_that_cannot_be_is_said_beside_its_field_and_nothing_typed_is_lost(session, sign_in, wrong, said):
    typed = {"indications-1-condition": "typed condition", "doses-3-condition": "typed above 38.5"}
    answers = {**DOSE, "indications-1-toxicity": "icans", "doses-3-value": "4", "doses-3-basis": "mg_per_kg_dose"}

    _, _, response = add(session, sign_in, **{**answers, **typed, **wrong})

    assert response.status_code == 422
    assert said in response.text
    assert [text for text in typed.values() if f'value="{text}"' not in response.text] == []
    assert session.scalars(select(SiteProtocol)).all() == []


@pytest.mark.parametrize("number", ["²", "9" * 5000, "6", "-1", "x", "{0}"], ids=lambda number: number[:4])
def test_a_row_that_the_page_does_not_offer_is_not_read(session, sign_in, number):
    _, _, answer = add(session, sign_in, **{f"doses-{number}-value": "2", "indications-0-from_grade": "2"})

    assert answer.status_code == 422
    assert "Choose the toxicity that this row is about." in answer.text


def test_what_is_typed_into_a_rule_is_text_on_every_page_and_never_a_template(session, sign_in):
    hostile = "<b>{why} {0.__class__}</b> \x00"
    words = {"taper_trigger": hostile, "stop_rule": hostile, "doses-0-condition": hostile, "text": hostile}
    site, client, answer = add(session, sign_in, **DOSE, **words, line=hostile)
    page = client.get(f"/sites/{site.key}").text

    assert answer.status_code == 302
    assert "<b>" not in page and page.count("&lt;b&gt;{why} {0.__class__}&lt;/b&gt; \ufffd") == 5


def test_what_cannot_be_read_comes_back_as_it_was_typed(session, sign_in):
    wrong = {"doses-0-value": "2,5", "doses-0-raised_to": "ten", "taper_longest_days": "soon", "max_day_mg": "4 g"}

    _, _, response = add(session, sign_in, **{**DOSE, **wrong, "doses-0-routes": ["sc", "iv_bolus"]})

    assert [text for text in wrong.values() if f'value="{text}"' not in response.text] == []
    assert response.text.count("checked") == 2


def test_the_page_of_a_new_version_begins_with_what_the_newest_says(session, sign_in):
    site = make_site(session)
    for version, month in (("1.0", 1), ("2.0", 3)):
        rules = PROTOCOLS["CHOP" if version == "2.0" else "CNH"].rules.as_plain()
        row = SiteProtocol(site_id=site.id, version=version, effective_from=date(2026, month, 1), text=version)
        row.rules, row.max_day_mg = rules, 400
        session.add(row)
    page = sign_in(make_user(session, role="data_manager")).get(f"/sites/{site.key}/protocols/new").text

    assert "begins with the rules of version 2.0" in page
    for shown in (
        'maxlength="12" name="doses-0-value" type="text" value="2">',
        'name="doses-0-raised_to" type="text" value="10"',
        '<option selected value="thrombocytopenia">',
        '<option selected value="cd22">',
    ):
        assert shown in page, shown
    assert 'name="version" required type="text" value=""' in page


def test_the_site_page_tells_the_rules_of_each_version(session, sign_in):
    site = make_site(session)
    rules = PROTOCOLS["MUSC"].rules.as_plain()
    session.add(
        SiteProtocol(site_id=site.id, version="1", effective_from=date(2026, 1, 1), text="As the letter.", rules=rules)
    )
    page = sign_in(make_user(session, role="data_manager")).get(f"/sites/{site.key}").text

    assert "<dt>In the taper</dt><dd>2 mg/kg every 12 hours SC; for CRS only</dd>" in page
    assert "<dt>Taper</dt><dd>still improving after the first 48 to 72 hours; 2 to 3 days</dd>" in page


def test_the_rules_are_logged_judged_with_and_cut(own_study: Study, tmp_path: Path) -> None:
    rules = PROTOCOLS["CNH"].rules
    rows = [
        SiteProtocol(
            site_id=own_study.site.id, version=version, effective_from=date(2026, 1, 1), text=version, rules=kept
        )
        for version, kept in (("9", None), ("10", rules.as_plain()))
    ]
    for row in rows:
        audit.write_row(db.session(), row, by=own_study.coordinator, at=NOW)
    db.session.commit()

    context = judging.context_for(db.session(), own_study.subject, ["anakinra_regimen"], at=NOW)
    assert [(one.version, one.rules) for one in context.protocols] == [("9", ProtocolRules()), ("10", rules)]
    found = context.protocol_on(date(2026, 1, 1))
    assert found is not None and found.version == "10"
    (entry,) = log_history.of_record(db.session(), rows[1].key)
    assert entry.changes["rules"] == (None, rules.as_plain())
    assert verify(db.session()) == []

    cuts.take_cut(db.session(), tmp_path / "cut", by=None, at=NOW)
    with (tmp_path / "cut" / "protocols.csv").open(encoding="utf-8", newline="") as file:
        cut = [row["rules"] for row in csv.DictReader(file)]
    assert cut[0] == ""
    assert ProtocolRules.from_plain(json.loads(cut[1])) == rules


def test_rules_changed_outside_the_registry_are_noticed(own_study: Study) -> None:
    row = SiteProtocol(site_id=own_study.site.id, version="1", effective_from=date(2026, 1, 1), text="1", rules={})
    audit.write_row(db.session(), row, by=own_study.coordinator, at=NOW)
    db.session.commit()
    table = SiteProtocol.__table__
    db.session.execute(table.update().values(rules=PROTOCOLS["CNH"].rules.as_plain()))
    db.session.commit()

    assert verify(db.session()) == [f"site_protocol {row.key}: rules was changed outside the registry"]
