"""The casebook on pages of its own: blank forms to print, the data dictionary."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from children import Child, make_child
from forms.casebook import CASEBOOK
from forms.dictionary import as_csv
from forms.items import Text
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child whose coordinator looks at the pages."""
    return make_child(app, session, sign_in)


@pytest.mark.parametrize("name", CASEBOOK)
def test_every_form_prints_blank_with_every_item(child: Child, name: str) -> None:
    page = child.client.get(f"/blank/{name}").text

    assert page.count('class="blank-item"') == len(CASEBOOK[name].typed_items)
    texts = [item for item in CASEBOOK[name].typed_items.values() if isinstance(item, Text)]
    assert len(re.findall(r'<p class="blank-answer">\s*<span class="rule rule-long">', page)) == len(texts)


@pytest.mark.parametrize("name", CASEBOOK)
def test_the_dictionary_of_a_form_shows_every_item_where_a_link_leads(child: Child, name: str) -> None:
    page = child.client.get(f"/dictionary/{name}").text

    assert re.findall(r'<tr id="item-(\w+)">.*?<code>(\w+)</code>', page) == [
        (one, one) for one in CASEBOOK[name].items
    ]


def test_the_dictionary_counts_the_items_of_each_form_and_leads_to_them(child: Child) -> None:
    page = child.client.get("/dictionary").text

    rows = re.findall(
        r'<tr id="(\w+)">.*?href="/dictionary/(\w+)".*?"number">(\d+)<.*?"number">(\d+)<', page, re.DOTALL
    )
    items = {form.name: form.items.values() for form in CASEBOOK.values()}
    extended = {name: sum(item.extended for item in all_items) for name, all_items in items.items()}
    assert rows == [(name, name, str(len(items[name]) - extended[name]), str(extended[name])) for name in CASEBOOK]


def test_the_whole_dictionary_is_one_file(child: Child) -> None:
    answer = child.client.get("/dictionary.csv")

    assert answer.data.decode() == as_csv()
    assert answer.headers["Content-Disposition"] == "attachment; filename=data-dictionary.csv"


def test_one_dictionary_page_shows_whatever_any_of_them_shows(child: Child) -> None:
    """A browser looks at it for all of them (tests/browser/test_crf_in_the_browser.py)."""
    elements = {
        name: set(re.findall(r"<(\w+(?: class=\"[^\"]*\")?)", child.client.get(f"/dictionary/{name}").text))
        for name in CASEBOOK
    }

    assert {name for name in CASEBOOK if not elements[name] <= elements["anakinra_course"]} == set()
