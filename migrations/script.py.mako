<%!
def without_remarks(commands):
    """Leave out the comments that Alembic puts around what it wrote."""
    kept = [line for line in commands.splitlines() if not line.lstrip().startswith("# ###")]
    return "\n".join(kept).strip() or "pass"
%>\
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades | without_remarks}


def downgrade() -> None:
    ${downgrades | without_remarks}
