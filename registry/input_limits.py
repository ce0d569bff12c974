"""What no page of the registry sends: refused before anything reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain
from urllib.parse import SplitResult, urlsplit

from flask import Flask, abort, request, session
from gunicorn.http.errors import ParseException
from werkzeug.datastructures import MultiDict

from forms.casebook import CASEBOOK

MOST_MARKS = 30
"""Marks that may stand on one letter, as in the Stream-Safe Text Format of Unicode (UAX 15). Bringing n of them into
order takes n squared steps, and meanwhile nobody else is answered."""

MOST_FIELDS = 10_000
"""Fields of a form; a fortnight of the daily grid has six hundred. A page that comes back repeats each of them: two
megabytes of empty ones, which anybody may send, became forty and took eight seconds."""

LARGEST_FROM_STRANGERS = 256 * 1024
"""Bytes of a request from somebody whose browser holds no session; a fortnight of the daily grid has forty thousand.
Two megabytes of what is no text, which anybody may send, took their reader one and a half seconds."""

LONGEST_REASON = 1_000
"""Characters of a reason; its field takes no more. Each goes into a log from which nothing is ever taken out, and one
that was not taken comes back in a cookie, which holds four kilobytes."""

LONGEST_SECRET = 4_000
"""Characters of a field on the pages on which people sign in; an invitation's code has two hundred. An e-mail address
of two megabytes, which anybody may send, took its reader eight seconds: it joins its characters one by one."""

REASONS = re.compile(r"_?reason|_why\..*|confirm(_row)?\..*")
"""The names of the fields in which reasons are typed; an item of a form may have one of them, and is an answer."""

SIGNING_IN = frozenset({"security", "account"})
"""The parts of the registry whose pages are for whoever signs in."""

MARKS_BY_PARTS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")
"""Characters that are no marks themselves and come apart into nothing but marks."""


def init_app(app: Flask) -> None:
    """Look at each request before anything else does."""
    app.before_request(_refuse)


def _refuse() -> None:
    """Refuse JSON, which only libraries would read, and text that takes minutes to bring into its normal form.

    So are more bytes than a stranger needs, more fields than any page has, a reason or a secret that is longer than its
    field, and over TLS, where forms are taken from our own pages alone, one by a sender whose address cannot be read.
    In an address also the character that PostgreSQL keeps in no text; in a form the page says what to do. And what does
    not arrive as it was announced. What is sent to no page is not read.
    """
    if request.routing_exception:
        return
    if "_user_id" not in session:
        request.max_content_length = request.max_form_memory_size = LARGEST_FROM_STRANGERS
    if request.is_json:
        abort(415)
    if request.method == "POST" and request.is_secure and request.referrer and not came_from(request.referrer).netloc:
        abort(400)
    if sum(map(len, _form().listvalues())) > MOST_FIELDS:
        abort(413)
    in_address = [*chain.from_iterable(request.args.items(multi=True))]
    if any("\0" in text for text in in_address):
        abort(400)
    if request.blueprint in SIGNING_IN and any(len(text) > LONGEST_SECRET for text in _typed()):
        abort(413)
    form = CASEBOOK.get((request.view_args or {}).get("form_name", ""))
    answers = form.items if form else {}
    typed = request.form.items(multi=True)
    if any(len(text) > LONGEST_REASON and name not in answers and REASONS.fullmatch(name) for name, text in typed):
        abort(413)
    if any(map(has_too_many_marks, chain(in_address, chain.from_iterable(request.form.items(multi=True))))):
        abort(400)


def _typed() -> Iterator[str]:
    """Yield what was typed, field by field."""
    return chain.from_iterable(request.form.listvalues())


def _form() -> MultiDict[str, str]:
    """Return what was typed, or refuse a body whose parts do not end where it says."""
    try:
        return request.form
    except ParseException:
        abort(400)


def came_from(address: str | None) -> SplitResult:
    """Return the parts of the address that a browser gives as the sender's; empty ones where it cannot be read."""
    try:
        return urlsplit(address or "")
    except ValueError:
        return urlsplit("")


def has_too_many_marks(text: str) -> bool:
    """Tell whether more marks stand on one letter than any language writes."""
    if text.isascii():
        return False
    run = 0
    for character in text:
        is_mark = unicodedata.combining(character) or character in MARKS_BY_PARTS
        run = run + 1 if is_mark else 0
        if run > MOST_MARKS:
            return True
    return False
