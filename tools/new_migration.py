"""Write a dated migration from what the models and the casebook now say: `make migration MESSAGE="…"`."""

import sys
import tempfile
from datetime import date
from pathlib import Path
from string import ascii_lowercase

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from registry.database import alembic_config

HOOKS = {
    "imports": "check --quiet --fix-only REVISION_SCRIPT_FILENAME",
    "layout": "format --quiet REVISION_SCRIPT_FILENAME",
}
"""What Ruff does to the written file, so that it passes the checks of style as it is."""


def main() -> None:
    """Compare the declared schema with a freshly migrated database and write the difference as a migration."""
    message = " ".join(sys.argv[1:]).strip()
    if not message:
        sys.exit('Say what the migration does: make migration MESSAGE="Ask for a lumbar puncture"')
    with tempfile.TemporaryDirectory() as folder:
        write_migration(alembic_config(f"sqlite:///{Path(folder) / 'schema.db'}"), message)


def write_migration(config: Config, message: str) -> None:
    """Write, in the style of the house, what an empty database lacks after all migrations."""
    config.set_section_option("post_write_hooks", "hooks", ",".join(HOOKS))
    for name, options in HOOKS.items():
        for key, value in {"type": "module", "module": "ruff", "options": options}.items():
            config.set_section_option("post_write_hooks", f"{name}.{key}", value)
    command.upgrade(config, "head")
    command.revision(config, message=message, autogenerate=True, rev_id=next_revision(config, date.today()))


def next_revision(config: Config, today: date) -> str:
    """Return the name of a new revision: its day and the first letter that none of that day has."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    names = (f"{today:%Y%m%d}{letter}" for letter in ascii_lowercase)
    return next(name for name in names if name not in known)


if __name__ == "__main__":
    main()
