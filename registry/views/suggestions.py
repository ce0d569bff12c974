"""Answers that a field offers while it is typed, because they are known at the site; any other can be typed too."""

from __future__ import annotations

from sqlalchemy import select

from registry.database import db
from registry.models import ReferenceRange
from registry.views.record_page import RecordPage


def suggestions(page: RecordPage, item: str) -> list[str]:
    """Return what a text item of a page offers: the laboratories whose normal ranges the site recorded."""
    if page.subject is None or (page.form.name, item) != ("laboratory", "which_laboratory"):
        return []
    named = (ReferenceRange.site_id == page.subject.site_id) & ReferenceRange.laboratory.is_not(None)
    wanted = select(ReferenceRange.laboratory).where(named).distinct().order_by(ReferenceRange.laboratory)
    return [laboratory for laboratory in db.session.scalars(wanted) if laboratory]
