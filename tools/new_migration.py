"""Write a dated migration from what the models and the casebook now say: `make migration MESSAGE="…"`."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from registry.database import alembic_config, migrate_to_head


def main() -> None:
    """Compare the declared schema with a freshly migrated database and write the difference as a migration."""
    message = " ".join(sys.argv[1:]).strip()
    if not message:
        sys.exit('Say what the migration does: make migration MESSAGE="Ask for a lumbar puncture"')
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'schema.db'}"
        migrate_to_head(url)
        command.revision(alembic_config(url), message=message, autogenerate=True)


main()
