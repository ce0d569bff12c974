"""Guessing the code of an account whose password is known, slowly and for long."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories import NOW, make_user
from registry.accounts import lockout, people
from registry.accounts.invitations import accept
from registry.accounts.lockout import CODES_A_DAY, LOCKED_FOR_A_DAY, TooManyAttempts, account_key
from registry.database import db
from registry.models import LoginAttempt, User

QUARTER = lockout.WINDOW


@pytest.fixture
def person(app: Flask, session: Session) -> User:
    user: User = make_user(session)
    session.commit()
    return user


def guess(session: Session, person: User, at: datetime) -> int:
    account = account_key("code", person.email)
    return lockout.begin_attempt(session, account=account, address="192.0.2.1", at=at, a_day=CODES_A_DAY)


def guess_all_day(session: Session, person: User) -> datetime:
    """Guess as often as five times in each quarter of an hour allow, until the day's limit; return the time then."""
    for number in range(CODES_A_DAY):
        guess(session, person, NOW + number // lockout.ACCOUNT_LIMIT * QUARTER)
    return NOW + CODES_A_DAY // lockout.ACCOUNT_LIMIT * QUARTER


def test_an_account_has_only_so_many_wrong_codes_within_a_day(app: Flask, session: Session, person: User) -> None:
    with app.app_context():
        later = guess_all_day(session, person)
        with pytest.raises(TooManyAttempts, match=LOCKED_FOR_A_DAY.split(".")[0]):
            guess(session, person, later)
        assert guess(session, person, NOW + timedelta(days=1))


def test_a_right_code_ends_the_count_of_the_day(app: Flask, session: Session, person: User) -> None:
    with app.app_context():
        guess_all_day(session, person)
        last = session.scalars(select(LoginAttempt).order_by(LoginAttempt.id.desc())).first()
        assert last is not None
        lockout.mark_succeeded(session, last.id)
        assert guess_all_day(session, person)


@pytest.mark.parametrize("how", ["password", "second factor"])
def test_what_an_administrator_has_made_anew_lets_its_owner_in_at_once(
    app: Flask, session: Session, person: User, how: str
) -> None:
    with app.app_context():
        later = guess_all_day(db.session(), person)
        user = db.session.get_one(User, person.id)
        if how == "password":
            accept(db.session(), user, "three unrelated words", at=later)
        else:
            people.reset_second_factor(db.session(), user, by=None, at=later, reason="Lost phone.")
        db.session.commit()
        assert guess(db.session(), person, later)


def test_a_wrong_password_is_not_held_against_an_account_for_a_day(app: Flask, session: Session, person: User) -> None:
    """Anybody could lock anybody out for a day; a long password cannot be guessed at twenty tries an hour."""
    with app.app_context():
        account = account_key("password", person.email)
        for number in range(2 * CODES_A_DAY):
            at = NOW + number // lockout.ACCOUNT_LIMIT * QUARTER
            assert lockout.begin_attempt(session, account=account, address="192.0.2.1", at=at)
