"""What the change log keeps of each table: its columns, and the state of a record beside its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RECORD_STATE = ("instance", "revision", "form_version", "entered_at", "completed_at", "voided_at")
"""What the log keeps of a record beside its answers."""

AUDITED: dict[str, tuple[str, ...]] = {
    "site": (
        "id",
        "code",
        "name",
        "time_zone",
        "ethics_reference",
        "ethics_expires_on",
        "agreement_signed_on",
        "carhlh_definition",
        "carhlh_definition_text",
        "created_at",
    ),
    "site_protocol": (
        "id",
        "site_id",
        "version",
        "effective_from",
        "text",
        "line",
        "max_single_mg",
        "max_day_mg",
        "rules",
    ),
    "reference_range": (
        "id",
        "site_id",
        "analyte",
        "sex",
        "age_from_years",
        "age_to_years",
        "age_from_months",
        "age_to_months",
        "laboratory",
        "unit",
        "low",
        "high",
        "valid_from",
    ),
    "infusion_log": ("id", "site_id", "quarter", "infused", "approached", "consented", "refused", "enrolled"),
    "subject": ("id", "site_id", "code", "enrolment_uuid", "created_at", "withdrawn_on"),
    "user": ("id", "email", "name", "active", "is_demo", "created_at", "confirmed_at"),
    "role_grant": ("id", "user_id", "role", "site_id", "began_at", "ended_at", "granted_by_id"),
    "data_query": (
        "subject_id",
        "form",
        "record_key",
        "check_id",
        "check_version",
        "fingerprint",
        "severity",
        "message",
        "found",
        "status",
    ),
    "adjudication": (
        "id",
        "subject_id",
        "kind",
        "form",
        "record_key",
        "reviewer_id",
        "reviewed_at",
        "decision",
        "peak_grade",
        "onset_day",
        "comment",
    ),
    "cut": ("id", "cut_id", "name", "taken_at", "taken_by_id", "change_seq", "subjects", "rows"),
    "data_use_agreement": (
        "id",
        "parties",
        "purpose",
        "project",
        "signed_on",
        "expires_on",
        "reference",
        "recorded_at",
        "recorded_by_id",
        "ended_at",
        "ended_by_id",
    ),
    "export": (
        "id",
        "profile",
        "cut_id",
        "project",
        "purpose",
        "recipient",
        "forms",
        "formats",
        "site_id",
        "agreement_key",
        "least",
        "least_reason",
        "keep",
        "made_at",
        "made_by_id",
        "status",
        "decided_at",
        "decided_by_id",
        "decision_reason",
        "finished_at",
        "message",
        "sha256",
        "subjects",
    ),
}
"""Columns of the machinery whose every value is in the log.

A row's own id is among them, since rows are taken in its order; another row's stands there as the key it points to.
"""

LOGGED_LATER: dict[str, tuple[str, ...]] = {
    **{name: ("id",) for name in AUDITED if name not in ("site", "user", "data_query")},
    "site": ("id", "created_at"),
    "user": ("id", "created_at", "confirmed_at"),
    "data_query": ("fingerprint",),
}
"""Columns that the log did not keep from the beginning; since it does, each new row names the first of its table's."""

BEFORE_LOGGED: dict[str, dict[str, object]] = {
    "cut": {"name": ""},
    "export": {
        "project": "",
        "recipient": "",
        "forms": [],
        "formats": ["csv"],
        "least_reason": "",
        "keep": [],
        "status": "done",
        "decision_reason": "",
        "message": "",
    },
}
"""What the migration gave rows whose first entry in the log is older than a column."""


def held_to(table: str, known: Mapping[str, object]) -> tuple[str, ...]:
    """Return the audited columns of a row of which the log can say that they were changed.

    ``known`` is what it ends with. A row entered before the log kept a column is held to it once an entry names it.
    """
    later = LOGGED_LATER[table]
    if later[0] in known:
        return AUDITED[table]
    return tuple(name for name in AUDITED[table] if name in known or name not in later)


EVERY_FORM = "each form"
"""How a table of NOT_VOUCHED that stands for those of all forms is called."""


@dataclass(frozen=True, kw_only=True)
class NotVouched:
    """Columns of a table, all of them where none is named, in which an edit past the registry is not found, and why."""

    table: str
    columns: tuple[str, ...] = ()
    why: str


NOT_VOUCHED = (
    NotVouched(table="login_attempt", why="what the lock-out counts; kept for 90 days"),
    NotVouched(table="draft", why="what one person typed and did not save; it is in no count, cut or log"),
    NotVouched(
        table="analysis_run",
        why="the same analysis of the same cut gives the same report, and each report names the cut",
    ),
    NotVouched(
        table="user",
        columns=("password", "tf_primary_method", "tf_totp_secret", "mf_recovery_codes"),
        why="secrets: the log holds that one was changed, never what it is",
    ),
    NotVouched(table="user", columns=("totp_last_counter",), why="moves with each code that is typed"),
    NotVouched(
        table="user",
        columns=("fs_uniquifier",),
        why="made anew at each sign-out, invitation and new second factor; set back, it lets in a copied cookie or a "
        "used link again",
    ),
    NotVouched(table="cut", columns=("folder",), why="files may be moved; that the folder holds this cut is checked"),
    NotVouched(
        table="export",
        columns=("folder", "process_id"),
        why="files may be moved, and are handed out only with the sha256 that the log holds; a process ends",
    ),
    *(
        NotVouched(table=table, columns=("id",), why="a number inside the database: " + why)
        for table, why in (
            (EVERY_FORM, "what points to it is compared by key, and records are taken in the order of their instance"),
            ("data_query", "its steps and items point to it, and are compared"),
            ("data_query_event", "the order of the steps of a data query is compared"),
            ("data_query_anchor", "nothing points to it"),
            ("derivation", "nothing points to it"),
        )
    ),
    NotVouched(
        table=EVERY_FORM,
        columns=("derived items of a voided record",),
        why="nothing counts them, and they are worked out again when the voiding is taken back",
    ),
)
"""What `audit verify` does not vouch for; docs/architecture.md shows it."""
