"""The list of forms on the page of a child says what a form without a record is for."""

import html
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from children import Child, make_child
from forms.casebook import CASEBOOK
from forms.casebook.support import KINDS
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def _line(child: Child, form: str) -> str:
    page = child.client.get(f"/subjects/{child.key}").text
    title = re.escape(CASEBOOK[form].title)
    line = re.search(rf'<tr>\s*<th scope="row">\d+\. {title}.*?</tr>', page, re.DOTALL)
    assert line is not None
    return html.unescape(line[0])


def test_a_form_without_a_record_says_what_it_is_for(child: Child) -> None:
    for form in ("support", "adverse_event", "follow_up"):
        assert CASEBOOK[form].intro in _line(child, form)


def test_a_form_with_a_record_shows_the_record_alone(child: Child) -> None:
    assert CASEBOOK["infusion"].intro not in _line(child, "infusion")


def test_the_form_of_the_setting_says_that_a_discharge_stands_there() -> None:
    assert "discharge" in KINDS.labels
    assert "discharge" in CASEBOOK["support"].intro
