"""De-identified releases that lie beside an order's files, and what they tell of each child already."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.items import Choice, Derived, Item, MultiChoice
from registry.release.archives import unzip_one
from registry.release.columns import POOLED, form_path, stamped
from registry.release.descriptor import DESCRIPTOR
from registry.release.export_rows import DELETED, DONE, order_of
from registry.release.exports import archive_of, manifest_of
from registry.release.models import Export
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.pseudonyms import Pseudonyms
from registry.release.quasi_identifiers import PAGES
from registry.release.refusal import ExportRefused
from registry.release.standing_out import EXPECTED
from registry.typed_text import visible

ToldOfChild = tuple[tuple[str, ...], ...]
"""What each earlier release told of a child in its table of the children, and which pages it showed in which windows;
empty where the child was not in it."""
Lacked = tuple[tuple[str, ...] | None, ...]
"""The expected pages that a child lacked in each earlier release; None where it was not in it, which its code tells."""

_UNDER_AN_AGREEMENT = (
    " It was made under a data use agreement: where that has ended or expired it cannot be written again, and a new "
    "agreement does not change that. Then ask whoever runs the server to put its zip back from a backup; it is held "
    "against this release and handed out to nobody. Without a backup only another project can be released, to somebody "
    "who holds no file of this one."
)

THERE = "there"
"""What the codes of a release tell of each of its children before any value."""


def earlier_releases(session: Session, order: Order, *, until_id: int | None = None) -> list[Export]:
    """Return the de-identified exports whose files have left, or could have, and lie beside those of an order.

    They are of the same project, or went to the same recipient under another one. Given ``until_id``, only those with
    smaller ids: so an export that is written again is held against the same ones as the first time.
    """
    left = Export.status.in_((DONE, DELETED)) & (Export.profile == Profile.DEIDENTIFIED)
    known = left if until_id is None else left & (Export.id < until_id)
    recipient = _name_of(order.recipient)
    return [
        export
        for export in session.scalars(select(Export).where(known).order_by(Export.id))
        if export.project == order.project or (recipient and _name_of(export.recipient) == recipient)
    ]


def same_codes_with_others(session: Session, order: Order) -> Export | None:
    """Return an export of the same codes whose rows must not be joined with those of an order, None without one.

    That is a limited data set beside de-identified data, or the other way round: dates and centers beside rows without.
    One named recipient of both holds these dates anyway.
    """
    other = {Profile.LIMITED: Profile.DEIDENTIFIED, Profile.DEIDENTIFIED: Profile.LIMITED}.get(order.profile)
    left = Export.status.in_((DONE, DELETED)) & (Export.profile == other) & (Export.project == order.project)
    recipient = _name_of(order.recipient)
    found = session.scalars(select(Export).where(left).order_by(Export.id))
    return next((one for one in found if not recipient or _name_of(one.recipient) != recipient), None)


def until_id_of(export: Export) -> int | None:
    """Return up to which id others left earlier than an export, None for all.

    What left after it was written first is no matter when it is written again.
    """
    return export.id if export.sha256 else None


def told_before(session: Session, releases: Sequence[Export], children: Mapping[str, str]) -> dict[str, ToldOfChild]:
    """Return what each child is known by from earlier releases; ``children`` maps keys to random enrolment ids.

    Another project has other codes, yet most of its rows can be matched, so they count like the same codes.
    Errors: ExportRefused where the files of one are gone or its codes were made with another key, since nobody can tell
    then.
    """
    told: dict[str, ToldOfChild] = dict.fromkeys(children, ())
    for export in releases:
        pseudonyms = Pseudonyms(str(current_app.config.get("PSEUDONYM_KEY") or ""), export.project)
        _refuse_another_key(export, pseudonyms)
        rows = _children_of(session, export)
        for key, enrolment_uuid in children.items():
            told[key] = (*told[key], rows.get(pseudonyms.child(enrolment_uuid), ()))
    return told


def _refuse_another_key(export: Export, pseudonyms: Pseudonyms) -> None:
    """Refuse what cannot be held against an earlier release, since none of its codes would be found again."""
    if manifest_of(_archive(export))["codes_made_with_key"] != pseudonyms.key_id:
        raise ExportRefused(
            f"The release of the project {export.project} of {export.made_at:%Y-%m-%d} has codes that were made with "
            "another PSEUDONYM_KEY, so nobody can tell what the two would tell together. Whoever looks after this "
            "installation can put the key back from the copy of secrets.json. If it is lost, only another project can "
            "be released, to somebody who holds no file of this one."
        )


def pools_before(releases: Sequence[Export]) -> dict[tuple[str, str], frozenset[str]]:
    """Return form and item -> the answers that any of these releases put together, as they say themselves.

    Errors: ExportRefused where the files of one are gone.
    """
    found: dict[tuple[str, str], frozenset[str]] = {}
    for export in releases:
        described = json.loads(unzip_one(_archive(export), DESCRIPTOR))
        for field in (field for table in described["resources"] for field in table["schema"]["fields"]):
            key, shown = (field.get("x_form", ""), field.get("x_item", "")), field.get("x_codes", {})
            if POOLED in shown and key[0] in CASEBOOK and key[1] in CASEBOOK[key[0]].items:
                hidden = _codes_of(CASEBOOK[key[0]].items[key[1]]).difference(shown)
                found[key] = found.get(key, frozenset()) | hidden
    return found


def lacked_before(session: Session, releases: Sequence[Export], children: Mapping[str, str]) -> dict[str, Lacked]:
    """Return the expected pages that each child lacked in each of these releases.

    ``children`` maps keys to random enrolment ids. Errors: ExportRefused where the files of one are gone.
    """
    found: dict[str, Lacked] = dict.fromkeys(children, ())
    for export in releases:
        pseudonyms = Pseudonyms(str(current_app.config.get("PSEUDONYM_KEY") or ""), export.project)
        there, forms = _codes_in(session, export, "children.csv"), order_of(session, export).forms
        had = {form: _codes_in(session, export, form_path(form)) for form in EXPECTED if form in forms}
        for key, enrolment_uuid in children.items():
            code = pseudonyms.child(enrolment_uuid)
            lacked = tuple(form for form, own in had.items() if code not in own)
            found[key] = (*found[key], lacked if code in there else None)
    return found


def _codes_in(session: Session, export: Export, path: str) -> frozenset[str]:
    """Return the codes of the children who have a row in a file of a release."""
    return frozenset(code for code, *_ in _rows_of(session, export, path))


def _codes_of(item: Item) -> frozenset[str]:
    shape = item.result if isinstance(item, Derived) else item
    return frozenset(shape.codes.labels) if isinstance(shape, Choice | MultiChoice) else frozenset()


def _children_of(session: Session, export: Export) -> dict[str, tuple[str, ...]]:
    """Return what a release told of its children by their codes; nothing is empty, also where nothing was told."""
    (_, *columns), *rows = _rows_of(session, export, "children.csv")
    pages = _pages_of(session, export) if "course" in columns else {}
    return {code: (THERE, *values, *sorted(pages.get(code, ()))) for code, *values in rows}


def _pages_of(session: Session, export: Export) -> dict[str, set[str]]:
    """Return which page each child has in which window of days in the forms of a release."""
    found: dict[str, set[str]] = {}
    for form in PAGES:
        if form in order_of(session, export).forms:
            header, *rows = _rows_of(session, export, form_path(form))
            window = header.index("window")
            for row in rows:
                found.setdefault(row[0], set()).add(f"{form}: {row[window]}")
    return found


def _rows_of(session: Session, export: Export, path: str) -> Iterator[list[str]]:
    """Yield the rows of a file of a release, its header first."""
    name = stamped(path, order_of(session, export).stamp)
    return csv.reader(io.StringIO(unzip_one(_archive(export), name).decode("utf-8"), newline=""))


def _archive(export: Export) -> Path:
    archive = archive_of(export)
    if archive is None:
        raise ExportRefused(
            f"The files of the release of the project {export.project} of {export.made_at:%Y-%m-%d} are gone from the "
            "server, so nobody can tell what the two would tell together. Have it written again first, on its page."
            + (_UNDER_AN_AGREEMENT if export.agreement_key else "")
        )
    return archive


def _name_of(recipient: str) -> str:
    """Return a recipient as who typed it meant it: neither capitals, blanks nor what nobody sees make another one."""
    return " ".join(visible(recipient).casefold().split())
