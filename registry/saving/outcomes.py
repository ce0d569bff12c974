"""What somebody wants stored, what came of it, and why it was not: the words of the one writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from forms.casebook import CASEBOOK
from forms.form import Finding, Form
from forms.values import Row
from registry.models import Subject, User
from registry.stored_records import Record


class NotSaved(Exception):
    """A row was not stored; nothing of it was."""


@dataclass
class _Found(NotSaved):
    """What the judge found in a row keeps it from being stored."""

    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return " ".join(finding.message for finding in self.findings)


class Refused(_Found):
    """Hard findings: it cannot be stored as data."""


class NeedsConfirmation(_Found):
    """Almost surely a slip: stored only with "checked against source" and a reason for each finding."""


@dataclass
class Conflict(NotSaved):
    """Someone saved the record first; ``stored`` is what stands there now."""

    stored: Record

    def __str__(self) -> str:
        return f"Somebody else saved this {CASEBOOK[self.stored.form].title.lower()} meanwhile."


class ReasonNeeded(NotSaved):
    """A stored answer changes, and no reason was given."""

    def __str__(self) -> str:
        return "A stored answer changes: give the reason for the change."


class SubjectClosed(NotSaved):
    """The child's record is closed for entry, because consent was withdrawn; ``of_record`` says it on a page."""

    of_record = "Consent was withdrawn: this record is closed for entry and stays as it was."

    def __str__(self) -> str:
        return "Consent was withdrawn: this child's record is closed for entry."


class WithoutConsent(SubjectClosed):
    """The child's record is closed for entry, because consent is answered No."""

    of_record = (
        "Consent is answered No on the enrolment page: this record is closed for entry and stays as it was. "
        "If there is consent, correct the answer there. A record that should not exist may still be voided."
    )

    def __str__(self) -> str:
        return "Consent is answered No on the enrolment page: nothing else may be recorded of this child."


class EnteredByMistake(SubjectClosed):
    """The child's record is closed for entry, because its enrolment is voided."""

    of_record = "This child was entered by mistake: this record is closed for entry and stays as it was."

    def __str__(self) -> str:
        return (
            "This child was entered by mistake, so nothing may be recorded of it. "
            "If it was no mistake, take the voiding of its enrolment back first."
        )


@dataclass
class StillHasRecords(NotSaved):
    """An enrolment cannot be voided while the child has ``number`` other records that stand."""

    number: int

    def __str__(self) -> str:
        records = "1 other record" if self.number == 1 else f"{self.number} other records"
        return f"This child still has {records}. Void these first, the enrolment last."


@dataclass
class StandsAlready(NotSaved):
    """A voided record cannot come back, because ``stored`` stands in its place: the form exists once for a child."""

    stored: Record

    def __str__(self) -> str:
        title = CASEBOOK[self.stored.form].title
        return (
            f"{title}: another page of this form stands for this child. Void that one first, or keep this one voided."
        )


class RecordVoided(NotSaved):
    """A page came of a record that is voided: what it says would count nowhere."""

    def __str__(self) -> str:
        return (
            "This record was voided as a mistake, so nothing was saved. If it was none, take the voiding back; else "
            "enter what you typed as a new record."
        )


class KeyTaken(NotSaved):
    """A new record came under the key of something else: its history would mix with that of the other."""

    def __str__(self) -> str:
        return "This page cannot be saved as a new record. Open the form again and type it there."


@dataclass
class EnrolmentStopped(NotSaved):
    """The site's ethics approval was not in force on the day of enrolment."""

    site_name: str
    approval: str

    def __str__(self) -> str:
        return f"{self.site_name} cannot enrol on that day. {self.approval}: record the renewal on the site's page."


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One row as somebody wants it stored. ``revision`` 0 is a new record under the key in the row.

    With ``void`` or ``restore`` the answers stay as they are stored, and the record leaves every count or comes back.
    """

    subject: Subject
    form: Form
    row: Row
    by: User
    at: datetime
    revision: int = 0
    reason: str = ""
    confirmed: Mapping[str, str] = field(default_factory=dict)
    complete: bool | None = None
    void: bool = False
    restore: bool = False

    @property
    def keeps_answers(self) -> bool:
        """Tell whether the answers stay as they are stored."""
        return self.void or self.restore


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What came of a save: the findings that stand, and the answers that branching cleared.

    ``opened`` are the keys of the data queries that it opened about any record of the child.
    """

    key: str
    revision: int
    findings: tuple[Finding, ...]
    cleared: tuple[str, ...]
    opened: tuple[str, ...] = ()
