"""Answers that a field offers while it is typed, because they are known at the site; any other can be typed too."""

from __future__ import annotations

from sqlalchemy import select

from registry.database import db
from registry.models import ReferenceRange
from registry.reference_ranges import standing
from registry.views.record_page import RecordPage


def suggestions(page: RecordPage, item: str) -> list[str]:
    """Return what a text item of a page offers: the laboratories of which the site has normal ranges that stand."""
    if page.subject is None or (page.form.name, item) != ("laboratory", "which_laboratory"):
        return []
    recorded = select(ReferenceRange).where(ReferenceRange.site_id == page.subject.site_id)
    return sorted({one.laboratory for one in standing(db.session.scalars(recorded)) if one.laboratory})
