"""Keep what a run of the analysis is limited to.

Revision ID: 20261128e
Revises: 20261128d
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128e"
down_revision = "20261128d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("analysis_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("selection", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("analysis_run", schema=None) as batch_op:
        batch_op.alter_column("selection", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("analysis_run", schema=None) as batch_op:
        batch_op.drop_column("selection")
