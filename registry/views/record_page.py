"""One page of a record while it is filled in: its fields, what stands in the way of saving, what a save would clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from forms.casebook import CASEBOOK
from forms.form import Finding, Form
from forms.items import Choice
from forms.values import NullFlavour, Row, Value
from registry import due
from registry.database import db
from registry.models import Draft, Site, Subject
from registry.stored_records import Record, read_records
from registry.typed_text import in_a_few_words
from registry.views.beside_record import BesideRecord
from registry.webforms import Options, RecordForm, sections
from registry.wording import name_record


@dataclass(kw_only=True)
class RecordPage:
    """What one page shows; filled by reading what was posted and by what became of saving it."""

    form: Form
    key: str
    action: str
    subject: Subject | None = None
    stored: Record | None = None
    revision: int = 0
    options: Mapping[str, Options] = field(default_factory=dict)
    typed: MultiDict[str, str] = field(default_factory=MultiDict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    to_confirm: tuple[Finding, ...] = ()
    clears: list[str] = field(default_factory=list)
    needs_reason: bool = False
    has_wrong_site: bool = False
    sites: tuple[Site, ...] = ()
    facts: list[tuple[str, str]] = field(default_factory=list)
    enrolled: Subject | None = None
    looks_like: Subject | None = None
    offered: Draft | None = None
    continued: Draft | None = None

    def __post_init__(self) -> None:
        self.web = RecordForm(self.form, options=self.options)
        self.sections = sections(self.form)
        self.order = {name: place for place, name in enumerate(self.form.typed_items)}
        self.web.show(self.stored.row if self.stored else self._first_answers())

    @cached_property
    def asks_all(self) -> bool:
        """Tell whether more than the core is asked; looked up when it is shown, not when it saves."""
        return self.subject is not None and due.asks_all(db.session(), self.subject)

    @cached_property
    def beside(self) -> BesideRecord:
        """Return what stands beside the answers as they are stored."""
        return BesideRecord(form=self.form, key=self.key, subject=self.subject, stored=self.stored)

    def _first_answers(self) -> Row:
        """Return the links that leave no choice, and what the page was opened for, so that nobody has to choose it."""
        required = {name for name, link in self.form.links.items() if link.required and not link.many}
        only = {name: options for name, options in self.options.items() if name in required and len(options) == 1}
        about = request.args.get("about", "")
        single = [name for name, link in self.form.links.items() if not link.many]
        asked_for = {name: about for name in single if about in dict(self.options.get(name, ()))}
        toxicity, item = request.args.get("toxicity", ""), self.form.items.get("toxicity")
        if isinstance(item, Choice) and toxicity in item.codes.labels:
            asked_for["toxicity"] = toxicity
        return {**{name: options[0][0] for name, options in only.items()}, **asked_for}

    def read(self, typed: MultiDict[str, str]) -> bool:
        """Take what was typed; tell whether all of it can be read and nothing is cleared without a word."""
        self.typed = typed
        readable = self.web.read(typed, self.stored.row if self.stored else None)
        for name, web_field in self.web.fields.items():
            self.problems += [(name, f"{web_field.item.label}: {error}") for error in web_field.errors]
        if self.stored is None and not self.says_anything:
            self.problems.append(("", "Nothing is answered on this page, so nothing was saved."))
        hidden = self.web.hidden_answers()
        if not set(hidden) <= set(typed.getlist("_cleared")):
            self.clears = hidden
            self.problems.append(("clears", "Saving clears answers that are no longer asked. They are named below."))
        if self.sites and self.chosen_site is None:
            self.has_wrong_site = True
            self.problems.append(("_site", "Site: choose the center that looks after this child."))
        return readable and not self.problems

    @property
    def says_anything(self) -> bool:
        """Tell whether anything is answered; the record that a page hangs on was mostly chosen before it opened."""
        return any(one.is_answered for name, one in self.web.fields.items() if name not in self.form.links)

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Show why the judge refuses it, beside the items and at the top."""
        for finding in findings:
            name = self.web.note(finding.items, finding.message)
            self.problems.append((name, finding.message))

    def ask_to_confirm(self, findings: tuple[Finding, ...]) -> None:
        """Show what the judge wants confirmed, beside the items, and at the top what was confirmed by half."""
        self.to_confirm = findings
        for finding in findings:
            self.web.note(finding.items, finding.message)
            if finding.check_id in self.ticked or self.why(finding.check_id):
                half = "Tick the box and give the reason: both are needed."
                self.problems.append(("confirm-title", f"{finding.message} {half}"))

    @property
    def flavours(self) -> list[NullFlavour]:
        """Return the reasons that an answer can be missing for."""
        return list(NullFlavour)

    @property
    def title(self) -> str:
        """Return what the page is called."""
        if self.subject is None:
            return "Enrol a child"
        if self.stored and self.form.repeats:
            return f"{self.form.title} {self.stored.instance}"
        return self.form.title

    @property
    def row(self) -> Row:
        """Return the answers as they will be saved."""
        return self.web.row(self.key)

    @property
    def asked(self) -> frozenset[str]:
        """Return the items that the answers so far make visible."""
        return frozenset(self.form.asked(self.row))

    @property
    def reason(self) -> str:
        """Return the reason for change as typed."""
        return in_a_few_words(self.typed.get("_reason"))

    @property
    def is_complete(self) -> bool:
        """Tell whether the page is marked complete."""
        return "_complete" in self.typed if self.typed else bool(self.stored and self.stored.is_complete)

    @property
    def confirmed(self) -> dict[str, str]:
        """Return check id -> reason for what was ticked as checked against the source."""
        return {check_id: self.why(check_id) for check_id in self.ticked if self.why(check_id)}

    @property
    def ticked(self) -> list[str]:
        """Return the checks that were ticked."""
        return self.typed.getlist("_confirm")

    def why(self, check_id: str) -> str:
        """Return the reason typed for a check."""
        return in_a_few_words(self.typed.get(f"_why.{check_id}"))

    @property
    def confirmed_before(self) -> list[tuple[str, str]]:
        """Return the confirmations given on an earlier try and not asked again, as fields to send along."""
        again = {finding.check_id for finding in self.to_confirm}
        kept = {check_id: why for check_id, why in self.confirmed.items() if check_id not in again}
        pairs = [(("_confirm", check_id), (f"_why.{check_id}", why)) for check_id, why in kept.items()]
        return [pair for both in pairs for pair in both]

    @property
    def site_key(self) -> str:
        """Return the key of the site as chosen."""
        return self.typed.get("_site", "")

    @property
    def chosen_site(self) -> Site | None:
        """Return the site of a new child: the chosen one, or the only one there is."""
        if len(self.sites) == 1:
            return self.sites[0]
        return next((site for site in self.sites if site.key == self.site_key), None)

    @property
    def home(self) -> Site | None:
        """Return the site whose time the page tells; None for a new child of one of several."""
        return self.subject.site if self.subject else self.chosen_site

    @property
    def autosave_url(self) -> str:
        """Return where the page keeps what is typed."""
        if self.subject is None:
            return url_for("drafts.keep_enrolment", record_key=self.key)
        return url_for("drafts.keep", subject_key=self.subject.key, form_name=self.form.name, record_key=self.key)

    @property
    def said_url(self) -> str:
        """Return where the page asks what a save would say of it."""
        if self.subject is None:
            return url_for("live.said_of_enrolment", record_key=self.key)
        return url_for("live.said", subject_key=self.subject.key, form_name=self.form.name, record_key=self.key)

    @property
    def is_begun(self) -> bool:
        """Tell whether other pages may have a needed answer on record: some is answered, or a record to choose."""
        if self.form.recorded is None:
            return False
        asked, fields = self.form.asked(self.web.row(self.key)), self.web.fields
        missing = (name for name in asked if name in fields and fields[name].item.required)
        is_known = any(field.is_answered or field.is_to_choose for field in fields.values())
        return is_known and not all(fields[name].is_answered for name in missing)

    def derived(self, name: str) -> Value:
        """Return a derived value as stored."""
        return self.stored.row.get(name) if self.stored else None

    def answered(self, names: Iterable[str]) -> int:
        """Return how many of some items have an answer."""
        return sum(self.web.fields[name].is_answered for name in names if name in self.web.fields)

    def wrong(self, names: Iterable[str]) -> bool:
        """Tell whether one of some items has a message."""
        return any(self.web.fields[name].errors for name in names if name in self.web.fields)


def link_options(form: Form, subject: Subject, *, key: str = "") -> tuple[dict[str, Options], dict[str, str]]:
    """Return the records that each link of a form may point to, in words, and the words by record key.

    ``key`` is the record's own: none links to itself.
    """
    targets = {link.form for link in form.links.values()}
    found = read_records(db.session(), sorted(targets), [subject.id])
    words = {record.key: name_record(CASEBOOK[name], record) for name in found for record in found[name]}
    choices = {
        name: tuple((record.key, words[record.key]) for record in found[name] if record.key != key) for name in found
    }
    return {name: choices[link.form] for name, link in form.links.items()}, words


def open_page(subject: Subject, form: Form, key: str, stored: Record | None, action: str) -> RecordPage:
    """Return the page of one record of a child, empty or as stored."""
    options, _ = link_options(form, subject, key=key)
    page = RecordPage(form=form, key=key, action=action, subject=subject, stored=stored, options=options)
    page.revision = stored.revision if stored else 0
    page.facts = [("Patient", subject.code), ("Site", subject.site.name)]
    return page


def render(page: RecordPage, status: int = 200) -> ResponseReturnValue:
    """Return the page, with everything typed on it."""
    return render_template("records/form.html", page=page, places=page.beside.places), status
