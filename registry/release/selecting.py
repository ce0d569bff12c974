"""Which children of a cut may go out, and how many may not, by reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import files
from forms.casebook import CASEBOOK
from forms.items import Privacy, Text
from registry.consent import ANSWERED_NO, MISTAKEN, NOT_REFUSED, WITHDRAWN
from registry.models import Site, Subject
from registry.release import leak_scan, rules
from registry.release.actions import UnruledItem
from registry.release.cut_files import CutFiles, id_in
from registry.release.leak_scan import Identifiers
from registry.release.models import Cut
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.pseudonyms import Pseudonyms, WeakKey
from registry.release.refusal import ExportRefused
from registry.tables import TABLES

_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,39}")
WITHDRAWN_BEFORE = "withdrew before the data cut"
WITHDRAWN_SINCE = "withdrew since the data cut"
MISTAKEN_SINCE = "entered by mistake, which was found since the data cut"
NO_CONSENT = "consent not recorded, or answered No"
REFUSED_AT_18 = "did not consent again at 18"
NOT_SHARED = "did not agree to sharing with other researchers"


@dataclass(frozen=True, kw_only=True)
class Selected:
    """A cut whose files are whole, and the children of it who may go out.

    ``children`` maps a child's key to its random enrolment id, ``codes`` to its code in the registry; ``excluded``
    counts who does not go out, ``sharing`` who agreed that other researchers may have de-identified data. An export of
    one site counts no child of another.
    """

    cut_id: str
    change_seq: int
    files: CutFiles
    children: Mapping[str, str]
    codes: Mapping[str, str]
    excluded: Mapping[str, int]
    sharing: int
    pseudonyms: Pseudonyms
    known: Identifiers


def select_children(session: Session, cut: Cut, order: Order) -> Selected:
    """Return who goes out; ExportRefused when nothing can. Writes nothing.

    Ends the session's transaction before it reads files, so that no save has to wait for it.
    """
    pseudonyms = _pseudonyms_for(order)
    folder, cut_id, taken_at, change_seq = Path(cut.folder), cut.cut_id, cut.taken_at, cut.change_seq
    session.commit()
    _verify(folder, cut_id)
    cut_files = CutFiles(folder)
    known = leak_scan.identifiers(session, set(_direct_identifiers(folder)))
    if leak_scan.scan_text("project", order.project, known, holds_data=True):
        raise ExportRefused("The project's name tells a center, a person or a date. Choose another one.")
    standing = _standing_now(session, order, cut_files.children(), taken_at)
    consents = _consents(cut_files).and_still(_consents_now(session))
    session.commit()
    if standing.unknown:
        raise ExportRefused("The data cut holds children this database does not know. Export it where it was taken.")
    children, excluded = standing.children, standing.excluded
    for reason, keeps in _filters(order, consents).items():
        left = {key: uuid for key, uuid in children.items() if keeps(key)}
        excluded[reason] = excluded.get(reason, 0) + len(children) - len(left)
        children = left
    return Selected(
        cut_id=cut_id,
        change_seq=change_seq,
        files=cut_files,
        children=children,
        codes={key: standing.codes[key] for key in children},
        excluded=excluded,
        sharing=len(consents.sharing & children.keys()),
        pseudonyms=pseudonyms,
        known=known,
    )


def _pseudonyms_for(order: Order) -> Pseudonyms:
    """Return the pseudonyms of an order's project; ExportRefused where the order does not say what it must."""
    if not order.purpose.strip():
        raise ExportRefused("Say in a sentence what the data are for: the purpose stands in the export log.")
    if not _PROJECT.fullmatch(order.project):
        raise ExportRefused(
            "Give the project a short name of 3 to 40 letters, digits and hyphens that begins with a letter, such as "
            "steroid-sparing. The same name gives the same codes again."
        )
    try:
        pseudonyms = Pseudonyms(str(current_app.config.get("PSEUDONYM_KEY") or ""), order.project)
        rules.actions(order.profile)
    except (WeakKey, UnruledItem) as refused:
        raise ExportRefused(str(refused)) from None
    return pseudonyms


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """The children of a cut as the database knows them now.

    ``children`` and ``codes`` as in `Selected`, of those who may still go out; ``excluded`` counts the others by
    reason; ``unknown`` are the keys of those that the database does not know.
    """

    children: dict[str, str]
    codes: dict[str, str]
    excluded: dict[str, int]
    unknown: set[str]


def _standing_now(session: Session, order: Order, in_cut: Collection[str], taken_at: datetime) -> _Standing:
    """Return how the children of a cut stand now, those of other sites left out where the order is of one site."""
    children, codes, unknown = {}, {}, set(in_cut)
    excluded = {WITHDRAWN_BEFORE: 0, WITHDRAWN_SINCE: 0, NO_CONSENT: 0}
    statement = (
        select(
            *(Subject.key, Subject.code, Subject.enrolment_uuid, Subject.created_at),
            *(WITHDRAWN, ANSWERED_NO, MISTAKEN),
            Site.code,
        )
        .join(Subject.site)
        .order_by(Subject.key)
    )
    for key, code, enrolment_uuid, created_at, *state, site in session.execute(statement):
        has_withdrawn, answered_no, is_mistaken = state
        unknown.discard(key)
        if order.site not in (None, site):
            continue
        if is_mistaken:
            if key in in_cut:
                excluded[MISTAKEN_SINCE] = excluded.get(MISTAKEN_SINCE, 0) + 1
        elif has_withdrawn or answered_no:
            why = (WITHDRAWN_SINCE if key in in_cut else WITHDRAWN_BEFORE) if has_withdrawn else NO_CONSENT
            excluded[why] += key in in_cut or created_at <= taken_at
        elif key in in_cut:
            children[key], codes[key] = enrolment_uuid, code
    return _Standing(children=children, codes=codes, excluded=excluded, unknown=unknown)


def who_goes_out(session: Session, cut_files: CutFiles, order: Order) -> frozenset[str]:
    """Return the keys of the children of a cut who go out in an order, as their consent stands now."""
    stay = set(session.scalars(select(Subject.key).where(~NOT_REFUSED)))
    return _kept(cut_files, order, _consents(cut_files).and_still(_consents_now(session))) - stay


def who_went_out(cut_files: CutFiles, order: Order) -> frozenset[str]:
    """Return the keys of the children of a cut who went out in an order, by the consents in the cut alone.

    Those who withdrew between the cut and the export are among them.
    """
    return _kept(cut_files, order, _consents(cut_files))


def _kept(cut_files: CutFiles, order: Order, consents: _Consents) -> frozenset[str]:
    keeps = _filters(order, consents).values()
    return frozenset(
        key
        for key, site in cut_files.children().items()
        if order.site in (None, site) and all(keep(key) for keep in keeps)
    )


@dataclass(frozen=True, kw_only=True)
class _Consents:
    """Who was asked, consented, agreed to sharing with other researchers, and did not consent again at 18."""

    asked: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    sharing: set[str] = field(default_factory=set)
    refused_at_18: set[str] = field(default_factory=set)

    def add(self, child: str, *, consented: bool, scopes: Collection[str], refused_at_18: bool) -> None:
        """Keep what one enrolment page says."""
        self.asked.add(child)
        if consented:
            self.given.add(child)
        if "sharing" in scopes:
            self.sharing.add(child)
        if refused_at_18:
            self.refused_at_18.add(child)

    def and_still(self, later: _Consents) -> _Consents:
        """Return who agreed then and still does; one that did not consent again at either time did not."""
        return _Consents(
            asked=self.asked,
            given=self.given - (later.asked - later.given),
            sharing=self.sharing - (later.asked - later.sharing),
            refused_at_18=self.refused_at_18 | later.refused_at_18,
        )


def _filters(order: Order, consents: _Consents) -> dict[str, Callable[[str], bool]]:
    """Return why children are left out beside a withdrawal -> what tells who stays."""
    filters: dict[str, Callable[[str], bool]] = {NO_CONSENT: consents.given.__contains__}
    if order.profile is not Profile.IDENTIFIED:
        filters[REFUSED_AT_18] = lambda key: key not in consents.refused_at_18
        if order.recipient.strip():
            filters[NOT_SHARED] = consents.sharing.__contains__
    return filters


def _consents(cut: CutFiles) -> _Consents:
    """Return what the enrolment pages of a cut say about consent."""
    found = _Consents()
    for row in cut.form("enrolment").rows():
        found.add(
            row["subject"],
            consented=row["consent_obtained"] == "true",
            scopes=row["consent_scopes"].split(";"),
            refused_at_18=row["reconsent_refused"] == "true",
        )
    return found


def _consents_now(session: Session) -> _Consents:
    """Return what the enrolment pages say about consent now: a family may have changed its mind since the cut."""
    table, found = TABLES["enrolment"], _Consents()
    answers = (table.c.consent_obtained, table.c.consent_scopes, table.c.reconsent_refused)
    statement = select(Subject.key, *answers).join(table, table.c.subject_id == Subject.id)
    for key, obtained, scopes, refused in session.execute(statement.where(table.c.voided_at.is_(None))):
        found.add(key, consented=obtained is True, scopes=scopes or (), refused_at_18=refused is True)
    return found


def _verify(folder: Path, cut_id: str) -> None:
    """Refuse a cut whose files, or what its manifest says of them, are not as they were taken."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        intact = id_in(folder) == cut_id and all(
            files.sha256(folder / name) == entry["sha256"] for name, entry in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        intact = False
    if not intact:
        raise ExportRefused("The files of this data cut are missing or were changed. Take a new cut and export that.")


def _direct_identifiers(folder: Path) -> Iterator[str]:
    """Yield the identifiers that were typed into a cut's forms, such as numbers of other registries."""
    for form in CASEBOOK.values():
        typed = [name for name, item in form.items.items() if isinstance(item, Text) and item.privacy is Privacy.DIRECT]
        if typed:
            for row in CutFiles(folder).form(form.name).rows():
                yield from (row[name] for name in typed if row[name])
