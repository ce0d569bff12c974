"""Drafts of the pages of a site: kept while they are typed, offered again, gone once saved or given up."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from registry import access, drafts, log_history
from registry.database import db, utc_now
from registry.log_history import HistoryEntry
from registry.models import Draft, InfusionLog, ReferenceRange, Site, SiteProtocol
from registry.reference_ranges import of_same_place
from registry.templating import show_time
from registry.views.by_whom import who_saved
from registry.wording import SITE_PAGE

bp = Blueprint("site_drafts", __name__, url_prefix="/sites")

NEW = "new"
"""The page that opens a center; its draft belongs to no site yet."""
RANGE = "reference-ranges/"
TITLES = {
    r"edit": "Set-up",
    r"protocols/new": "Protocol version",
    r"reference-ranges/new": "Reference range",
    r"reference-ranges/[0-9a-f-]{36}": "Reference range, corrected",
    r"infusion-log/(20\d\d-Q[1-4])": "Infusion log, {}",
}
"""The pages of a site of which a draft is kept, by the end of their address, and what each is called."""


@dataclass(frozen=True, kw_only=True)
class SiteDraft:
    """A page of a site and the viewer's draft of it: one that is offered, or one that the page goes on with.

    ``overtaken`` is the save by which its row changed after it was kept, ``stands`` the number in the log of the last
    save of its row.
    """

    site: Site | None
    page: str
    draft: Draft | None
    is_continued: bool
    overtaken: HistoryEntry | None
    stands: int

    @property
    def overtaken_by(self) -> str:
        """Return who saved meanwhile."""
        return who_saved(self.overtaken) if self.overtaken else ""

    @property
    def keep_url(self) -> str:
        """Return where the page keeps what is typed."""
        return self._url("keep")

    @property
    def discard_url(self) -> str:
        """Return where what was typed is given up."""
        return self._url("discard")

    def _url(self, what: str) -> str:
        if self.site is None:
            return url_for(f"site_drafts.{what}_new")
        return url_for(f"site_drafts.{what}", key=self.site.key, page=self.page)


@bp.post("/<uuid:key>/drafts/<path:page>")
@access.requires("site.view")
def keep(key: Any, page: str) -> ResponseReturnValue:
    """Keep a page of a site as typed so far; answer with the time."""
    return _answer_kept(_site_to_change(key, page), page)


@bp.post("/new/drafts")
@access.requires("site.open")
def keep_new() -> ResponseReturnValue:
    """Keep the page of a new center as typed so far; answer with the time."""
    return _answer_kept(None, NEW)


@bp.post("/<uuid:key>/drafts/discard/<path:page>")
@access.requires("site.view")
def discard(key: Any, page: str) -> ResponseReturnValue:
    """Forget what was typed on a page; go on with it as it is stored, or back to the site."""
    site = _site_to_change(key, page)
    return _discard(site, page, back=url_for("sites.show", key=site.key))


@bp.post("/new/drafts/discard")
@access.requires("site.open")
def discard_new() -> ResponseReturnValue:
    """Forget what was typed of a new center; go on with an empty page, or back to the list."""
    return _discard(None, NEW, back=url_for("sites.index"))


def typed_before(site: Site | None) -> dict[str, Any]:
    """Return what a form reads in place of what is stored: the draft that the address asks to go on with."""
    draft = _draft_of(site, _page_here(site)) if _is_continued() else None
    return {"formdata": drafts.fields_of(draft)} if draft else {}


def draft_here(site: Site | None, row: Site | InfusionLog | SiteProtocol | ReferenceRange | None = None) -> SiteDraft:
    """Return what the page of a request says of its draft; ``row`` is what it changes, or begins with."""
    page = _page_here(site)
    draft = _draft_of(site, page) if request.method == "GET" else None
    saves = log_history.of_record(db.session(), row.key) if row else []
    is_of_another_row = draft is not None and address_of(draft) != _to_continue(site, page)
    later = [save for save in saves if draft and (is_of_another_row or save.at > draft.saved_at)]
    return SiteDraft(
        site=site,
        page=page,
        draft=draft,
        is_continued=_is_continued(),
        overtaken=later[-1] if later else None,
        stands=saves[-1].seq if saves else 0,
    )


def keep_what_comes_back(site: Site | None) -> str:
    """Keep a page that could not be saved; return why there is no room for it, empty where there is."""
    try:
        _keep(site, _page_here(site))
    except drafts.NoRoom as refused:
        db.session.rollback()
        return str(refused)
    return ""


def drop_here(site: Site | None) -> None:
    """Forget the draft of the page of a request: it is saved. The caller commits."""
    _drop(site, _page_here(site))


def address_of(draft: Draft) -> str:
    """Return the address that goes on with a draft of a page of a site."""
    return draft.typed["_address"][0]


def title_of(draft: Draft) -> str:
    """Return what a draft of a page of a site is a draft of, and of which site."""
    return draft.typed["_title"][0]


def that_can_be_saved(found: Iterable[Draft]) -> list[Draft]:
    """Return some drafts without those of pages of a site that their author may not change any more."""
    found = list(found)
    if not any(draft.form == SITE_PAGE for draft in found):
        return found
    sites = {one: set(db.session.scalars(access.visible_sites(one))) for one in ("site.edit", "infusion_log.edit")}
    keys = {action: {site.key for site in of_action} for action, of_action in sites.items()}

    def can_be_saved(draft: Draft) -> bool:
        named = re.search(r"/sites/([0-9a-f-]{36})/([^?]+)", address_of(draft))
        return named[1] in keys[_action(named[2])] if named else access.viewer().may("site.open")

    return [draft for draft in found if draft.form != SITE_PAGE or can_be_saved(draft)]


def _answer_kept(site: Site | None, page: str) -> ResponseReturnValue:
    try:
        _keep(site, page)
    except drafts.NoRoom as refused:
        db.session.rollback()
        return jsonify(said=str(refused)), 422
    return jsonify(saved_at=show_time(utc_now(), site))


def _discard(site: Site | None, page: str, *, back: str) -> ResponseReturnValue:
    _drop(site, page)
    db.session.commit()
    return redirect(back if "cancel" in request.form else _address(site, page))


def _drop(site: Site | None, page: str) -> None:
    drafts.drop(db.session(), access.viewer().user, _record_key(site, page))


def _keep(site: Site | None, page: str) -> None:
    title = f"{_title(page)}: {site.name}" if site else "Open a center"
    told = {"_address": _to_continue(site, page), "_title": title}
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
    return access.get_site(key, _action(page))


def _action(page: str) -> str:
    return "infusion_log.edit" if page.startswith("infusion-log/") else "site.edit"


def _title(page: str) -> str:
    found = ((title, re.fullmatch(pattern, page, re.ASCII)) for pattern, title in TITLES.items())
    return next((title.format(*match.groups()) for title, match in found if match), "")


def _page_here(site: Site | None) -> str:
    return request.path.split("/", 3)[3] if site else NEW


def _address(site: Site | None, page: str) -> str:
    return f"{url_for('sites.show', key=site.key)}/{page}" if site else url_for("sites.new")


def _to_continue(site: Site | None, page: str) -> str:
    return f"{_address(site, page)}?draft=yes"


def _record_key(site: Site | None, page: str) -> str:
    """Return what the draft of a page is kept under; a correction under the first range of those it may correct.

    Whoever corrects that range meanwhile puts another in its place, where the draft has to be found.
    """
    if site and page.startswith(RANGE):
        stored = db.session.scalars(select(ReferenceRange).where(ReferenceRange.site_id == site.id))
        first = of_same_place(stored, page.removeprefix(RANGE))[:1]
        page = f"{RANGE}{first[0].key}" if first else page
    return str(uuid.uuid5(uuid.UUID(site.key) if site else uuid.UUID(int=0), page))


def _draft_of(site: Site | None, page: str) -> Draft | None:
    return drafts.find(db.session(), access.viewer().user, _record_key(site, page), utc_now())


def _is_continued() -> bool:
    return request.method == "GET" and "draft" in request.args
