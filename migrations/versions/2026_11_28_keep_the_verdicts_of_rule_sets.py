"""Keep what rule sets say about records, and the version of the check behind a data query.

Revision ID: 20261128a
Revises: 20261123a
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128a"
down_revision = "20261123a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("data_query", sa.Column("check_version", sa.Integer(), nullable=True))
    # Nothing has written to it yet, and what stands in it can always be derived again.
    op.drop_table("derivation")
    _create_derivation(
        sa.Column("certainty", sa.String(length=20), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
    )
    name = op.f("ix_derivation_subject_id_derivation_rule_set")
    op.create_index(name, "derivation", ["subject_id", "rule_set"], unique=False)


def downgrade() -> None:
    op.drop_table("derivation")
    _create_derivation(
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
    )
    op.create_index(op.f("ix_derivation_subject_id"), "derivation", ["subject_id"], unique=False)
    op.drop_column("data_query", "check_version")


def _create_derivation(*explained: sa.Column[str]) -> None:
    op.create_table(
        "derivation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("record_key", sa.String(length=36), nullable=False),
        sa.Column("rule_set", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=True),
        *explained,
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_derivation_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derivation")),
        sa.UniqueConstraint(
            "record_key",
            "rule_set",
            "version",
            name=op.f("uq_derivation_record_key_rule_set_version"),
        ),
    )
