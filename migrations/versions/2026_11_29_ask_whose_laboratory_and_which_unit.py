"""Ask whose laboratory and which unit

Revision ID: 20261129a
Revises: 20261128f
"""

from __future__ import annotations

from collections import Counter

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
            "site's own, no months of age, one unit for each analyte, and no range corrected or taken back. "
            "Restore a backup from before the upgrade."
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
    place = ("site_id", "analyte", "sex", "age_from_years", "age_to_years", "valid_from")
    read = (*place, "unit", "laboratory", "age_from_months", "age_to_months", "low", "high")
    ranges = sa.table("reference_range", *(sa.column(name) for name in read))
    stored = op.get_bind().execute(sa.select(*ranges.c)).all()
    readings = Counter(tuple(getattr(one, name) or "" for name in place) for one in stored)
    corrected = sum(times - 1 for times in readings.values())
    return corrected + sum(1 for one in stored if _is_misread(one))


def _is_misread(one: sa.Row[tuple[object, ...]]) -> bool:
    """Tell whether a range is in another unit, of another laboratory, of months, or was taken back."""
    in_another_unit = UNITS_BEFORE.get(one.analyte, one.unit) != one.unit
    in_months = (one.age_from_months, one.age_to_months) != (None, None)
    return in_another_unit or bool(one.laboratory) or in_months or not (one.low or one.high)
