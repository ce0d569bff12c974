"""Ask whose laboratory and which unit

Revision ID: 20261129a
Revises: 20261128f
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129a"
down_revision = "20261128f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("laboratory", schema=None) as batch_op:
        batch_op.add_column(sa.Column("which_laboratory", sa.Text(), nullable=True))

    with op.batch_alter_table("reference_range", schema=None) as batch_op:
        batch_op.add_column(sa.Column("age_from_months", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("age_to_months", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("laboratory", sa.String(length=80), nullable=True))

    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.add_column(sa.Column("car_limit_unit", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_column("car_limit_unit")

    with op.batch_alter_table("reference_range", schema=None) as batch_op:
        batch_op.drop_column("laboratory")
        batch_op.drop_column("age_to_months")
        batch_op.drop_column("age_from_months")

    with op.batch_alter_table("laboratory", schema=None) as batch_op:
        batch_op.drop_column("which_laboratory")
