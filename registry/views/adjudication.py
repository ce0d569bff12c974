"""Blinded review of cases: the list, a case without anything that tells about the treatment, the decision."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import TextAreaField
from wtforms.validators import Length

from forms.casebook import CASEBOOK
from forms.code_lists import ADJUDICATED_AS
from registry import access, adjudication
from registry.adjudication import KINDS, Case, Decision
from registry.blinded_course import FORMS, course_of
from registry.database import db, utc_now
from registry.models import Subject
from registry.plain_forms.fields import choice_field, count_field
from registry.saving.judging import context_for
from registry.typed_text import normal

bp = Blueprint("adjudication", __name__, url_prefix="/adjudication")

QUESTIONS = {
    adjudication.CARHLH: "The team called this carHLH. What was it?",
    adjudication.CRS_OR_SEPSIS: "The team called this CRS; a bloodstream infection was there too. What was it?",
    adjudication.FATAL_INFECTION: "The team put this death down to infection. What caused it?",
}


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """What a reviewer says a case was."""

    decision = choice_field("It was", ADJUDICATED_AS.labels, blank="Choose", required="Choose what it was.")
    peak_grade = count_field("Highest grade", high=5, description="Needed for a toxicity: 0 to 5, such as 3.")
    onset_day = count_field("Onset, day after infusion", high=730, description="Of a toxicity, such as 4.")
    comment = TextAreaField(
        "Why",
        description="What decided, such as: positive culture before the first fever. No names.",
        validators=[Length(max=2000, message="Shorten this to 2000 characters.")],
        filters=[normal],
        render_kw={"rows": 4},
    )

    def decided(self) -> Decision | None:
        """Return the decision, or None with the message beside its field."""
        is_toxicity = adjudication.is_toxicity(self.decision.data or "")
        if is_toxicity and self.peak_grade.data is None and not self.peak_grade.errors:
            self.peak_grade.errors = [*self.peak_grade.errors, "Give the highest grade of the toxicity."]
            return None
        return Decision(
            decision=self.decision.data,
            peak_grade=self.peak_grade.data if is_toxicity else None,
            onset_day=self.onset_day.data if is_toxicity else None,
            comment=self.comment.data or "",
        )


@bp.get("")
@access.requires("adjudication.view")
def index() -> ResponseReturnValue:
    """List the cases: to a reviewer those to judge blinded, to the data manager how far each one is."""
    session, me = db.session(), access.viewer()
    to_review = adjudication.cases(session, access.subjects_to_review_blinded())
    own = adjudication.reviews(session, [case.key for case in to_review])
    mine = {key: [one for one in found if one.reviewer_id == me.user.id] for key, found in own.items()}
    overseen = []
    if me.may("adjudication.view") and None in [grant.site_id for grant in me.grants]:
        cases = adjudication.cases(session, access.visible_subjects("adjudication.view"))
        found = adjudication.reviews(session, [case.key for case in cases])
        children = {child.id: child for child in session.scalars(access.visible_subjects("adjudication.view"))}
        overseen = [(case, children[case.subject_id], found.get(case.key, [])) for case in cases]
    return render_template(
        "adjudication/index.html",
        kinds=KINDS,
        to_review=[(case, mine.get(case.key, [])) for case in to_review],
        may_review=me.may("adjudication.review"),
        overseen=overseen,
        oversees=None in [grant.site_id for grant in me.grants],
        decided=adjudication.decided,
    )


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
        return redirect(url_for("adjudication.index"))
    subject = session.scalars(select(Subject).where(Subject.id == case.subject_id)).one()
    context = context_for(session, subject, FORMS)
    row = context.linked(case.form, case.key) or abort(404)
    page = render_template(
        "adjudication/case.html",
        case=case,
        kind=KINDS[case.kind],
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
