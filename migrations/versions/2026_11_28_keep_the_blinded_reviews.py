"""Keep the blinded reviews of cases, append-only.

Revision ID: 20261128d
Revises: 20261128c
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry import triggers

revision = "20261128d"
down_revision = "20261128c"
branch_labels = None
depends_on = None


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
    triggers.create_triggers(op.get_bind(), ("adjudication",))


def downgrade() -> None:
    triggers.drop_triggers(op.get_bind(), ("adjudication",))
    op.drop_index(op.f("ix_adjudication_subject_id"), table_name="adjudication")
    op.drop_index(op.f("ix_adjudication_record_key"), table_name="adjudication")
    op.drop_table("adjudication")
