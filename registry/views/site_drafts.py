"""Drafts of a site's own pages: kept while they are typed, offered again, gone once saved or given up."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from registry import access, drafts, log_history
from registry.database import db, utc_now
from registry.log_history import HistoryEntry
from registry.models import Draft, InfusionLog, Site
from registry.templating import show_time
from registry.wording import SITE_PAGE

bp = Blueprint("site_drafts", __name__, url_prefix="/sites/<uuid:key>/drafts")

TITLES = {
    r"edit": "Set-up",
    r"protocols/new": "Protocol version",
    r"reference-ranges/new": "Reference range",
    r"reference-ranges/[0-9a-f-]{36}": "Reference range, corrected",
    r"infusion-log/(20\d\d-Q[1-4])": "Infusion log, {}",
}
"""The pages of which a draft is kept, by the end of their address, and what each is called."""


@dataclass(frozen=True, kw_only=True)
class SiteDraft:
    """A page of a site and the viewer's draft of it: one that is offered, or one that the page goes on with.

    ``overtaken`` is the save by which its row changed after it was kept.
    """

    site: Site
    page: str
    draft: Draft | None
    is_continued: bool
    overtaken: HistoryEntry | None


@bp.post("/<path:page>")
@access.requires("site.view")
def keep(key: Any, page: str) -> ResponseReturnValue:
    """Keep a page of a site as typed so far; answer with the time."""
    site = _site_to_change(key, page)
    try:
        _keep(site, page)
    except drafts.NoRoom as refused:
        db.session.rollback()
        return jsonify(said=str(refused)), 422
    return jsonify(saved_at=show_time(utc_now(), site))


@bp.post("/discard/<path:page>")
@access.requires("site.view")
def discard(key: Any, page: str) -> ResponseReturnValue:
    """Forget what was typed on a page; go on with it as it is stored, or back to the site."""
    site = _site_to_change(key, page)
    drop(site, page)
    db.session.commit()
    return redirect(url_for("sites.show", key=site.key) if "cancel" in request.form else _address(site, page))


def typed_before(site: Site) -> dict[str, Any]:
    """Return what a form reads in place of what is stored: the draft that the address asks to go on with."""
    draft = _draft_of(site, _page_here())
    return {"formdata": drafts.fields_of(draft)} if draft and _is_continued() else {}


def draft_here(site: Site, row: Site | InfusionLog | None = None) -> SiteDraft:
    """Return what the page of a request says of its draft; ``row`` is what it changes."""
    page = _page_here()
    draft = _draft_of(site, page) if request.method == "GET" else None
    saves = log_history.of_record(db.session(), row.key) if draft and row else []
    later = [save for save in saves if draft and save.at > draft.saved_at]
    last = later[-1] if later else None
    return SiteDraft(site=site, page=page, draft=draft, is_continued=_is_continued(), overtaken=last)


def keep_what_comes_back(site: Site) -> str:
    """Keep a page that could not be saved; return why there is no room for it, empty where there is."""
    try:
        _keep(site, _page_here())
    except drafts.NoRoom as refused:
        db.session.rollback()
        return str(refused)
    return ""


def drop_here(site: Site) -> None:
    """Forget the draft of the page of a request: it is saved. The caller commits."""
    drop(site, _page_here())


def drop(site: Site, page: str) -> None:
    """Forget the viewer's draft of a page of a site. The caller commits."""
    drafts.drop(db.session(), access.viewer().user, _record_key(site, page))


def address_of(draft: Draft) -> str:
    """Return the address that goes on with a draft of a page of a site."""
    return draft.typed["_address"][0]


def title_of(draft: Draft) -> str:
    """Return what a draft of a page of a site is a draft of, and of which site."""
    return draft.typed["_title"][0]


def _keep(site: Site, page: str) -> None:
    told = {"_address": f"{_address(site, page)}?draft=yes", "_title": f"{_title(page)}: {site.name}"}
    typed = [(name, text) for name, text in request.form.items(multi=True) if name not in told]
    drafts.keep(
        db.session(),
        access.viewer().user,
        None,
        SITE_PAGE,
        _record_key(site, page),
        revision=0,
        typed=[*typed, *told.items()],
        at=utc_now(),
    )
    db.session.commit()


def _site_to_change(key: Any, page: str) -> Site:
    """Return the site whose page may be typed by the viewer; 404 for a page that there is not."""
    if not _title(page):
        abort(404)
    return access.get_site(key, "infusion_log.edit" if page.startswith("infusion-log/") else "site.edit")


def _title(page: str) -> str:
    found = ((title, re.fullmatch(pattern, page, re.ASCII)) for pattern, title in TITLES.items())
    return next((title.format(*match.groups()) for title, match in found if match), "")


def _page_here() -> str:
    return request.path.split("/", 3)[3]


def _address(site: Site, page: str) -> str:
    return f"{url_for('sites.show', key=site.key)}/{page}"


def _record_key(site: Site, page: str) -> str:
    return str(uuid.uuid5(uuid.UUID(site.key), page))


def _draft_of(site: Site, page: str) -> Draft | None:
    return drafts.find(db.session(), access.viewer().user, _record_key(site, page), utc_now())


def _is_continued() -> bool:
    return request.method == "GET" and "draft" in request.args
