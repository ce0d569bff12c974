"""A coordinator's browser without a screen: opens a page of a record, types, saves, ticks what has to be confirmed."""

import html
import re

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

Typed = dict[str, list[str]]


def hidden(page: TestResponse, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page.text)
    assert found, f"{name} is not on the page"
    return html.unescape(found[1])


def action(page: TestResponse) -> str:
    """Return the address that the form of a page is sent to."""
    found = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert found
    return found[1]


def open_page(client: FlaskClient, address: str) -> tuple[str, Typed]:
    """Open a page of a record; return where it is sent and its hidden fields."""
    page = client.get(address, follow_redirects=True)
    assert page.status_code == 200
    return action(page), {name: [hidden(page, name)] for name in ("_key", "_revision")}


def send(client: FlaskClient, address: str, typed: Typed) -> TestResponse:
    """Post fields and return the answer, redirects not followed."""
    return client.post(address, data=MultiDict(typed))


def save(client: FlaskClient, address: str, typed: Typed) -> TestResponse:
    """Open a page, type, save; confirm whatever asks for it. Return the last answer."""
    where, known = open_page(client, address)
    fields = {**known, "_reason": ["Test of all items"], **typed}
    answer = send(client, where, fields)
    asked = re.findall(r'name="_confirm" value="([^"]+)"', answer.text)
    if answer.status_code == 422 and asked:
        fields |= {"_confirm": asked, **{f"_why.{check_id}": ["It stands in the chart"] for check_id in asked}}
        answer = send(client, where, fields)
    return answer


def problems(answer: TestResponse) -> list[str]:
    """Return the messages at the top of a page that came back."""
    top = re.search(r'id="error-summary-title".*?</ul>', answer.text, re.DOTALL)
    return (
        [html.unescape(re.sub(r"<[^>]+>", "", line)) for line in re.findall(r"<li>(.*?)</li>", top[0])] if top else []
    )
