"""Signing in without the sign-in page: `sign_in(user)` returns a client that is signed in as the user."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from registry.database import utc_now
from registry.models import User

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def sign_in(app: Flask, session: Session) -> SignIn:
    """Return a function that gives a new client, signed in; what the test arranged is saved first."""

    def signed_in(user: User) -> FlaskClient:
        session.commit()
        return signed_in_client(app, user)

    return signed_in


def signed_in_client(app: Flask, user: User) -> FlaskClient:
    """Return a new client of an application, signed in as a person who is stored."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = user.fs_uniquifier
        cookie["_fresh"] = True
        cookie["fs_paa"] = utc_now().timestamp()
        cookie["began_at"] = utc_now().isoformat()
    return client
