"""Keep what a site's protocol says as rules that a machine can compare, beside its text.

Revision ID: 20261128c
Revises: 20261128b
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128c"
down_revision = "20261128b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site_protocol", sa.Column("rules", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("site_protocol", "rules")
