"""Each form's round trip: typed on its page, stored in its table, written to a file, with nothing lost on the way."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import answers
import crf_client
from children import Child, make_child
from forms import files
from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Measured
from forms.values import NullFlavour, Row
from signing_in import SignIn

FIXED = {"birth_date": "2015-07", "systolic_mmhg": "110", "diastolic_mmhg": "60"}


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


@pytest.mark.parametrize("form", CASEBOOK.values(), ids=CASEBOOK)
def test_every_item_typed_on_the_page_is_stored_and_exported_as_typed(child: Child, form: Form) -> None:
    for typed in answers.pages(form, child.links, FIXED):
        stored = _save_and_read(child, form, typed)

        expected = {"key": stored["key"], **{name: form.items[name].parse(";".join(t)) for name, t in typed.items()}}
        assert _cells(form, stored) == _cells(form, {**dict.fromkeys(form.typed_items), **expected})


@pytest.mark.parametrize("form", CASEBOOK.values(), ids=CASEBOOK)
def test_every_reason_for_a_missing_answer_is_stored_and_exported(child: Child, form: Form) -> None:
    flavours = list(NullFlavour)
    answered = next(answers.pages(form, child.links, FIXED))
    optional = [name for name in answered if form.items[name].missing and not _decides(form, name)]
    given = {name: flavours[place % len(flavours)] for place, name in enumerate(optional)}
    typed = {name: texts for name, texts in answered.items() if name not in given}

    stored = _save_and_read(child, form, {**typed, **{f"{n}__missing": [f.value] for n, f in given.items()}})

    cells = _cells(form, stored)
    assert {name: cells[f"{name}_nf"] for name in given} == {name: flavour.value for name, flavour in given.items()}
    assert {name: cells[name] for name in given} == dict.fromkeys(given, "")


def _decides(form: Form, name: str) -> bool:
    return any(item.ask_if and name in item.ask_if.items for item in form.items.values())


def _save_and_read(child: Child, form: Form, typed: crf_client.Typed) -> Row:
    units = {f"{name}__unit": [item.unit] for name, item in form.items.items() if isinstance(item, Measured)}

    answer = crf_client.save(child.client, child.page(form.name), {**typed, **units})

    assert answer.status_code == 302, crf_client.problems(answer)
    key = answer.location.rpartition("/")[2]
    return next(record.row for record in child.stored(form.name) if record.key == key)


def _cells(form: Form, row: Row) -> dict[str, str]:
    typed = (column for column in files.columns(form) if column.item_name in form.typed_items)
    return {column.name: files.cell(column, row.get(column.item_name)) for column in typed}
