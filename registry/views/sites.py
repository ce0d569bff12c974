"""A site's own records: set-up, protocol versions, reference ranges and the quarterly infusion log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import exists, select

from forms.dosing.protocol_rules import ProtocolRules
from forms.dosing.protocol_words import protocol_lines
from forms.infusion_log import days_of, quarter_of, quarters_until
from forms.laboratory_ranges import ANALYTES
from registry import access, log_history, site_state
from registry.database import db, utc_now
from registry.models import InfusionLog, ReferenceRange, Site, SiteProtocol, Subject
from registry.plain_forms.protocols import ProtocolForm, answers_of
from registry.plain_forms.reference_ranges import (
    LIMITS,
    STANDS_ALREADY,
    RangeCorrectionForm,
    ReferenceRangeForm,
    ages_in_words,
    limits_in_words,
    place_columns,
    shared_answers,
)
from registry.plain_forms.sites import (
    HLH_DEFINITIONS,
    QUARTER,
    ChangeInfusionLogForm,
    ChangeSiteForm,
    InfusionLogForm,
    NewSiteForm,
)
from registry.reference_ranges import of_same_place, place_of, standing
from registry.site_clock import today_at
from registry.templating import show_moment
from registry.turns import take_turn
from registry.views.by_whom import who_saved
from registry.views.site_drafts import drop_here, typed_before
from registry.views.site_page import form_page, page_of, rows_of, save, saved_since

bp = Blueprint("sites", __name__, url_prefix="/sites")

SET_UP = (
    "name",
    "time_zone",
    "ethics_reference",
    "ethics_expires_on",
    "agreement_signed_on",
    "carhlh_definition",
    "carhlh_definition_text",
)
PROTOCOL = ("version", "effective_from", "text", "line", "max_single_mg", "max_day_mg")
RANGE = [
    "analyte",
    "laboratory",
    "sex",
    "counted_in",
    "age_from",
    "age_to",
    "unit",
    "low",
    "high",
    "valid_from",
]
COUNTS = ("infused", "approached", "consented", "refused", "enrolled")


@bp.get("")
@access.requires("site.view")
def index() -> ResponseReturnValue:
    """List the viewer's sites with what their set-up comes to."""
    sites = db.session.scalars(access.visible_sites("site.view")).all()
    rows = site_state.list_sites(db.session(), sites, utc_now())
    return render_template("sites/index.html", rows=rows, may_open=access.viewer().may("site.open"))


@bp.route("/new", methods=["GET", "POST"])
@access.requires("site.open")
def new() -> ResponseReturnValue:
    """Open a new center."""
    form = NewSiteForm(**typed_before(None))
    if form.validate_on_submit():
        if db.session.scalar(select(exists().where(Site.code == form.code.data))):
            form.code.errors = [f"There is a center with the code {form.code.data} already. Choose another."]
        else:
            site = Site(**{name: form[name].data for name in ("code", *SET_UP)})
            save(None, site, f"{site.name} is open. Give its people their roles next.")
            return redirect(url_for("sites.show", key=site.key))
    return form_page(form, title="Open a center", fields=["code", *SET_UP], button="Open the center")


@bp.get("/<uuid:key>")
@access.requires("site.view")
def show(key: Any) -> ResponseReturnValue:
    """Show a center's set-up, protocols, reference ranges and infusion log."""
    site = access.get_site(key)
    today = today_at(site, utc_now())
    protocols = rows_of(site, SiteProtocol, SiteProtocol.effective_from.desc())
    logs = rows_of(site, InfusionLog, InfusionLog.quarter.desc())
    counted = {log.quarter for log in logs}
    return render_template(
        "sites/show.html",
        site=site,
        approval=site_state.approval_on(site, today),
        protocols=[(one, protocol_lines(ProtocolRules.from_plain(one.rules))) for one in protocols],
        in_force=site_state.protocol_on(protocols, today),
        ranges=sorted(
            standing(rows_of(site, ReferenceRange)), key=lambda one: (one.analyte, -one.valid_from.toordinal(), one.id)
        ),
        analytes=ANALYTES,
        ages_in_words=ages_in_words,
        logs=[(log, site_state.capture_of([log])) for log in logs],
        capture=site_state.capture_of(logs),
        to_count=[quarter for quarter in quarters_until(today) if quarter not in counted],
        definitions=HLH_DEFINITIONS,
        may_edit=access.viewer().may("site.edit", site),
        may_count=access.viewer().may("infusion_log.edit", site),
    )


@bp.route("/<uuid:key>/edit", methods=["GET", "POST"])
@access.requires("site.edit")
def edit(key: Any) -> ResponseReturnValue:
    """Change a center's set-up; the history keeps why."""
    site = access.get_site(key, "site.edit")
    form = ChangeSiteForm(obj=site, **typed_before(site))
    has_subjects = db.session.scalar(select(exists().where(Subject.site_id == site.id)))
    is_sent = form.validate_on_submit()
    form.form_errors += saved_since(site, site, form, SET_UP)
    if is_sent and not form.form_errors:
        if has_subjects and form.time_zone.data != site.time_zone:
            form.time_zone.errors = [f"The time zone stays {site.time_zone}: this center has enrolled children."]
        else:
            for name in SET_UP:
                setattr(site, name, form[name].data)
            save(site, site, "The set-up is saved.", reason=form.reason.data)
            return redirect(url_for("sites.show", key=site.key))
    fields = [*SET_UP, "reason"]
    return form_page(form, title="Change the set-up", fields=fields, button="Save", site=site, row=site)


@bp.route("/<uuid:key>/protocols/new", methods=["GET", "POST"])
@access.requires("site.edit")
def new_protocol(key: Any) -> ResponseReturnValue:
    """Add a version of the center's anakinra protocol; it begins with what the newest version says."""
    site = access.get_site(key, "site.edit")
    newest = next(iter(rows_of(site, SiteProtocol, SiteProtocol.effective_from.desc(), SiteProtocol.id.desc())), None)
    form = ProtocolForm() if request.method == "POST" else ProtocolForm(data=answers_of(newest), **typed_before(site))
    if form.validate_on_submit():
        known = (SiteProtocol.site_id == site.id) & (SiteProtocol.version == form.version.data)
        if db.session.scalar(select(exists().where(known))):
            form.version.errors = [f"Version {form.version.data} is recorded already. A changed text is a new version."]
        else:
            answers = {name: form[name].data for name in PROTOCOL}
            protocol = SiteProtocol(site_id=site.id, rules=form.rules().as_plain(), **answers)
            save(site, protocol, f"Protocol version {protocol.version} is recorded.", judges_again=site)
            return redirect(url_for("sites.show", key=site.key))
    return page_of("sites/protocol.html", form, site, newest, newest=newest)


@bp.route("/<uuid:key>/reference-ranges/new", methods=["GET", "POST"])
@access.requires("site.edit")
def new_reference_range(key: Any) -> ResponseReturnValue:
    """Add a normal range of the center's laboratory."""
    site = access.get_site(key, "site.edit")
    _take_turn_to_send(site)
    known = (ReferenceRange.site_id == site.id) & (ReferenceRange.key == request.args.get("like", ""))
    like = db.session.scalar(select(ReferenceRange).where(known))
    began_with = shared_answers(like) if like else None
    form = ReferenceRangeForm(today=today_at(site, utc_now()), data=began_with, **typed_before(site))
    if form.validate_on_submit():
        row = ReferenceRange(site_id=site.id, **form.stated())
        if place_of(row) in {place_of(one) for one in standing(rows_of(site, ReferenceRange))}:
            form.valid_from.errors = [STANDS_ALREADY]
        else:
            save(site, row, f"The reference range of {ANALYTES[row.analyte].label} is recorded.", judges_again=site)
            if "another" in request.form:
                return redirect(url_for("sites.new_reference_range", key=site.key, like=row.key))
            return redirect(url_for("sites.show", key=site.key))
    return form_page(
        form, title="Add a reference range", fields=RANGE, button="Add", another="Add and enter the next", site=site
    )


@bp.route("/<uuid:key>/reference-ranges/<uuid:range_key>", methods=["GET", "POST"])
@access.requires("site.edit")
def correct_reference_range(key: Any, range_key: Any) -> ResponseReturnValue:
    """Correct a normal range that was entered wrongly, or take it back; what was recorded stays in the log."""
    site = access.get_site(key, "site.edit")
    _take_turn_to_send(site)
    same_place = of_same_place(rows_of(site, ReferenceRange), str(range_key)) or abort(404)
    known = same_place[-1]
    here = url_for("sites.correct_reference_range", key=site.key, range_key=known.key)
    is_replaced = known.key != str(range_key)
    typed = typed_before(site)
    if is_replaced and request.method == "GET":
        if not typed:
            flash("The range that you asked for was corrected or taken back. This is what holds now.", "warning")
        return redirect(f"{here}?draft=yes" if typed else here)
    form = RangeCorrectionForm(ANALYTES[known.analyte], obj=known, **typed)
    if form.validate_on_submit():
        row = ReferenceRange(site_id=site.id, **place_columns(known), **form.limits())
        if not is_replaced or limits_in_words(row) == limits_in_words(known):
            return _store_correction(site, row, form.reason.data, is_stored=is_replaced)
        form.form_errors.append(_corrected_by(known, site))
    return _correction_page(form, known, site, here)


def _store_correction(site: Site, row: ReferenceRange, reason: str, *, is_stored: bool) -> ResponseReturnValue:
    """Save a correction, unless another request has stored the same already; go back to the site."""
    message = f"The reference range of {ANALYTES[row.analyte].label} is {_done_to(row)}."
    if is_stored:
        drop_here(site)
        db.session.commit()
        flash(message, "success")
    else:
        save(site, row, message, reason=reason, judges_again=site)
    return redirect(url_for("sites.show", key=site.key))


def _done_to(row: ReferenceRange) -> str:
    return "corrected" if row.low or row.high else "taken back"


def _corrected_by(known: ReferenceRange, site: Site) -> str:
    last = log_history.of_record(db.session(), known.key)[-1]
    did, when = _done_to(known).replace("taken", "took"), show_moment(last.at, site)
    return (
        f"{who_saved(last)} {did} this range on {when}, after you opened it, so yours is not saved yet. It now says "
        f"{limits_in_words(known)}. Compare them, then save again to put yours in its place, or cancel."
    )


def _correction_page(form: RangeCorrectionForm, known: ReferenceRange, site: Site, here: str) -> ResponseReturnValue:
    whose, sex = known.laboratory or "the center's own laboratory", known.sex or "both sexes"
    is_gone = not (known.low or known.high)
    stands = (
        "It was taken back: limits that are written here record it again"
        if is_gone
        else f"Recorded: {limits_in_words(known)}"
    )
    return form_page(
        form,
        title=f"Correct the range of {ANALYTES[known.analyte].label}",
        lead=f"Valid from {known.valid_from}: {whose}, {sex}, {ages_in_words(known)}. {stands}.",
        fields=[*LIMITS, "reason"],
        button="Save",
        site=site,
        row=known,
        action=here,
    )


@bp.route("/<uuid:key>/infusion-log/<quarter>", methods=["GET", "POST"])
@access.requires("infusion_log.edit")
def infusion_log(key: Any, quarter: str) -> ResponseReturnValue:
    """Write down the counts of one quarter, or correct them with a reason."""
    site = access.get_site(key, "infusion_log.edit")
    if not QUARTER.fullmatch(quarter):
        abort(404)
    _take_turn_to_send(site)
    own = select(InfusionLog).where(InfusionLog.site_id == site.id, InfusionLog.quarter == quarter)
    log = db.session.scalar(own)
    typed = typed_before(site)
    form = InfusionLogForm(**typed)
    if log and not _is_sent_again(log, form):
        form = ChangeInfusionLogForm(obj=log, **typed)
    is_sent = form.validate_on_submit()
    form.form_errors += saved_since(site, log, form, COUNTS)
    if quarter > quarter_of(today_at(site, utc_now())):
        form.form_errors.append(f"{quarter} has not begun. Count a quarter once it has.")
    elif is_sent and not form.form_errors:
        row = log or InfusionLog(site_id=site.id, quarter=quarter)
        for name in COUNTS:
            setattr(row, name, form[name].data)
        save(site, row, f"The counts of {quarter} are saved.", reason=form.reason.data or "")
        return redirect(url_for("sites.show", key=site.key))
    asks_back = ["checked", "reason"] if form.is_submitted() and form.contradictions() else []
    fields = list(dict.fromkeys([*COUNTS, *asks_back, *(["reason"] if log else [])]))
    first, last = days_of(quarter)
    known = site_state.children_infused(db.session(), site, first, last)
    form.reason.flags.required = bool(asks_back or log)
    form.enrolled.description = f"Of those infused. On record here with an infusion in these days: {known}."
    shown = {"title": f"Infusion log, {quarter}", "lead": f"{site.name}, {first} to {last}"}
    return form_page(form, fields=fields, button="Save", site=site, row=log, **shown)


def _is_sent_again(log: InfusionLog, form: InfusionLogForm) -> bool:
    """Tell whether the first counts of a quarter come again, as by a double click: nothing changes, so no reason."""
    return request.form.get("_stands") == "0" and all(getattr(log, name) == form[name].data for name in COUNTS)


def _take_turn_to_send(site: Site) -> None:
    if request.method == "POST":
        take_turn(db.session(), site)
