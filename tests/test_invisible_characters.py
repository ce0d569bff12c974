"""Characters that nobody sees: they make no two names alike, no reason of nothing, and no page that reads otherwise."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from factories import make_user
from registry.models import User
from registry.typed_text import before_invisible, in_a_few_words, odd_letter, readable
from signing_in import SignIn


@pytest.fixture
def administrator(session: Session, sign_in: SignIn) -> FlaskClient:
    """Return a client signed in as an administrator."""
    return sign_in(make_user(session, role="administrator"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Synthetic Mon\u200bitor", "after “Synthetic Mon”"),
        ("\ufeffSynthetic Monitor", "at its begin"),
        ("Synthetic\u2060 Monitor", "after “Synthetic”"),
        ("Synthetic Mon\u00aditor", "after “Synthetic Mon”"),
        ("Synthetic \u200dMonitor", "after “Synthetic ”"),
        ("Synthetic Monitor\u200d", "after “Synthetic Monitor”"),
        ("Synthetic Monitor\u3164", "after “Synthetic Monitor”"),
    ],
)
def test_nobody_is_added_under_a_name_that_only_looks_like_anothers(
    session: Session, administrator: FlaskClient, name: str, said: str
) -> None:
    before = session.scalar(select(func.count()).select_from(User))
    answer = administrator.post("/accounts/new", data={"name": name, "email": "other@synthetic.example"})

    assert answer.status_code == 422
    assert f"It holds a character that cannot be seen, {said}. Delete it, or type the text again." in answer.text
    assert session.scalar(select(func.count()).select_from(User)) == before


@pytest.mark.parametrize("name", ["Zoë O’Synthetic-Monitor", "می\u200cخواهم", "क्\u200dष", "山田 太郎", "אָנָּה"])
def test_names_of_every_language_are_taken(session: Session, administrator: FlaskClient, name: str) -> None:
    assert before_invisible(name) is None
    assert administrator.post("/accounts/new", data={"name": name, "email": "o@synthetic.example"}).status_code == 200
    assert session.scalar(select(User.name).where(User.email == "o@synthetic.example")) == name


def test_a_name_that_goes_over_two_lines_is_stored_in_one(session: Session, administrator: FlaskClient) -> None:
    """A browser sends none, and on every page both would look alike."""
    name = "Synthetic\r\nMonitor\tof\u2028all\x85sites"
    assert administrator.post("/accounts/new", data={"name": name, "email": "o@synthetic.example"}).status_code == 200
    assert session.scalar(select(User.name).where(User.email == "o@synthetic.example")) == (
        "Synthetic Monitor of all sites"
    )


@pytest.mark.parametrize("text", ["anna.lee-2", "Zoë", "иван", "山田たろう", "", "12"])
def test_a_word_of_one_alphabet_has_no_odd_letter(text: str) -> None:
    assert odd_letter(text) == ""


@pytest.mark.parametrize("steering", list("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
def test_what_turns_letters_around_is_shown_as_a_mark(steering: str) -> None:
    assert readable(f"grade {steering}3 not 4") == "grade \ufffd3 not 4"


@pytest.mark.parametrize("typed", ["\u200b", " \u2060\ufeff ", "\u3164", "\u00ad"])
def test_a_reason_that_shows_nothing_is_none(typed: str) -> None:
    assert in_a_few_words(typed) == ""
    assert in_a_few_words(f"family{typed}moved") == f"family{typed}moved"
