"""The casebook itself: the data dictionary on a page and as a file, and each form blank to print."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from forms import dictionary as data_dictionary
from forms.casebook import CASEBOOK
from registry.access import requires
from registry.views.asked_for import find_form
from registry.webforms import RecordForm, sections

bp = Blueprint("casebook", __name__)


@bp.get("/dictionary")
@requires("dictionary.view")
def dictionary() -> ResponseReturnValue:
    """Show the forms, how many items each has, and the way to them."""
    rows = {form.name: list(data_dictionary.entries([form])) for form in CASEBOOK.values()}
    return render_template("casebook/dictionary.html", casebook=CASEBOOK, rows=rows)


@bp.get("/dictionary/<form_name>")
@requires("dictionary.view")
def dictionary_of(form_name: str) -> ResponseReturnValue:
    """Show every item of a form: what is asked, how, in which limits, and how far it can leave the registry."""
    form = find_form(form_name)
    rows = list(data_dictionary.entries([form]))
    return render_template("casebook/dictionary_of.html", form=form, rows=rows)


@bp.get("/dictionary.csv")
@requires("dictionary.view")
def dictionary_file() -> ResponseReturnValue:
    """Send the data dictionary as a CSV file."""
    named = {"Content-Disposition": "attachment; filename=data-dictionary.csv"}
    return Response(data_dictionary.as_csv(), mimetype="text/csv", headers=named)


@bp.get("/blank/<form_name>")
@requires("dictionary.view")
def blank(form_name: str) -> ResponseReturnValue:
    """Show a form without answers, laid out to be printed and filled by hand."""
    form = find_form(form_name)
    web = RecordForm(form)
    return render_template("casebook/blank.html", form=form, fields=web.fields, sections=sections(form))
