"""Blinded review of cases: the list, a case without anything that tells about the treatment, the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from forms.casebook import CASEBOOK
from registry import access, adjudication
from registry.adjudication import KINDS, Case
from registry.adjudication_list import STATES, Filters, offered, own_state_of, read_filters, state_of
from registry.blinded_course import FORMS, course_of
from registry.database import db, utc_now
from registry.models import Adjudication, Subject
from registry.plain_forms.adjudication import ReviewForm
from registry.saving.judging import context_for

bp = Blueprint("adjudication", __name__, url_prefix="/adjudication")

QUESTIONS = {
    adjudication.CARHLH: "The team called this carHLH. What was it?",
    adjudication.CRS_OR_SEPSIS: "The team called this CRS; a bloodstream infection was there too. What was it?",
    adjudication.FATAL_INFECTION: "The team put this death down to infection. What caused it?",
}


@bp.get("")
@access.requires("adjudication.view")
def index() -> ResponseReturnValue:
    """List the cases: to a reviewer those to judge blinded, to the data manager how far each one is."""
    me, oversees, sites = access.viewer(), _oversees(), _sites()
    filters, to_review, overseen = _filters(sites), _to_review(), _overseen() if oversees else []
    return render_template(
        "adjudication/index.html",
        kinds=KINDS,
        states=STATES,
        filters=filters,
        arguments=_arguments(filters),
        offered=offered(oversees=oversees),
        site_choices=list(sites.items()),
        to_review=[(case, mine) for case, mine in to_review if filters.fit(kind=case.kind, state=own_state_of(mine))],
        to_review_total=len(to_review),
        still_to_review=sum(not mine for _, mine in to_review),
        may_review=me.may("adjudication.review"),
        overseen=[
            (case, child, found, state_of(case, found))
            for case, child, found in overseen
            if filters.fit(kind=case.kind, state=state_of(case, found), site=child.site.key)
        ],
        overseen_total=len(overseen),
        without_review=sum(not found for _, _, found in overseen),
        oversees=oversees,
        decided=adjudication.decided,
    )


def _oversees() -> bool:
    """Tell whether the viewer sees the whole study, and so is blinded to nothing."""
    return access.viewer().may("adjudication.view") and None in [grant.site_id for grant in access.viewer().grants]


def _sites() -> dict[str, str]:
    """Return key -> name of the centers that the viewer may narrow the list to: none for a reviewer."""
    if not _oversees():
        return {}
    return {site.key: site.name for site in db.session.scalars(access.visible_sites("adjudication.view"))}


def _filters(sites: Mapping[str, str]) -> Filters:
    """Return what the address narrows the list to, by what is on offer to the viewer."""
    return read_filters(request.args, oversees=_oversees(), sites=sites)


def _arguments(filters: Filters) -> dict[str, Any]:
    return {name: value for name, value in asdict(filters).items() if value}


def _to_review() -> list[tuple[Case, list[Adjudication]]]:
    """Return the cases that the viewer can judge blinded, each with the viewer's own reviews."""
    session, me = db.session(), access.viewer()
    cases = adjudication.cases(session, access.subjects_to_review_blinded())
    found = adjudication.reviews(session, [case.key for case in cases])
    return [(case, [one for one in found.get(case.key, []) if one.reviewer_id == me.user.id]) for case in cases]


def _overseen() -> list[tuple[Case, Subject, list[Adjudication]]]:
    """Return all cases, each with its child and all of its reviews."""
    session, visible = db.session(), access.visible_subjects("adjudication.view")
    cases = adjudication.cases(session, visible)
    found = adjudication.reviews(session, [case.key for case in cases])
    children = {child.id: child for child in session.scalars(visible.options(selectinload(Subject.site)))}
    return [(case, children[case.subject_id], found.get(case.key, [])) for case in cases]


@bp.route("/<uuid:case_key>", methods=["GET", "POST"])
@access.requires("adjudication.review")
def review(case_key: UUID) -> ResponseReturnValue:
    """Show a case without anything that tells about the treatment, and keep the viewer's decision."""
    session, form = db.session(), ReviewForm()
    case = _find(case_key)
    if form.validate_on_submit() and (decision := form.decided()):
        refused = adjudication.review(session, case, decision, by=access.viewer().user, at=utc_now())
        session.commit()
        if refused is None:
            flash(f"Case {case.name} is reviewed: {decision.words}.", "success")
        else:
            flash(f"Your review of case {case.name} is kept. Its page has an open contradiction and waits.", "warning")
        return redirect(url_for("adjudication.index", **_arguments(_filters({}))))
    subject = session.scalars(select(Subject).where(Subject.id == case.subject_id)).one()
    context = context_for(session, subject, FORMS)
    row = context.linked(case.form, case.key) or abort(404)
    page = render_template(
        "adjudication/case.html",
        case=case,
        kind=KINDS[case.kind],
        arguments=_arguments(_filters({})),
        question=QUESTIONS[case.kind],
        course=course_of(context, row, CASEBOOK[case.form].day_item),
        form=form,
        mine=[
            one
            for one in adjudication.reviews(session, [case.key]).get(case.key, [])
            if one.reviewer_id == access.viewer().user.id
        ],
        decided=adjudication.decided,
    )
    return page, 422 if form.errors else 200


def _find(case_key: UUID) -> Case:
    """Return a case that the viewer can judge blinded; 404 for any other, also those of an own site."""
    cases = adjudication.cases(db.session(), access.subjects_to_review_blinded())
    return next((case for case in cases if case.code == str(case_key)), None) or abort(404)
