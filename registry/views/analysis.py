"""Pages of the interim analysis: pick a data cut, start the analysis, watch it, read the report."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forms.selection import SITE, read_selection
from registry import access
from registry.database import db, utc_now
from registry.models import Site, User
from registry.plain_forms.analyses import SelectionForm
from registry.release.cuts import CutError
from registry.release.models import AnalysisRun, Cut
from registry.release.profiles import LEAST
from registry.reports import interim
from registry.reports.archive import report_zip
from registry.reports.differences import differs_by_few
from registry.reports.markup import report_markup
from registry.views.cuts import newest_cuts, take_new_cut
from registry.views.report_contents import contents_of
from registry.views.under_way import refreshing

bp = Blueprint("analysis", __name__, url_prefix="/analysis")

SHOWN = 50
NEW_CUT = "new"


@bp.get("")
@access.requires("analysis.view")
def index() -> ResponseReturnValue:
    """List the analyses, newest first, and offer to start one."""
    interim.look(db.session(), utc_now())
    return _index(_selection_form())


@bp.post("")
@access.requires("analysis.run")
def start() -> ResponseReturnValue:
    """Queue the analysis of the chosen data cut, or of a new one, for the children that the filters name."""
    chosen, form = request.form.get("cut", ""), _selection_form()
    if not form.validate():
        return _index(form, chosen=chosen), 422
    by, at = access.viewer().user, utc_now()
    try:
        interim.require_room(db.session(), by=by, at=at)  # before a cut is taken for it
        cut = _chosen_cut(chosen)
        if cut is None:
            flash("Choose the data cut to analyse.", "error")
            return redirect(url_for("analysis.index"))
        run = interim.start(db.session(), cut, by=by, at=at, selection=form.selection)
    except (interim.TooMany, CutError) as refused:
        return _refuse(form, str(refused), chosen)
    return redirect(url_for("analysis.show", key=run.key))


def _chosen_cut(chosen: str) -> Cut | None:
    """Return the data cut that was chosen, taken now where it is to be a new one; None where there is no such cut."""
    if chosen != NEW_CUT:
        return db.session.scalar(select(Cut).where(Cut.key == chosen))
    if not access.viewer().may("cut.take"):
        abort(403)
    return take_new_cut()


def _refuse(form: SelectionForm, why: str, chosen: str) -> ResponseReturnValue:
    """Return the page with why nothing was started, and with all that was chosen."""
    form.form_errors.append(why)
    return _index(form, chosen=chosen), 422


def _selection_form() -> SelectionForm:
    form = SelectionForm()
    form.offer_sites(list(db.session.scalars(select(Site.code).order_by(Site.code))))
    return form


def _index(form: SelectionForm, chosen: str = "") -> Response:
    statement = (
        select(AnalysisRun, User.name)
        .join(User, User.id == AnalysisRun.started_by_id)
        .options(joinedload(AnalysisRun.cut))
        .order_by(AnalysisRun.id.desc())
        .limit(SHOWN)
    )
    runs = [(run, starter, _chosen(run)) for run, starter in db.session.execute(statement)]
    page = render_template(
        "analysis/index.html", runs=runs, cuts=newest_cuts(), new_cut=NEW_CUT, form=form, chosen=chosen
    )
    return refreshing(page, any(run.status in (interim.QUEUED, interim.RUNNING) for run, _, _ in runs))


def _chosen(run: AnalysisRun) -> str:
    """Return in words what a run is limited to; empty for everybody."""
    return "; ".join(read_selection(run.selection).words())


@bp.get("/<uuid:key>")
@access.requires("analysis.view")
def show(key: UUID) -> ResponseReturnValue:
    """Show how far a run is and, once it is done, its report."""
    interim.look(db.session(), utc_now())
    run = _get_run(key)
    is_waiting = run.status in (interim.QUEUED, interim.RUNNING)
    is_of_few = _is_of_few(run)
    files = _files_of(run)
    html = "" if is_of_few else interim.report_page(run)

    def address_of(name: str) -> str | None:
        return url_for("analysis.file", key=run.key, name=name) if name in files else None

    report = report_markup(html, address_of) if html else None
    ahead = select(AnalysisRun.id).where(AnalysisRun.status == interim.RUNNING, AnalysisRun.id != run.id)
    page = render_template(
        "analysis/show.html",
        run=run,
        chosen=_chosen(run),
        step=interim.step_of(run) if run.status == interim.RUNNING else "",
        is_waiting=is_waiting,
        is_of_few=is_of_few,
        least=LEAST,
        has_other_ahead=run.status == interim.QUEUED and db.session.scalar(ahead) is not None,
        report=report,
        contents=contents_of(report, files) if report else [],
        files=files,
        has_rows=_sees_rows(),
        starter=db.session.get(User, run.started_by_id),
    )
    return refreshing(page, is_waiting)


@bp.get("/<uuid:key>/files/<path:name>")
@access.requires("analysis.view")
def file(key: UUID, name: str) -> ResponseReturnValue:
    """Answer with one file of a finished report; only its own files exist."""
    path = _files_of(_get_run(key)).get(name) or abort(404)
    is_page = path.suffix == ".html"
    return _attached(path.read_bytes(), interim.KINDS[path.suffix], path.name if is_page else "")


@bp.get("/<uuid:key>/report.zip")
@access.requires("analysis.view")
def archive(key: UUID) -> ResponseReturnValue:
    """Answer with the whole report as one zip file."""
    run = _get_run(key)
    files = _files_of(run) or abort(404)
    content = report_zip(run, files, limited_to=_chosen(run))
    return _attached(content, "application/zip", f"interim-report-{run.cut.cut_id[:12]}.zip")


def _get_run(key: UUID) -> AnalysisRun:
    run = db.session.scalar(select(AnalysisRun).where(AnalysisRun.key == str(key)))
    return run or abort(404)


def _files_of(run: AnalysisRun) -> dict[str, Path]:
    """Return the report's files that the viewer may have: what tells of single children only for study-wide roles."""
    if run.status != interim.DONE or _is_of_few(run):
        return {}
    return interim.report_files(run, row_level=_sees_rows())


def _sees_rows() -> bool:
    """Tell whether the viewer may open what has a row for each child: only who sees the whole study."""
    return access.viewer().sites("analysis.view") is None


def _is_of_few(run: AnalysisRun) -> bool:
    """Tell whether a finished report tells of so few children of other sites that each of its counts is about a child.

    Filters can leave a single child, or leave out a single one. Who sees the whole study, or only chose own sites, may
    know it anyway.
    """
    viewer = access.viewer()
    sites = viewer.sites("analysis.view")
    if run.status != interim.DONE or sites is None or not run.selection:
        return False
    own = {site.code for site in viewer.own_sites if site.id in sites}
    chosen = set(run.selection.get(SITE, ()))
    if chosen and chosen <= own:
        return False
    return interim.children_in(run) < LEAST or differs_by_few(db.session(), run, own_sites=sites)


def _attached(content: bytes, kind: str, download_name: str) -> Response:
    """Return a file; with a name the browser saves it instead of showing it."""
    response = Response(content, mimetype=kind)
    if download_name:
        response.headers.set("Content-Disposition", "attachment", filename=download_name)
    return response
