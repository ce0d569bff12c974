"""One page of a site while it is filled in: shown with its draft, saved, or held back as somebody saved meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import Form

from registry import access, log_history, site_records
from registry.database import db, utc_now
from registry.models import InfusionLog, ReferenceRange, Site, SiteProtocol
from registry.templating import show_moment
from registry.views.by_whom import who_saved
from registry.views.site_drafts import draft_here, drop_here, keep_what_comes_back

Row = Site | InfusionLog | SiteProtocol | ReferenceRange
"""What a page of a site may change, or begins with."""


def rows_of(site: Site, model: Any, *order: Any) -> list[Any]:
    """Return what is recorded of one kind for a site."""
    return list(db.session.scalars(select(model).where(model.site_id == site.id).order_by(*order)))


def save(site: Site | None, row: Any, message: str, reason: str = "", judges_again: Site | None = None) -> None:
    """Store a row and forget the draft of its page; ``site`` is None for a center that is only being opened."""
    by, at = access.viewer().user, utc_now()
    site_records.save(db.session(), row, by=by, at=at, reason=reason, judges_again=judges_again)
    drop_here(site)
    db.session.commit()
    flash(message, "success")


def saved_since(site: Site, row: Site | InfusionLog | None, form: Form, names: Sequence[str]) -> list[str]:
    """Return what to say where a row was saved after the page was opened and says otherwise; nothing where it was not.

    The page that comes back was opened after that save, so that saving it again stores it.
    """
    seen = request.form.get("_stands", type=int)
    if seen is None or row is None or all(getattr(row, name) == form[name].data for name in names):
        return []
    later = [one for one in log_history.of_record(db.session(), row.key) if one.seq > seen]
    if not later:
        return []
    changed = {name: new for one in later for name, (_, new) in one.changes.items() if name in names}
    stored = "; ".join(f"{form[name].label.text}: {_in_words(form[name], new)}" for name, new in changed.items())
    who, when = who_saved(later[-1]), show_moment(later[-1].at, site)
    return [
        f"{who} saved this page on {when}, after you opened it, so yours is not saved yet. Stored since: {stored}. "
        "Compare them, then save again to put yours in its place, or cancel."
    ]


def _in_words(field: Any, value: Any) -> Any:
    return "empty" if value is None else dict(getattr(field, "choices", None) or ()).get(value, value)


def form_page(
    form: Form,
    *,
    title: str,
    fields: list[str],
    button: str,
    another: str = "",
    site: Site | None = None,
    row: Row | None = None,
    lead: str = "",
    action: str = "",
) -> ResponseReturnValue:
    """Return a page that asks one answer after the other."""
    zones = sorted(available_timezones()) if "time_zone" in fields else []
    lead = lead or (site.name if site else "")
    shown = {"title": title, "fields": fields, "button": button, "another": another, "lead": lead, "zones": zones}
    return page_of("sites/form.html", form, site, row, action=action, **shown)


def page_of(template: str, form: Form, site: Site | None, row: Row | None = None, **shown: Any) -> ResponseReturnValue:
    """Return a page with its draft; one that comes back is kept."""
    no_room = keep_what_comes_back(site) if form.errors else ""
    page = render_template(template, form=form, site=site, draft=draft_here(site, row), no_room=no_room, **shown)
    return page, 422 if form.errors else 200
