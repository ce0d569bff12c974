"""The daily grid: days across, core signs and values down, saved all at once or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms.typesetting import typeset
from registry import access, data_queries, drafts, log_history
from registry.database import db, only_reads, reads_first, utc_now, writing
from registry.grid import grades
from registry.grid.form import (
    before_paste,
    cells_in,
    confirmations,
    pastes_in,
    posted_from,
    taken_back,
)
from registry.grid.needed import needed_cells
from registry.grid.page import GridPage, cleared_by, marks_for_script, page_of
from registry.grid.paste import Pasted, place
from registry.grid.reading import Reading, read_sheet, same_as_yesterday
from registry.grid.settling import flows_apart, settled
from registry.grid.sheet import GRID_FORMS, ROWS, Sheet
from registry.grid.store import (
    Opened,
    judge_entries,
    open_sheet,
    overwrites,
    questions,
    refusals,
    save_entries,
    with_entries,
)
from registry.models import Subject, new_key
from registry.saving.closing import why_closed
from registry.saving.outcomes import Conflict, NotSaved
from registry.saving.verdicts import of_subject
from registry.templating import counted, show_time
from registry.typed_text import in_a_few_words
from registry.views.by_whom import who_saved
from registry.views.grid_drafts import forget_draft_of, keep, keep_what_comes_back
from registry.views.left_to_do import still_to_answer

bp = Blueprint("grid", __name__, url_prefix="/subjects/<uuid:subject_key>/grid")

TAKEN_BACK = "The block was taken back: its cells are as they were before."
NOTHING_TAKEN_BACK = "No pasted block stands in the grid any more, so nothing was taken back and nothing is saved."


@bp.get("")
@access.requires("subject.view")
def show(subject_key: UUID) -> ResponseReturnValue:
    """Show a fortnight of the grid, or what the viewer had typed in it and not saved."""
    subject = access.get_subject(subject_key)
    opened = open_sheet(db.session(), subject, start=_start(request.args), at=utc_now())
    closed = why_closed(db.session(), subject, GRID_FORMS[0])
    may_edit = access.viewer().may("record.edit", subject.site) and closed is None
    if opened is None:
        return render_template("grid/empty.html", subject=subject, may_edit=may_edit)
    draft = drafts.find(db.session(), access.viewer().user, subject.key, utc_now()) if may_edit else None
    if draft is None or "draft" not in request.args:
        page = page_of(subject, opened, None, may_edit=may_edit)
        page.draft, page.closed = draft, str(closed or "")
        page.needed = [] if closed else page.needed
        return _render(page)
    typed = drafts.fields_of(draft)
    posted = posted_from(typed)
    page = page_of(subject, opened, read_sheet(opened.sheet, posted, new_key), may_edit=True)
    page.pastes = pastes_in(typed)
    page.continued, page.usual_time = draft, posted.usual_time or opened.usual_time
    return _render(page)


@bp.post("")
@access.requires("record.edit")
@reads_first
def save(subject_key: UUID) -> ResponseReturnValue:
    """Store every changed column in one transaction, or fill cells in without storing anything."""
    subject, opened = _open_to_edit(subject_key)
    posted = posted_from(request.form)
    reading = read_sheet(opened.sheet, posted, new_key)
    page = page_of(subject, opened, reading, may_edit=True)
    page.usual_time, page.reason = posted.usual_time, in_a_few_words(request.form.get("reason"))
    page.pastes = pastes_in(request.form)
    action, _, day = request.form.get("_do", "save").partition(" ")
    if action == "same":
        known = {**opened.sheet.support_before, **reading.texts}
        return _fill_in(page, same_as_yesterday(known, *_two_days(opened.sheet, day)))
    if action == "paste":
        pasted = _paste(opened.sheet, request.form)
        page.told, page.left_over = pasted.told, pasted.left_over
        if pasted.texts:
            page.pastes.append(before_paste(posted, pasted.texts))
        else:
            page.block = request.form.get("block", "")
        return _fill_in(page, pasted.texts)
    if action == "take_back":
        page.told = TAKEN_BACK if page.pastes else NOTHING_TAKEN_BACK
        return _fill_in(page, taken_back(posted, page.pastes.pop()) if page.pastes else {})
    context = with_entries(db.session(), subject, reading.judged, utc_now())
    said = judge_entries(db.session(), subject, reading.judged, context)
    given = confirmations(request.form, [one.name for one in questions(said)])
    unanswered = [one for one in questions(said) if one.finding.check_id not in given.get(one.entry.slot.name, {})]
    page.reason_missing = overwrites(reading.judged) and not page.reason
    page.clears = cleared_by(reading.judged)
    is_new_to_user = page.clears != request.form.getlist("clears")
    in_the_way = reading.errors or reading.overtaken or refusals(said) or unanswered
    if in_the_way or page.reason_missing or is_new_to_user:
        page.said = said
        return _refuse(page, reading)
    return _store(page, reading, given)


@bp.post("/check")
@access.requires("record.edit")
@only_reads
def check(subject_key: UUID) -> ResponseReturnValue:
    """Say cell by cell what is wrong or unusual in what is typed so far, and its grades; nothing is stored."""
    subject, opened = _open_to_edit(subject_key)
    posted = posted_from(request.form)
    apart = {cell: [posted.texts.get(cell, "").strip(), now] for cell, now in flows_apart(posted.texts).items()}
    reading = read_sheet(opened.sheet, posted, new_key)
    context = with_entries(db.session(), subject, reading.judged, utc_now())
    said = judge_entries(db.session(), subject, reading.judged, context)
    graded = grades.cells(opened.sheet, grades.in_context(context), reading.judged)
    page = page_of(subject, opened, reading, may_edit=True)
    return {
        "marks": marks_for_script(page, said),
        "needed": page.needed,
        "apart": apart,
        "grades": {name: {"text": cell.text, "words": typeset(cell.words)} for name, cell in graded.items()},
    }


@bp.post("/paste")
@access.requires("record.edit")
@only_reads
def paste(subject_key: UUID) -> ResponseReturnValue:
    """Say where a pasted block goes, cell by cell; nothing is stored."""
    opened = _open_to_edit(subject_key)[1]
    pasted = _paste(opened.sheet, request.form)
    return {"texts": pasted.texts, "errors": pasted.errors, "told": pasted.told, "left_over": pasted.left_over}


@bp.post("/draft")
@access.requires("record.edit")
def keep_draft(subject_key: UUID) -> ResponseReturnValue:
    """Keep what is typed so far for its author; nothing where all of it was taken back."""
    subject, opened = _open_to_edit(subject_key)
    now = utc_now()
    try:
        is_typed = keep(subject, opened.sheet, now)
    except drafts.NoRoom as refused:
        db.session.rollback()
        return {"said": str(refused)}, 422
    db.session.commit()
    return {"saved_at": show_time(now, subject.site) if is_typed else ""}


@bp.post("/draft/discard")
@access.requires("record.edit")
def discard_draft(subject_key: UUID) -> ResponseReturnValue:
    """Forget what was typed and not saved."""
    subject = access.get_subject(subject_key, "record.edit")
    drafts.drop(db.session(), access.viewer().user, subject.key)
    db.session.commit()
    return redirect(url_for(".show", subject_key=subject.key))


def _start(fields: Any) -> int | None:
    text = fields.get("start", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _open_to_edit(subject_key: UUID) -> tuple[Subject, Opened]:
    subject = access.get_subject(subject_key, "record.edit")
    opened = open_sheet(db.session(), subject, start=_start(request.form), at=utc_now())
    if opened is None:
        abort(404)
    return subject, opened


def _two_days(sheet: Sheet, day: str) -> tuple[date, date]:
    """Return the day before and the day named; a page that names none gets 400."""
    named = next((known for known in sheet.days if known.isoformat() == day), None) or abort(400)
    return named - timedelta(days=1), named


def _paste(sheet: Sheet, fields: Any) -> Pasted:
    name, day = fields.get("paste_row", ""), fields.get("paste_day", "")
    row = next((row for row in ROWS if f"{row.form.name}.{row.item_name}" == name), ROWS[0])
    start = next((known for known in sheet.days if known.isoformat() == day), None)
    if start is None:
        abort(400)
    return settled(place(fields.get("block", ""), sheet, row=row, day=start), cells_in(fields))


def _fill_in(page: GridPage, texts: dict[str, str]) -> ResponseReturnValue:
    """Show the page with cells filled in and nothing stored; what cannot be read is marked."""
    posted = posted_from(request.form)
    again = read_sheet(page.sheet, replace(posted, texts={**posted.texts, **texts}), new_key)
    page.is_filled_in = True
    page.texts, page.errors, page.theirs = again.texts, again.errors, again.theirs
    page.needed = needed_cells(page.sheet, again.texts, again.judged)
    return _render(page)


def _refuse(page: GridPage, reading: Reading) -> ResponseReturnValue:
    """Show again everything that was typed, and what stands in the way; 409 where somebody saved meanwhile."""
    page.reasons = {name: text for name, text in request.form.items() if name.startswith("confirm")}
    for slot in reading.overtaken:
        if slot.stored is not None:
            page.saved_by[slot.name] = who_saved(log_history.of_record(db.session(), slot.stored.key)[-1])
    db.session.rollback()
    keep_what_comes_back(page)
    return _render(page), 409 if reading.overtaken else 422


def _store(page: GridPage, reading: Reading, confirmed: dict[str, dict[str, str]]) -> ResponseReturnValue:
    """Save all entries and come back to the grid; show the page again when the writer refuses."""
    session, by = db.session(), access.viewer().user
    try:
        with writing(session):
            saved = save_entries(
                session, page.subject, reading.entries, by=by, at=utc_now(), reason=page.reason, confirmed=confirmed
            )
            forget_draft_of(page)
            session.commit()
    except NotSaved as refusal:
        session.rollback()
        keep_what_comes_back(page)
        page.notices = [f"Nothing was saved. {refusal} Look at the values, then save again."]
        return _render(page), 409 if isinstance(refusal, Conflict) else 422
    flash(_told(reading, len(saved)), "success")
    if asked := data_queries.count_about(session, page.subject, [one.key for one in saved]):
        flash(_asked(page.subject, asked), "warning")
    at = _day_to_go_on_with(page.sheet, reading)
    return redirect(url_for(".show", subject_key=page.subject.key, start=page.opened.start, _anchor=at))


def _day_to_go_on_with(sheet: Sheet, reading: Reading) -> str | None:
    """Return where the first day without a record behind those just saved stands, else the last of these."""
    if not reading.entries:
        return None
    recorded = {slot.day for slot in sheet if slot.records} | {entry.slot.day for entry in reading.entries}
    last = max(entry.slot.day for entry in reading.entries)
    found = next((day for day in sheet.days if day > last and day not in recorded), last)
    return f"day-{sheet.number(found)}"


def _told(reading: Reading, number: int) -> str:
    if not number:
        return f"Nothing was changed, so nothing was saved.{_left_out(reading)}"
    days = len({entry.slot.day for entry in reading.entries})
    complete = sum(entry.is_answered for entry in reading.entries)
    told = f"Saved {counted(number, 'record')} of {counted(days, 'day')}.{_left_out(reading)}"
    if complete == number:
        return f"{told} All complete."
    missing = list(dict.fromkeys(label for entry in reading.entries for label in entry.unanswered))
    return f"{told} Complete: {complete} of {number}. {still_to_answer(missing)}"


def _left_out(reading: Reading) -> str:
    """Return in words which answers were left out, since nothing asks for them; empty where none was."""
    names = {f"{row.form.name}.{row.item_name}": row.label for row in ROWS}
    labels = dict.fromkeys(names[cell.partition(".")[2]] for cell in reading.left_out)
    return f" “No” was left out where it is not asked: {', '.join(labels)}." if labels else ""


def _asked(subject: Subject, number: int) -> Markup:
    """Return how many data queries are open about what was saved, with the way to them."""
    return Markup('{} open about what you saved. <a href="{}">{}</a>').format(
        counted(number, "data query is", "data queries are"),
        url_for("subjects.show", subject_key=subject.key, _anchor="queries"),
        "Correct the value, or say why it is right",
    )


def _render(page: GridPage) -> str:
    ids = [row.rule_set.id for row in grades.ROWS]
    page.grades = grades.cells(page.sheet, of_subject(db.session(), page.subject, ids))
    return render_template("grid/show.html", page=page, sheet=page.sheet, remarks=page.remarks())
