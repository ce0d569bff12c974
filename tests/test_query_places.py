"""A data query says where it stands and what was found, and who answers one stays where they were, at the next."""

import re

import pytest
from flask import Flask
from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

import crf_client
from children import Child, make_child
from registry.models import DataQuery
from signing_in import SignIn
from statements import counting

BASELINE = {"assessed_on": ["2026-02-26"], "disease": ["b_all"]}


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child with a baseline page."""
    child = make_child(app, session, sign_in)
    crf_client.save(child.client, child.page("baseline"), BASELINE)
    return child


def ask(child: Child, session: Session, form: str, found: dict[str, object], number: int = 1) -> list[str]:
    """Open data queries about the newest record of a form; return their keys."""
    record = child.stored(form)[-1]
    for place in range(number):
        session.add(
            DataQuery(
                subject_id=child.id,
                form=form,
                record_key=record.key,
                check_id=f"{form}.asked_{place}",
                fingerprint=f"{form}{place}",
                severity="soft",
                message="Right?",
                found=found,
                status="open",
                opened_at=record.entered_at,
            )
        )
    session.commit()
    return list(session.scalars(select(DataQuery.key).order_by(DataQuery.id)))


def test_many_answers_to_one_item_are_counted_and_a_few_stand_in_one_line(child: Child, session: Session) -> None:
    grades: dict[str, object] = {f"assessment:{number}:crs_grade": number % 5 for number in range(27)}
    few: dict[str, object] = {f"assessment:{number}:icans_grade": number for number in range(3)}
    ask(child, session, "baseline", {"weight_kg": "20.0", **grades, **few})

    page = child.client.get("/data-queries").text

    assert "<span>Assessment: CRS grade by the clinician: <strong>27 answers</strong></span>" in page
    assert "<span>Assessment: ICANS grade by the clinician: <strong>0, 1, 2</strong></span>" in page
    assert "more answers" not in page


def test_a_query_says_form_day_item_and_the_value_that_was_found(child: Child, session: Session) -> None:
    crf_client.save(child.client, child.page("laboratory"), {"sampled_at": ["2026-03-10 08:00"], "ferritin": ["900"]})
    infusion = child.links["infusion"]
    measured = {"value": "900", "unit": "ng/mL", "as_typed": "900 ng/mL", "unit_typed": "ng/mL"}
    ask(child, session, "laboratory", {"ferritin": measured, "ldh": None, f"infusion:{infusion}:product": "tisa"})

    for address in ("/", "/data-queries", f"/subjects/{child.key}"):
        page = child.client.get(address).text
        assert "Laboratory 1, day 5, 2026-03-10</a>" in page
        assert "<span>Ferritin: <strong>900 ng/mL</strong></span>" in page
        assert "<strong>no answer</strong>" in page
        assert "<span>Infusion: " in page


def test_queries_that_say_the_same_of_many_records_stand_folded_as_one_line(child: Child, session: Session) -> None:
    for day in (6, 7, 8, 9):
        crf_client.save(child.client, child.page("laboratory"), {"sampled_at": [f"2026-03-{day:02} 08:00"]})
        ask(child, session, "laboratory", {"ferritin": None})
        session.execute(update(DataQuery).values(fingerprint=DataQuery.key))
    [baseline] = ask(child, session, "baseline", {"disease": "b_all"})[-1:]
    session.execute(update(DataQuery).where(DataQuery.key == baseline).values(message="Sure?"))
    session.commit()

    page = child.client.get(f"/subjects/{child.key}").text
    [folded] = re.findall(r'<details class="query-group">(.*?)</details>', page, re.DOTALL)
    assert "<summary><strong>4 records:</strong> Right?</summary>" in folded
    assert folded.count('<article class="query"') == 4
    assert page.count('<article class="query"') == 5


def test_a_page_of_many_queries_asks_the_database_as_often_as_one_of_few(
    child: Child, session: Session, connection: Connection
) -> None:
    def asked() -> int:
        with counting(connection) as statements:
            child.client.get("/data-queries")
        return len(statements)

    ask(child, session, "baseline", {"disease": "b_all"})
    few = asked()
    session.execute(update(DataQuery).values(fingerprint="older"))
    ask(child, session, "baseline", {"disease": "b_all"}, number=20)

    assert asked() == few


@pytest.mark.parametrize("where", ["/data-queries?page=1", "/subjects/{child}", "/subjects/{child}/baseline/{record}"])
def test_who_answers_a_query_stays_on_the_page_at_the_next_one(child: Child, session: Session, where: str) -> None:
    address = where.format(child=child.key, record=child.stored("baseline")[0].key)
    first, second, third = ask(child, session, "baseline", {"disease": "b_all"}, number=3)
    shown = re.findall(r'name="following" value="([^"]*)"', child.client.get(address).text)
    came_from = {"Referer": f"http://localhost{address}"}

    def answer(key: str, reason: str, following: str) -> str:
        typed = {"reason": reason, "following": following}
        return child.client.post(f"/data-queries/{key}/answer", data=typed, headers=came_from).location

    if "baseline" not in where:  # a record's page shows what is anchored to it, and these are not
        assert shown == [second, third, second]
    assert answer(first, " ", second) == f"{address}#query-{first}"
    assert answer(first, "Two biopsies", second) == f"{address}#query-{second}"
    assert answer(second, "Seen", "//evil.example") == address


@pytest.mark.parametrize("referrer", ["https://evil.example//evil.example/", "http://[no-address", ""])
def test_who_comes_from_elsewhere_is_led_to_the_record(child: Child, session: Session, referrer: str) -> None:
    [key] = ask(child, session, "baseline", {"disease": "b_all"})
    came_from = {"Referer": referrer}

    answered = child.client.post(f"/data-queries/{key}/answer", data={"reason": "Seen"}, headers=came_from)

    assert answered.location == child.page("baseline", child.stored("baseline")[0].key)
