"""Keep the blinded reviews of cases, append-only.

Revision ID: 20261128d
Revises: 20261128c
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128d"
down_revision = "20261128c"
branch_labels = None
depends_on = None

SQLITE_TRIGGERS = {
    "adjudication_no_update": """CREATE TRIGGER adjudication_no_update BEFORE UPDATE ON adjudication
        BEGIN SELECT RAISE(ABORT, 'adjudication is append-only'); END""",
    "adjudication_no_delete": """CREATE TRIGGER adjudication_no_delete BEFORE DELETE ON adjudication
        BEGIN SELECT RAISE(ABORT, 'adjudication is append-only'); END""",
    "adjudication_no_replace": """CREATE TRIGGER adjudication_no_replace BEFORE INSERT ON adjudication
        WHEN EXISTS (SELECT 1 FROM adjudication WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'adjudication is append-only'); END""",
}
POSTGRESQL_TRIGGERS = {
    f"adjudication_no_{action}": f"""CREATE TRIGGER adjudication_no_{action} BEFORE {action.upper()} ON adjudication
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
    for action in ("update", "delete", "truncate")
}


def upgrade() -> None:
    op.create_table(
        "adjudication",
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("record_key", sa.String(length=36), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(), nullable=False),
        sa.Column("decision", sa.String(length=30), nullable=False),
        sa.Column("peak_grade", sa.Integer(), nullable=True),
        sa.Column("onset_day", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_adjudication_reviewer_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_adjudication_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudication")),
        sa.UniqueConstraint("key", name=op.f("uq_adjudication_key")),
    )
    op.create_index(op.f("ix_adjudication_record_key"), "adjudication", ["record_key"], unique=False)
    op.create_index(op.f("ix_adjudication_subject_id"), "adjudication", ["subject_id"], unique=False)
    for statement in triggers().values():
        op.execute(statement)


def downgrade() -> None:
    on = " ON adjudication" if op.get_bind().dialect.name == "postgresql" else ""
    for name in triggers():
        op.execute(f"DROP TRIGGER {name}{on}")
    op.drop_index(op.f("ix_adjudication_subject_id"), table_name="adjudication")
    op.drop_index(op.f("ix_adjudication_record_key"), table_name="adjudication")
    op.drop_table("adjudication")


def triggers() -> dict[str, str]:
    return POSTGRESQL_TRIGGERS if op.get_bind().dialect.name == "postgresql" else SQLITE_TRIGGERS
