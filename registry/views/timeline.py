"""A child's timeline: a picture for the subject's page, and the same as a table."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from registry import access
from registry.database import db
from registry.models import Subject
from registry.saving.verdicts import of_subject
from registry.stored_records import read_records
from registry.timeline.course import Timeline
from registry.timeline.daily import RULE_SETS
from registry.timeline.records import TIMELINE_FORMS, timeline_of
from registry.timeline.svg import draw

bp = Blueprint("timeline", __name__, url_prefix="/subjects/<uuid:subject_key>")


@bp.get("/timeline.svg")
@access.requires("subject.view")
def picture(subject_key: UUID) -> ResponseReturnValue:
    """Send the timeline as a picture; with ``?part=names`` only the names of its lanes, which stay while it scrolls."""
    subject = access.get_subject(subject_key)
    timeline = _read(subject)
    if timeline is None:
        abort(404)
    image = draw(timeline, title=f"Timeline of {subject.code}", only_names=request.args.get("part") == "names")
    return Response(image, mimetype="image/svg+xml")


@bp.get("/timeline")
@access.requires("subject.view")
def table(subject_key: UUID) -> ResponseReturnValue:
    """Show the timeline as a picture and, day by day, as a table."""
    subject = access.get_subject(subject_key)
    return render_template("timeline/show.html", subject=subject, timeline=_read(subject))


def _read(subject: Subject) -> Timeline | None:
    """Return a child's timeline; one statement for each form and the verdicts, however much is recorded."""
    found = read_records(db.session(), TIMELINE_FORMS, [subject.id])
    verdicts = of_subject(db.session(), subject, RULE_SETS.values())
    return timeline_of({form: [record.row for record in records] for form, records in found.items()}, verdicts)
