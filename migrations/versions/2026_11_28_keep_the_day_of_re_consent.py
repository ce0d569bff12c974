"""Keep the day of re-consent

Revision ID: 20261128b
Revises: 20261128a
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128b"
down_revision = "20261128a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("majority_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_column("majority_on")
