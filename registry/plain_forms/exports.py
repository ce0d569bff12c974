"""The forms of exports: what one is asked for with, the reason for a step, a data use agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired

from forms.casebook import CASEBOOK
from registry.access import NotAllowed
from registry.plain_forms.fields import choice_field, choices, count_field, day_field, long_text, text_field
from registry.release.export_rows import LONGEST_PROJECT
from registry.release.models import Cut, DataUseAgreement
from registry.release.order import FORMATS, Order
from registry.release.profiles import LEAST, LEAST_UNDER_AGREEMENT, TERMS, Profile
from registry.release.quasi_identifiers import LADDER
from registry.release.rights import BY_SITE
from registry.typed_text import normal

WHOLE_STUDY = "All sites"
NO_AGREEMENT = "None"
LONGEST_REASON, LONGEST_WORDS = 300, 1000
PROJECT_HINT = (
    "A short name such as steroid-sparing. Children have other codes in each project; the same name gives the same "
    "codes again."
)


def _several(label: str, offered: Mapping[str, str], *, required: str = "", description: str = "") -> Any:
    """Return a field of check boxes."""
    rules = [InputRequired(required)] if required else []
    return SelectMultipleField(label, choices=choices(offered), validators=rules, description=description)


class ExportForm(FlaskForm):  # type: ignore[misc]
    """What an export is asked for with; ``offer`` says what the person may choose."""

    profile = RadioField("What leaves", validators=[InputRequired("Choose how much leaves.")])
    cut = SelectField(
        "Data cut",
        description="What this cut holds, without children whose consent was withdrawn or answered No since.",
        validators=[InputRequired("Choose a data cut.")],
    )
    project = text_field(
        "Project", length=LONGEST_PROJECT, required="Give the project a short name.", description=PROJECT_HINT
    )
    purpose = long_text(
        "Purpose",
        required="Say what the data are for.",
        description="Who asks and for what, in a sentence. It stands in the export log and is not part of the files.",
        length=LONGEST_WORDS,
        rows=2,
    )
    recipient = text_field(
        "Recipient",
        length=200,
        description="Who outside the registry's own sites gets the files. Children who did not agree to sharing are "
        "then left out. Empty: the files stay within the registry.",
    )
    site = choice_field(
        "Site", {}, blank=WHOLE_STUDY, description="For an identified or limited export of one site only."
    )
    agreement = choice_field(
        "Data use agreement",
        {},
        blank=NO_AGREEMENT,
        description=f"A limited data set needs one. With one, {LEAST_UNDER_AGREEMENT} children must look alike in a "
        f"de-identified export, without {LEAST}.",
    )
    forms = _several(
        "Forms", {name: form.title for name, form in CASEBOOK.items()}, required="Choose at least one form."
    )
    formats = _several("Formats", FORMATS, required="Choose at least one format.")
    keep = _several(
        "What matters most",
        {quasi.name: quasi.label for quasi in LADDER},
        description="Where too few children look alike, these are made coarser last.",
    )
    least = count_field(
        "Children who must look alike",
        high=1000,
        description=f"Only where the usual {LEAST} (or {LEAST_UNDER_AGREEMENT}) will not do. It is stamped on every "
        "file.",
    )
    least_reason = text_field("Why another number", length=300, description="The reason stands in the log.")

    offered: Sequence[str]
    has_whole_study: bool

    def offer(
        self,
        profiles: Sequence[Profile],
        cuts: Sequence[Cut],
        sites: Sequence[str],
        signed: Sequence[DataUseAgreement],
        *,
        has_whole_study: bool,
    ) -> None:
        """Set what can be chosen; without a data cut nothing can."""
        self.has_whole_study = has_whole_study
        self.offered = [str(profile) for profile in profiles]
        self.profile.choices = choices({str(profile): TERMS[profile].title for profile in profiles})
        self.cut.choices = choices({cut.key: describe_cut(cut) for cut in cuts})
        self.site.choices = choices({code: code for code in sites}, WHOLE_STUDY if has_whole_study else "")
        offered = {one.key: f"{one.project}, until {one.expires_on}: {one.parties}"[:120] for one in signed}
        self.agreement.choices = choices(offered, NO_AGREEMENT)

    def begin(self, given: Mapping[str, str]) -> None:
        """Fill an empty page: everything in it, as CSV, de-identified where the person may ask for that."""
        usual = str(Profile.DEIDENTIFIED) if Profile.DEIDENTIFIED in self.offered else self.offered[0]
        first = {"profile": usual, "forms": list(CASEBOOK), "formats": ["csv"]}
        self.process(formdata=None, data={**first, **given})

    @property
    def order(self) -> Order:
        """Return what is asked for, once it is valid.

        Who can choose own sites only chose none for a profile that is of the whole study.
        """
        profile = Profile(self.profile.data)
        return Order(
            profile=profile,
            project=(self.project.data or "").strip(),
            purpose=(self.purpose.data or "").strip(),
            recipient=(self.recipient.data or "").strip(),
            forms=tuple(self.forms.data),
            formats=tuple(self.formats.data),
            site=self.site.data if self.has_whole_study or profile in BY_SITE else None,
            agreement=self.agreement.data,
            least=self.least.data if "least" in self else None,
            least_reason=(self.least_reason.data or "").strip() if "least" in self else "",
            keep=tuple(self.keep.data),
        )

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Return everything chosen and typed as (field, text), for the page that asks to go on."""
        found = []
        for field in self:
            values = field.data if isinstance(field.data, list) else [field.data]
            found += [(field.name, str(value)) for value in values if value not in (None, "")]
        return [pair for pair in found if pair[0] != "csrf_token"]


class AgreementForm(FlaskForm):  # type: ignore[misc]
    """A data use agreement as it was signed."""

    project = text_field(
        "Project", length=LONGEST_PROJECT, required="Write the project it is for.", description=PROJECT_HINT
    )
    parties = long_text(
        "Parties",
        required="Write who signed it.",
        description="Such as: Synthetic University, for the registry Dr A.",
        length=LONGEST_WORDS,
        rows=2,
    )
    purpose = long_text(
        "What the data may be used for",
        required="Write what it allows.",
        description="As the agreement says it.",
        length=LONGEST_WORDS,
        rows=2,
    )
    signed_on = day_field("Signed on", required="Write the day.", description="The day of the last signature.")
    expires_on = day_field(
        "Expires on", required="Write the day.", description="The last day on which data may leave under it."
    )
    reference = text_field("Reference", length=120, description="Where the signed paper is.")


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a step is taken; it stands in the log. The service says what is missing."""

    reason: Any = TextAreaField(  # of several lines, so that Enter in it approves nothing
        "Reason", description="It stands in the log beside your name.", filters=[normal], render_kw={"rows": 2}
    )

    @property
    def text(self) -> str:
        """Return what was typed. Errors: NotAllowed, when it is too long to be read."""
        if len(typed := self.reason.data or "") > LONGEST_REASON:
            raise NotAllowed(f"Shorten the reason to {LONGEST_REASON} characters.")
        return typed


def describe_cut(cut: Cut) -> str:
    """Return a data cut as one line of a list."""
    named = f"{cut.name}: " if cut.name else ""
    return (
        f"{named}{cut.taken_at:%Y-%m-%d %H:%M} UTC, {cut.subjects} children, {cut.rows:,} records ({cut.cut_id[:12]})"
    )
