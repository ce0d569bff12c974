"""Pages for what went wrong: what happened and what to do, in words, with nothing typed lost."""

from __future__ import annotations

import errno
import re
import secrets
import traceback
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, current_app, g, make_response, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from werkzeug.exceptions import HTTPException

from registry.audit import Overtaken
from registry.database import db
from registry.input_limits import came_from


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a page says about an error."""

    title: str
    text: str


WORDS = {
    400: Words(
        title="The request could not be understood",
        text="Something in the address or in what was sent is not as expected. Go back, reload the page and try again.",
    ),
    403: Words(
        title="Your role does not allow this",
        text="What you asked for is not among your rights. If you need it, ask your administrator for the role.",
    ),
    404: Words(
        title="Nothing is here",
        text="The address is wrong, or the page belongs to another site. Go back, or start from the home page.",
    ),
    405: Words(title="This page cannot be opened like that", text="Go back and use the button or the link again."),
    409: Words(
        title="Somebody else saved first",
        text="The record was changed after you opened it. Open it again to see both, then save what holds.",
    ),
    413: Words(
        title="That is too large",
        text="What was sent is larger than the registry takes at once. Send it in smaller parts.",
    ),
    422: Words(title="Something has to be corrected", text="Go back: the page marks what was found."),
    429: Words(title="Too many tries", text="Wait 15 minutes, then try again."),
    500: Words(
        title="Something went wrong on our side",
        text="Nothing was saved by this step. Try again; if it happens again, tell your administrator the reference.",
    ),
    503: Words(
        title="The registry is busy",
        text="The database did not answer in time. Nothing was saved by this step. Try again in a minute.",
    ),
    507: Words(
        title="The registry cannot write",
        text="The disk of the server is full, or does not let the registry write. Nothing was saved by this step. Tell "
        "whoever runs the server, and try again when there is room.",
    ),
}

NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
CANNOT_WRITE = re.compile("disk is full|readonly database|disk I/O error|No space left on device")
"""What SQLite and PostgreSQL say of a disk that is full or takes no writing."""
DISK_FULL, READ_ONLY = "53100", "25006"
"""PostgreSQL's codes of the same (Appendix A of its manual), whatever language its server speaks."""

SESSION_ENDED = Words(
    title="Your session has ended",
    text="You were signed out before this page was sent, so nothing was saved yet.",
)

OVERTAKEN = Words(
    title="Somebody else was first",
    text="This was changed at the same moment by another request, so nothing was saved by this one. Look in a new tab "
    "at what stands there now. Sending yours again replaces it.",
)

OTHER_HOST = Words(
    title="The registry does not go by this name",
    text="Open it by the address that you were given. Whoever runs it: the names it answers to stand in TRUSTED_HOSTS.",
)

REACHED_AMISS = Words(
    title="The registry was not reached as it should be",
    text="Open it by the address that you were given, with https:// in front. Whoever runs it: the proxy passes on "
    "Host with its port and sets X-Forwarded-Proto (docs/deployment.md).",
)


def init_app(app: Flask) -> None:
    """Answer every error with a page in words; traces go to the log only."""
    app.register_error_handler(CSRFError, session_ended)
    app.register_error_handler(401, session_ended)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(InternalError, database_refuses)
    app.register_error_handler(OSError, no_room)
    app.register_error_handler(Overtaken, overtaken)
    app.register_error_handler(Exception, unexpected)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """Return the page of an HTTP error; a redirect stays what it is.

    A request for a host that is not the registry's gets words alone: no address in a page could be written.
    """
    if error.code is None or error.code < 400:
        return error.get_response()
    if request_ctx.url_adapter is None:
        return f"{OTHER_HOST.title}\n\n{OTHER_HOST.text}\n", 400, {"Content-Type": "text/plain; charset=utf-8"}
    words = WORDS.get(error.code, WORDS[400 if error.code < 500 else 500])
    return _page(error.code, words, headers=dict(error.get_headers()))


def session_ended(error: HTTPException) -> ResponseReturnValue:
    """Return a page that keeps what was typed in a form to be sent again, once signed in.

    Only a page of the registry itself gets that form: what another site sends is not offered for sending.
    """
    kept = _typed() if _comes_from_here() else []
    if not kept and isinstance(error, CSRFError) and _is_reached_amiss():
        current_app.logger.warning("A form was refused, since the proxy or the address is amiss: %s", error.description)
        return _page(error.code or 400, REACHED_AMISS)
    current_app.logger.info("Form refused: %s", error.description)
    if not kept:
        return _page(error.code or 400, WORDS[400])
    # By the header a script that keeps drafts knows it too.
    return _page(error.code or 400, SESSION_ENDED, kept=kept, headers={"X-Session-Ended": "yes"})


def database_away(error: OperationalError | InternalError) -> ResponseReturnValue:
    """Return the page for a database that is locked, away or cannot write, with what was typed."""
    db.session.rollback()
    cannot_write = _code_of(error) in (DISK_FULL, READ_ONLY) or CANNOT_WRITE.search(str(error.orig))
    status = 507 if cannot_write else 503
    current_app.logger.error("%s\n%s", WORDS[status].title, trace_of(error))
    return _page(status, WORDS[status], kept=_typed(), plain=True, headers={"Retry-After": "30"})


def database_refuses(error: InternalError) -> ResponseReturnValue:
    """Return the same page for PostgreSQL that may only be read; any other error of its kind is unexpected."""
    return database_away(error) if _code_of(error) == READ_ONLY else unexpected(error)


def _code_of(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def no_room(error: OSError) -> ResponseReturnValue:
    """Return the page for a file that cannot be written, with what was typed; any other such error is unexpected."""
    if error.errno not in NOT_WRITTEN:
        return unexpected(error)
    db.session.rollback()
    current_app.logger.error("%s\n%s", WORDS[507].title, trace_of(error))
    return _page(507, WORDS[507], kept=_typed(), plain=True)


def overtaken(_error: Overtaken) -> ResponseReturnValue:
    """Return the page for a change of what another request changed at the same moment, with what was typed."""
    db.session.rollback()
    return _page(409, OVERTAKEN, kept=_typed())


def unexpected(error: Exception) -> ResponseReturnValue:
    """Return the page for a failure of the registry itself: a reference for the log, no trace."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    current_app.logger.error("Unexpected error, reference %s\n%s", reference, trace_of(error))
    return _page(500, WORDS[500], kept=_typed(), plain=True, reference=reference)


def trace_of(error: BaseException) -> str:
    """Return where an error came from, for the log.

    Of an error of the database only the kind is told: its message repeats the values of the row, typed about a child.
    """
    chain = [error]
    while following := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(following)
    if not any(isinstance(one, DBAPIError) for one in chain):
        return "".join(traceback.format_exception(error))
    told = ("".join(traceback.format_tb(one.__traceback__)) + type(one).__name__ for one in reversed(chain))
    return "\n".join(told)


def _page(
    status: int,
    words: Words,
    *,
    kept: list[tuple[str, str]] | None = None,
    plain: bool = False,
    reference: str = "",
    headers: dict[str, str] | None = None,
) -> ResponseReturnValue:
    # A page about a failing database must not ask the database who is looking at it.
    g.plain = plain
    body = render_template("error.html", words=words, status=status, kept=kept or [], plain=plain, reference=reference,
                           is_signed_in=not plain and current_user.is_authenticated)  # fmt: skip
    response = make_response(body, status)
    for name, value in (headers or {}).items():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _comes_from_here() -> bool:
    return came_from(request.headers.get("Origin") or request.referrer).netloc == request.host


def _is_reached_amiss() -> bool:
    """Tell whether no form can be sent the way the registry was reached.

    Without TLS the browser keeps no session. A proxy that drops the port from Host makes pages look like another's.
    """
    settings = current_app.config
    has_session = settings["SESSION_COOKIE_NAME"] in request.cookies
    loses_session = settings["SESSION_COOKIE_SECURE"] and not request.is_secure and not has_session
    sender = came_from(request.referrer)
    return loses_session or (sender.netloc != request.host and sender.hostname == urlsplit(request.host_url).hostname)


def _typed() -> list[tuple[str, str]]:
    """Return the fields that were posted, except secrets and the refused token."""
    if request.method != "POST" or request.blueprint in ("security", "account"):
        return []
    fields = request.form.items(multi=True)
    return [(name, value) for name, value in fields if name != "csrf_token" and "password" not in name]
