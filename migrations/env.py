"""Runs the migrations of the registry on the database whose address `registry.database` gives."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, create_engine, text

from registry import log_tables, models, tables
from registry.database import Base, Exact, Json
from registry.release import models as release_models

assert log_tables and models and release_models and tables  # imported for what they add to the metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the registry's own column types as plain ones, so that a migration never depends on later code."""
    if kind == "type" and isinstance(item, Exact):
        return f"sa.Numeric({item.precision}, {item.scale})"
    if kind == "type" and isinstance(item, Json):
        return "sa.Text()"
    return False


def run(connection: Connection) -> None:
    """Migrate over a connection in one transaction, foreign keys checked at the end on SQLite."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # A table is rebuilt by copying it, which would fire every foreign key that points to it.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.run_migrations()
        if is_sqlite:
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise RuntimeError(f"the migration would leave {len(broken)} rows that point to nothing: {broken[:3]}")


def main() -> None:
    """Connect as told and migrate."""
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    engine = create_engine(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            run(connection)
    finally:
        engine.dispose()


main()
