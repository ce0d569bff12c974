"""The decision of a blinded review, as a reviewer types it."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

from forms.code_lists import ADJUDICATED_AS
from registry.adjudication import Decision, is_toxicity
from registry.plain_forms.fields import choice_field, count_field
from registry.typed_text import normal


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """What a reviewer says a case was."""

    decision = choice_field("It was", ADJUDICATED_AS.labels, blank="Choose", required="Choose what it was.")
    peak_grade = count_field("Highest grade", low=1, high=5, description="Needed for a toxicity: 1 to 5, such as 3.")
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
        has_grade = is_toxicity(self.decision.data or "")
        if has_grade and self.peak_grade.data is None and not self.peak_grade.errors:
            self.peak_grade.errors = [*self.peak_grade.errors, "Give the highest grade of the toxicity."]
            return None
        return Decision(
            decision=self.decision.data,
            peak_grade=self.peak_grade.data if has_grade else None,
            onset_day=self.onset_day.data if has_grade else None,
            comment=self.comment.data or "",
        )
