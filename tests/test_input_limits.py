"""What no page sends is refused before a library reads it: JSON, and letters under a tower of marks."""

import sys
import unicodedata
import uuid

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from factories import make_site, make_user
from registry.input_limits import (
    LARGEST_FROM_STRANGERS,
    LONGEST_REASON,
    LONGEST_SECRET,
    MARKS_BY_PARTS,
    MOST_FIELDS,
    MOST_MARKS,
    has_too_many_marks,
)
from signing_in import SignIn

TOWER = "a" + "\u0301" * 400 + "\u0316" * 400
"""Its normal form takes a step for each pair of marks; 16,000 of them took two seconds, and a million may be sent."""


@pytest.mark.parametrize("field", ["email", "password"])
def test_nobody_keeps_the_registry_busy_with_marks_on_a_letter(client: FlaskClient, field: str) -> None:
    typed = {"email": "somebody@example.org", "password": "correct horse battery"}
    assert client.post("/sign-in", data=typed | {field: f"{TOWER}@example.org"}).status_code == 400
    assert client.post("/sign-in", data=typed | {TOWER: "x"}).status_code == 400
    assert client.get("/sign-in", query_string={"next": TOWER}).status_code == 400


@pytest.mark.parametrize(
    ("address", "field"),
    [("/sign-in", "email"), ("/sign-in", "password"), ("/invitation", "token"), ("/sign-in/code", "code")],
)
def test_nobody_keeps_the_registry_busy_with_a_long_address_or_secret(
    client: FlaskClient, address: str, field: str
) -> None:
    """An e-mail address of two megabytes took its reader eight seconds, and came back five times as long."""
    assert client.post(address, data={field: "&" * LONGEST_SECRET}).status_code in (200, 302, 422)
    answer = client.post(address, data={field: "&" * (LONGEST_SECRET + 1)})
    assert (answer.status_code, len(answer.data) < 10_000) == (413, True)


@pytest.mark.parametrize("field", ["reason", "_reason", "_why.infusion.early", "confirm.new.1", "confirm_row.a.b"])
def test_a_reason_longer_than_its_field_is_refused(client: FlaskClient, field: str) -> None:
    """A megabyte of it would stand in the log for ever, and more than four kilobytes fit into no cookie."""
    address = f"/data-queries/{uuid.uuid4()}/answer"
    assert client.post(address, data={field: "x" * LONGEST_REASON}).status_code == 401
    answer = client.post(address, data={field: "x" * (LONGEST_REASON + 1)})
    assert answer.status_code == 413
    assert "That is too large" in answer.text


@pytest.mark.parametrize("one", ["a=&", "a{}=&"])
@pytest.mark.parametrize("address", ["/sign-in", "/sites/new"])
def test_nobody_gets_a_page_of_a_million_fields_back(client: FlaskClient, address: str, one: str) -> None:
    def send(number: int) -> TestResponse:
        body = "".join(one.format(place) for place in range(number))
        return client.post(address, data=body, content_type=FORM, headers={"Origin": "http://localhost"})

    assert send(MOST_FIELDS).status_code != 413
    answer = send(MOST_FIELDS + 1)
    assert answer.status_code == 413
    assert len(answer.data) < 10_000


def test_a_stranger_sends_no_more_than_a_page_needs(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    """Whoever is signed in may send more; so may somebody whose session has ended, whose browser still holds it."""
    address = f"/data-queries/{uuid.uuid4()}/answer"

    def send(person: FlaskClient, size: int) -> int:
        return person.post(address, data="answer=" + "%FF" * (size // 3), content_type=FORM).status_code

    assert send(client, LARGEST_FROM_STRANGERS - 10) == 401
    assert send(client, LARGEST_FROM_STRANGERS + 10) == 413
    coordinator = sign_in(make_user(session, role="coordinator", site=make_site(session)))
    assert send(coordinator, LARGEST_FROM_STRANGERS + 10) == 404


def test_what_is_sent_to_no_page_is_not_read(client: FlaskClient) -> None:
    for address, status in [("/no-such-page", 404), ("/healthz", 405)]:
        answer = client.post(address, data={TOWER: "x" * (LARGEST_FROM_STRANGERS + 1)})
        assert answer.status_code == status


def test_an_answer_whose_name_begins_like_a_reason_may_be_long(client: FlaskClient) -> None:
    answer = client.post(f"/data-queries/{uuid.uuid4()}/answer", data={"reason_not_given_other": "x" * 2_000})
    assert answer.status_code == 401


@pytest.mark.parametrize("body", ["[" * 100_000, "[1, 2]", '{"email": {"a": 1}, "password": 3}', '"x"'])
def test_json_is_no_way_to_sign_in(client: FlaskClient, body: str) -> None:
    answer = client.post("/sign-in", data=body, content_type="application/json")
    assert answer.status_code == 415
    assert "could not be understood" in answer.text


@pytest.mark.parametrize(
    "address", ["/subjects?site=%00", "/subjects/enrol?draft=%00", "/sites/{site}/reference-ranges/new?like=%00"]
)
def test_an_address_with_what_no_database_can_look_for_is_refused(
    session: Session, sign_in: SignIn, address: str
) -> None:
    site = make_site(session)
    coordinator = sign_in(make_user(session, role="coordinator", site=site))
    assert coordinator.get(address.format(site=site.key)).status_code == 400


@pytest.mark.parametrize(
    "text", ["", "naïve", "e" + "\u0301" * MOST_MARKS, ("e" + "\u0301" * MOST_MARKS) * 3, "한국어"]
)
def test_what_people_write_is_let_through(text: str) -> None:
    assert not has_too_many_marks(text)


def test_every_character_that_comes_apart_into_marks_alone_counts() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        parts = unicodedata.normalize("NFKD", character)
        is_all_marks = all(unicodedata.combining(part) for part in parts)
        assert is_all_marks == bool(unicodedata.combining(character) or character in MARKS_BY_PARTS), hex(
            ord(character)
        )


FORM = "application/x-www-form-urlencoded"


class Broken:
    """The body of a request whose reading ends as gunicorn ends it."""

    def read(self, _size: int) -> bytes:
        raise InvalidChunkSize(b"ZZ")


def test_a_body_in_chunks_that_breaks_off_is_refused(client: FlaskClient) -> None:
    sent = {"wsgi.input": Broken(), "wsgi.input_terminated": True, "CONTENT_TYPE": FORM}
    assert client.post("/sign-in", environ_overrides=sent).status_code == 400
