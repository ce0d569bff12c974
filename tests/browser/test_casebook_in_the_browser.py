"""The whole casebook by hand: one child enrolled in the browser and all fifteen forms filled on their pages.

What was typed is found again, item by item, in the table, in the data cut and, as far as it may leave, in the
de-identified export.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

import answers
from browser_hands import Typed, fill, save
from cut_rows import read_rows
from factories import make_site, make_user
from forms import files
from forms.casebook import CASEBOOK
from forms.form import Form
from forms.values import Row
from registry.database import db
from registry.models import Subject
from registry.release import pipeline
from registry.release.cuts import take_cut
from registry.release.models import Cut
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.stored_records import read_records

DAY_0 = date(2026, 3, 8)
FIXED = {
    "birth_date": "2015-07",
    "diagnosed_on": "2024-02",
    "lymphodepletion_on": "2026-03-03",
    "infused_on": DAY_0.isoformat(),
    "systolic_mmhg": "110",
    "diastolic_mmhg": "60",
    # Withdrawn, the child would take no further page.
    "withdrawn": "no",
}
EXCLUDED_BY_ANOTHER = {"baseline.baseline_ice", "end_of_study.last_contact_on"}
"""Asked from 12 years on instead of CAPD, and of a child that was lost instead of one that died."""

PROJECT = "casebook"


@dataclass(frozen=True, kw_only=True)
class Book:
    """What was typed about one child: form -> record key -> item -> texts; ``links`` is form -> key of a first page."""

    subject: str
    typed: dict[str, dict[str, Typed]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def note(self, form: Form, key: str, typed: Typed) -> None:
        """Keep what was typed on a page that has been saved."""
        self.typed.setdefault(form.name, {})[key] = typed
        self.links.setdefault(form.name, key)

    def pages(self) -> Iterator[tuple[Form, str, Typed]]:
        """Yield form, record key and what was typed of each page."""
        for name, pages in self.typed.items():
            yield from ((CASEBOOK[name], key, typed) for key, typed in pages.items())


def test_what_is_typed_on_all_fifteen_forms_is_stored_cut_and_exported(server: Any, page: Page, tmp_path: Path) -> None:
    with server.app.app_context():
        user = make_user(db.session(), role="coordinator", site=make_site(db.session()))
        db.session.commit()
    server.sign_in(page, user)
    book = enrol_by_hand(page, server.address)
    for form in list(CASEBOOK.values())[1:]:
        for typed in chosen_pages(form, book.links):
            page.goto(f"{server.address}/subjects/{book.subject}/{form.name}/new")
            fill(page, form, typed)
            book.note(form, save(page), typed)
    correct_the_baseline(page, server.address, book)

    assert list(book.typed) == list(CASEBOOK)
    assert core_items_never_typed(book) == EXCLUDED_BY_ANOTHER
    with server.app.app_context():
        cut = take_cut(db.session(), tmp_path / "cut", by=None)
        db.session.commit()
        assert list(differences(stored_rows(book), book)) == []
        assert list(differences(cut_rows(tmp_path / "cut"), book)) == []
        assert list(exported_otherwise(exported_rows(cut, tmp_path / "out"), book)) == []


def enrol_by_hand(page: Page, address: str) -> Book:
    """Enrol a child on the page for it; return the book that begins with what was typed."""
    form = CASEBOOK["enrolment"]
    typed = next(answers.pages(form, {}, FIXED))
    page.goto(f"{address}/subjects/enrol")
    fill(page, form, typed)
    key = save(page)
    expect(page.get_by_text("Enrolled as")).to_be_visible()
    book = Book(subject=page.url.split("/")[4])
    book.note(form, key, typed)
    return book


def chosen_pages(form: Form, links: dict[str, str]) -> list[Typed]:
    """Return the page that asks the most, and of a form that repeats as many more as it takes to ask every core item.

    On those only the core items are answered, and what decides whether they are asked. A link to a record of the same
    form is left out where there is none yet.
    """
    known = {name: links.get(name, "") for name in CASEBOOK}
    pages = [{item: texts for item, texts in one.items() if texts != [""]} for one in answers.pages(form, known, FIXED)]
    left = core_items(form)
    chosen: list[Typed] = []
    while left and (form.repeats or not chosen):
        most = max(pages, key=lambda one: (len(left & set(one)), len(one)))
        wanted = core_items(form) | {one for name in left & set(most) for one in deciding(form, name)}
        chosen.append({name: texts for name, texts in most.items() if not chosen or name in wanted})
        left -= set(most)
    return chosen


def deciding(form: Form, name: str) -> set[str]:
    """Return the items whose answers decide whether an item is asked."""
    condition = form.items[name].ask_if
    return {one for item in condition.items for one in (item, *deciding(form, item))} if condition else set()


def core_items(form: Form) -> set[str]:
    return {name for name, item in form.typed_items.items() if not item.extended}


def correct_the_baseline(page: Page, address: str, book: Book) -> None:
    """Correct a saved page: the test of cognition was CAPD, and its score, asked only now, is added."""
    form = CASEBOOK["baseline"]
    corrections = {"baseline_instrument": ["capd"], "baseline_capd": ["3"]}
    page.goto(f"{address}/subjects/{book.subject}/baseline/{book.links['baseline']}")
    fill(page, form, corrections)
    key = save(page, reason="Typing error")
    book.note(form, key, {**book.typed["baseline"][key], **corrections})


def core_items_never_typed(book: Book) -> set[str]:
    """Return the core items that no page asked."""
    typed = {(form.name, item) for form, _, page in book.pages() for item in page}
    return {f"{f.name}.{item}" for f in CASEBOOK.values() for item in core_items(f) if (f.name, item) not in typed}


def stored_rows(book: Book) -> dict[str, Row]:
    """Return the rows in the tables by record key."""
    subject = db.session.scalars(select(Subject).where(Subject.key == book.subject)).one()
    found = read_records(db.session(), CASEBOOK, [subject.id])
    return {record.key: record.row for records in found.values() for record in records}


def cut_rows(folder: Path) -> dict[str, Row]:
    """Return the rows of a data cut by record key."""
    rows = (row for form in CASEBOOK.values() for row in read_rows(folder / f"forms/{form.name}.csv", form))
    return {str(row["record"]): row for row in rows}


def differences(rows: dict[str, Row], book: Book) -> Iterator[str]:
    """Yield each item whose cells are not those of what was typed; nobody typed anything else."""
    assert set(rows) == {key for _, key, _ in book.pages()}
    for form, key, typed in book.pages():
        expected = {name: form.items[name].parse(";".join(texts)) for name, texts in typed.items()}
        for column in files.columns(form):
            if column.item_name in form.typed_items:
                found, wanted = (files.cell(column, row.get(column.item_name)) for row in (rows[key], expected))
                if found != wanted:
                    yield f"{form.name}.{column.name}: {found!r} where {wanted!r} was typed"


def exported_rows(cut: Cut, out: Path) -> dict[str, dict[str, str]]:
    """Return the rows of an identified export by the key of the record."""
    order = Order(profile=Profile.IDENTIFIED, project=PROJECT, purpose="All fifteen forms")
    assert pipeline.write(db.session(), cut, order, out).children == 1
    texts = ((out / "forms" / f"{name}.csv").read_text(encoding="utf-8") for name in CASEBOOK)
    return {row["record"]: row for text in texts for row in csv.DictReader(io.StringIO(text))}


def exported_otherwise(rows: Mapping[str, Mapping[str, str]], book: Book) -> Iterator[str]:
    """Yield each item that left as something else than what was typed."""
    assert set(rows) == {key for _, key, _ in book.pages()}
    for form, key, typed in book.pages():
        for name, item in form.typed_items.items():
            answer = item.parse(";".join(typed.get(name, [""])))
            column = next(one for one in files.columns(form) if one.name == name)
            wanted = files.cell(column, answer)
            if rows[key][name] != wanted:
                yield f"{form.name}.{name}: {rows[key][name]!r} where {wanted!r} was typed"
