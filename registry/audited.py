"""What the change log keeps of each table: its columns, and the state of a record beside its answers."""

from __future__ import annotations

RECORD_STATE = ("instance", "revision", "form_version", "entered_at", "completed_at", "voided_at")
"""What the log keeps of a record beside its answers."""

AUDITED: dict[str, tuple[str, ...]] = {
    "site": (
        "code",
        "name",
        "time_zone",
        "ethics_reference",
        "ethics_expires_on",
        "agreement_signed_on",
        "carhlh_definition",
        "carhlh_definition_text",
    ),
    "site_protocol": ("site_id", "version", "effective_from", "text", "line", "max_single_mg", "max_day_mg", "rules"),
    "reference_range": (
        "site_id",
        "analyte",
        "sex",
        "age_from_years",
        "age_to_years",
        "unit",
        "low",
        "high",
        "valid_from",
    ),
    "infusion_log": ("site_id", "quarter", "infused", "approached", "consented", "refused", "enrolled"),
    "subject": ("site_id", "code", "enrolment_uuid", "created_at", "withdrawn_on"),
    "user": ("email", "name", "active", "is_demo"),
    "role_grant": ("user_id", "role", "site_id", "began_at", "ended_at", "granted_by_id"),
    "data_query": (
        "subject_id",
        "form",
        "record_key",
        "check_id",
        "check_version",
        "severity",
        "message",
        "found",
        "status",
    ),
    "adjudication": (
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
    "cut": ("cut_id", "taken_at", "taken_by_id", "change_seq", "subjects", "rows"),
    "export": ("profile", "cut_id", "sha256", "purpose", "made_at", "made_by_id", "subjects"),
}
"""Columns of the machinery whose every value is in the log; an id stands there as the key it points to."""
