"""Central monitoring for the data manager: each site's figures, and how often each rule fires and is overruled."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from forms.ordering import ENTRY_IS_LATE_AFTER_DAYS
from registry import access
from registry.database import db, utc_now
from registry.models import Subject
from registry.monitoring import site_figures
from registry.monitoring.fired_checks import fired_checks

bp = Blueprint("monitoring", __name__, url_prefix="/monitoring")

CHILDREN_LISTED = 10


@bp.get("")
@access.requires("monitoring.view")
def index() -> ResponseReturnValue:
    """Show the sites side by side, and the rules of all of them together."""
    session = db.session()
    sites = session.scalars(access.visible_sites("monitoring.view")).all()
    return render_template(
        "monitoring/index.html",
        rows=site_figures.figures(session, sites, utc_now()),
        rules=fired_checks(session, sites),
        late_after=ENTRY_IS_LATE_AFTER_DAYS,
    )


@bp.get("/<uuid:key>")
@access.requires("monitoring.view")
def show(key: UUID) -> ResponseReturnValue:
    """Show one site: what stands out and what to do, the children concerned, its digits and its rules."""
    session = db.session()
    site = access.get_site(key, "monitoring.view")
    (row,) = site_figures.figures(session, [site], utc_now())
    worst = sorted(row.grade_days.worst.items(), key=lambda pair: (-pair[1], pair[0]))[:CHILDREN_LISTED]
    found = session.scalars(select(Subject).where(Subject.id.in_([id_ for id_, _ in worst])))
    children = {child.id: child for child in found}
    return render_template(
        "monitoring/show.html",
        row=row,
        worst=[(children[id_], days) for id_, days in worst],
        rules=fired_checks(session, [site]),
        late_after=ENTRY_IS_LATE_AFTER_DAYS,
    )
