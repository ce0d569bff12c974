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

UNITS_BEFORE = {
    "ferritin": "ng/mL",
    "ldh": "U/L",
    "fibrinogen": "mg/dL",
    "d_dimer": "mg/L FEU",
    "alt": "U/L",
    "ast": "U/L",
    "bilirubin_total": "mg/dL",
    "bilirubin_direct": "mg/dL",
    "creatinine": "mg/dL",
    "anc": "10^9/L",
    "wbc": "10^9/L",
    "alc": "10^9/L",
    "platelets": "10^9/L",
    "haemoglobin": "g/dL",
    "cd19_b_cells": "cells/uL",
    "car_t_cells": "cells/uL",
}
"""Analyte -> the unit in which the version before read its ranges, of those that are stated in several."""


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
    misread = _ranges_that_would_be_misread()
    if misread:
        raise RuntimeError(
            f"The version before would misread {misread} reference ranges: it knows no other laboratory than the "
            "site's own, no months of age and one unit for each analyte. Restore a backup from before the upgrade."
        )
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_column("car_limit_unit")

    with op.batch_alter_table("reference_range", schema=None) as batch_op:
        batch_op.drop_column("laboratory")
        batch_op.drop_column("age_to_months")
        batch_op.drop_column("age_from_months")

    with op.batch_alter_table("laboratory", schema=None) as batch_op:
        batch_op.drop_column("which_laboratory")


def _ranges_that_would_be_misread() -> int:
    ranges = sa.table(
        "reference_range",
        *(sa.column(name) for name in ("analyte", "unit", "laboratory", "age_from_months", "age_to_months")),
    )
    in_another_unit = [sa.and_(ranges.c.analyte == name, ranges.c.unit != unit) for name, unit in UNITS_BEFORE.items()]
    of_another_laboratory = sa.func.coalesce(ranges.c.laboratory, "") != ""
    in_months = sa.or_(ranges.c.age_from_months.is_not(None), ranges.c.age_to_months.is_not(None))
    misread = sa.or_(of_another_laboratory, in_months, *in_another_unit)
    return op.get_bind().execute(sa.select(sa.func.count()).select_from(ranges).where(misread)).scalar_one()
