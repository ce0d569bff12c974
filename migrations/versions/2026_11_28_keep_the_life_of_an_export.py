"""Keep the life of an export from its request on, data use agreements, and a name of a cut.

Revision ID: 20261128f
Revises: 20261128e
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "20261128f"
down_revision = "20261128e"
branch_labels = None
depends_on = None

WRITTEN_BEFORE = {
    "project": (sa.String(length=40), ""),
    "recipient": (sa.Text(), ""),
    "forms": (sa.Text(), "[]"),
    "formats": (sa.Text(), '["csv"]'),
    "least_reason": (sa.Text(), ""),
    "keep": (sa.Text(), "[]"),
    "status": (sa.String(length=10), "done"),
    "decision_reason": (sa.Text(), ""),
    "message": (sa.Text(), ""),
}
"""What an export that was written before this migration has in the new columns; its project stands in the log."""

NULLABLE = {
    "site_id": sa.Integer(),
    "agreement_key": sa.String(length=36),
    "least": sa.Integer(),
    "decided_at": sa.DateTime(),
    "decided_by_id": sa.Integer(),
    "finished_at": sa.DateTime(),
    "process_id": sa.Integer(),
}

REFERENCES = {"site_id": "site.id", "agreement_key": "data_use_agreement.key", "decided_by_id": "user.id"}


def upgrade() -> None:
    op.create_table(
        "data_use_agreement",
        sa.Column("parties", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("project", sa.String(length=40), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_data_use_agreement_ended_by_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user.id"], name=op.f("fk_data_use_agreement_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_use_agreement")),
        sa.UniqueConstraint("key", name=op.f("uq_data_use_agreement_key")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        for name, (type_, value) in WRITTEN_BEFORE.items():
            batch_op.add_column(sa.Column(name, type_, nullable=False, server_default=value))
        for name, nullable_type in NULLABLE.items():
            batch_op.add_column(sa.Column(name, nullable_type, nullable=True))
        for name, target in REFERENCES.items():
            table, column = target.split(".")
            batch_op.create_foreign_key(batch_op.f(f"fk_export_{name}"), table, [name], [column])
    with op.batch_alter_table("export", schema=None) as batch_op:
        for name in WRITTEN_BEFORE:
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index(
            "uq_export_running",
            ["status"],
            unique=True,
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        )
    _take_projects_from_the_log(op.get_bind())
    with op.batch_alter_table("cut", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=80), nullable=False, server_default=""))
    with op.batch_alter_table("cut", schema=None) as batch_op:
        batch_op.alter_column("name", server_default=None)


def _take_projects_from_the_log(connection: sa.Connection) -> None:
    statement = sa.text("SELECT record_key, payload FROM change WHERE table_name = 'export' ORDER BY seq")
    for key, payload in connection.execute(statement).all():
        project = json.loads(payload)["changes"].get("project")
        if project:
            update = sa.text("UPDATE export SET project = :project WHERE key = :key")
            connection.execute(update, {"project": project[1], "key": key})


def downgrade() -> None:
    with op.batch_alter_table("cut", schema=None) as batch_op:
        batch_op.drop_column("name")
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.drop_index("uq_export_running")
        for name in REFERENCES:
            batch_op.drop_constraint(batch_op.f(f"fk_export_{name}"), type_="foreignkey")
    with op.batch_alter_table("export", schema=None) as batch_op:
        for name in (*WRITTEN_BEFORE, *NULLABLE):
            batch_op.drop_column(name)
    op.drop_table("data_use_agreement")
