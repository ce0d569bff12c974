"""A data cut in which every answer of every form could give a child away: what an export is tried against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from cut_folder import CutFolder
from factories import make_site, make_subject, make_user
from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Choice, Count, Day, Derived, Item, Link, Measured, Moment, MultiChoice, Number, Text, YesNo
from forms.values import Measurement, NullFlavour, PartialDate
from registry.models import Site, Subject, User
from registry.release.models import Cut

DAY_0 = date(2026, 3, 5)
SECOND_INFUSION = date(2026, 9, 1)
BORN = PartialDate("2017-08-21")
TYPED_UNIT = "zorks/dL"


@dataclass(frozen=True, kw_only=True)
class TellingCut:
    """The cut as registered, who is in it, and the person who takes data out of it."""

    cut: Cut
    site: Site
    manager: User
    twice_infused: Subject
    not_infused: Subject
    withdrawn_since: Subject
    withdrawn_before: Subject


def make_telling_cut(session: Session, folder: Path) -> TellingCut:
    """Store a site with four children and a cut of three of them, each with every item of every form answered."""
    site = make_site(session, code="NORTHERN", name="Northern Synthetic Hospital")
    manager = make_user(session, role="data_manager", name="Mathilda Example", email="mathilda@example.org")
    children = {
        "twice_infused": make_subject(session, site, code="NOR-48217-K"),
        "not_infused": make_subject(session, site, code="NOR-99341-B"),
        "withdrawn_since": make_subject(session, site, code="NOR-55120-X"),
        "withdrawn_before": make_subject(session, site, code="NOR-71930-D", withdrawn_on=date(2026, 3, 1)),
    }
    files = CutFolder()
    for role in ("twice_infused", "not_infused", "withdrawn_since"):
        _add_child(files, children[role].key, site.code, infused=role != "not_infused")
    children["withdrawn_since"].withdrawn_on = date(2026, 7, 1)
    cut = register(session, files.write(folder), children=3)
    return TellingCut(cut=cut, site=site, manager=manager, **children)


def register(session: Session, folder: Path, *, children: int) -> Cut:
    """Store the row of a cut whose files lie in a folder."""
    cut = Cut(
        cut_id=cut_id(folder),
        folder=str(folder),
        taken_at=datetime(2026, 6, 30, 18, 0),
        change_seq=1,
        subjects=children,
        rows=40,
    )
    session.add(cut)
    session.commit()
    return cut


def cut_id(folder: Path) -> str:
    """Return the id that a cut's manifest states."""
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    return manifest.split('"id": "')[1].split('"')[0]


def _add_child(files: CutFolder, child: str, site: str, *, infused: bool) -> None:
    files.subjects[child] = site
    infusions: list[str] = []
    if infused:
        for day in (DAY_0, SECOND_INFUSION):
            given = {"infused_on": day, "infusion_number": len(infusions) + 1}
            infusions.append(files.add("infusion", child, **_answers(CASEBOOK["infusion"], [], **given)))
    for name, form in CASEBOOK.items():
        if name != "infusion":
            files.add(name, child, **_answers(form, infusions))
            if form.repeats and infused:
                late = {form.day_item: _late(form.items[form.day_item])} if form.day_item else {}
                files.add(name, child, **{**_answers(form, []), **late})


def _answers(form: Form, infusions: list[str], **given: Any) -> dict[str, Any]:
    answers = {name: _answer(name, item, infusions) for name, item in form.items.items()}
    if form.name == "enrolment":
        answers["birth_date"] = BORN
    return {name: value for name, value in {**answers, **given}.items() if value is not None}


def _late(item: Item) -> Any:
    """Return a day three days after the second infusion, as the item keeps it."""
    moment = datetime(SECOND_INFUSION.year, SECOND_INFUSION.month, SECOND_INFUSION.day, 6, 45) + timedelta(days=3)
    if isinstance(item, Moment):
        return PartialDate(moment.isoformat(timespec="minutes")) if item.partial else moment
    return PartialDate(moment.date().isoformat()) if getattr(item, "partial", False) else moment.date()


def _answer(name: str, item: Item, infusions: list[str]) -> Any:
    shape = item.result if isinstance(item, Derived) else item
    if isinstance(shape, Day):
        return PartialDate("2026-03") if shape.partial else DAY_0 + timedelta(days=2)
    if isinstance(shape, Moment):
        return PartialDate("2026-03-07T14:37") if shape.partial else datetime(2026, 3, 7, 14, 37)
    if isinstance(shape, Measured):
        return Measurement(value=Decimal(17), sign="<", unit_typed=TYPED_UNIT, text_typed=f"<17 {TYPED_UNIT}")
    if isinstance(shape, Number):
        return Decimal(str(shape.low)) + 1
    if isinstance(shape, Count):
        return 1 if name == "infusion_number" else max(int(shape.low or 0), 0)
    if isinstance(shape, Choice):
        return next(iter(shape.codes.labels))
    if isinstance(shape, MultiChoice):
        return tuple(code for code in shape.codes.labels if code != shape.none)[:2]
    if isinstance(shape, YesNo):
        return True if item.required or not item.missing else NullFlavour.UNKNOWN
    if isinstance(shape, Text):
        return f"Telling words of {name}, seen by Dr Example 4711"
    assert isinstance(shape, Link)
    if shape.form != "infusion" or not infusions:
        return None
    return (infusions[0],) if shape.many else infusions[0]
