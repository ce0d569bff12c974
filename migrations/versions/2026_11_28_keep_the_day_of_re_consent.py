"""Keep the day of re-consent

Revision ID: 0741f16c4e94
Revises: 20261123a
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0741f16c4e94"
down_revision = "20261123a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("majority_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_column("majority_on")
