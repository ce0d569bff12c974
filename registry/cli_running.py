"""How a command runs: inside the application, and in one line of words when it cannot."""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DatabaseError, OperationalError

from registry import installation
from registry.access import NotAllowed
from registry.audit import Overtaken
from registry.demo.writing import NotEmpty
from registry.release.cuts import CutError
from registry.release.refusal import ExportRefused
from registry.release.unfinished import is_unfinished
from registry.settings import SettingsError
from registry.typed_text import printable

LONGEST_SENTENCE = 200
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
MAY_NOT_WRITE = ("42501", "25006")
"""PostgreSQL's codes (Appendix A of its manual) of insufficient privilege and of a read-only transaction."""
NOT_THERE = ("42P01", "42703")
"""Its codes of a table or a column that is not there; SQLite tells of them as of a database that does not answer."""
REFUSALS = (
    SettingsError,
    CutError,
    ExportRefused,
    NotAllowed,
    installation.InstallationError,
    NotEmpty,
    Overtaken,
)


class Commands(click.Group):
    """A group of commands whose help tells the whole first sentence of each: click cuts it off after 45 characters."""

    group_class = type

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what it refuses stands in one line, also where a name in it breaks the line."""
        try:
            return super().invoke(ctx)
        except click.UsageError:
            raise
        except click.ClickException as refused:
            raise click.ClickException(printable(refused.message)) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write name and first sentence of each command."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(LONGEST_SENTENCE)) for name, one in commands if one and not one.hidden]
            )


def say(line: str) -> None:
    """Print one line, also where a name in it breaks the line."""
    click.echo(printable(line))


def in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command; say in one line what keeps it from its work."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except REFUSALS as error:
            raise click.ClickException(str(error)) from None
        except DatabaseError as error:
            said = " ".join(str(error.orig).split())
            if getattr(error.orig, "sqlstate", None) in MAY_NOT_WRITE:
                raise click.ClickException(
                    f"The database does not let the registry's role write: {said.partition(' LINE ')[0]}. The database "
                    "and its schema belong to the role that SQLALCHEMY_DATABASE_URI names, on a server that is no copy."
                ) from None
            if getattr(error.orig, "sqlstate", None) in NOT_THERE:
                raise click.ClickException(
                    f"The database has lost what this version needs: {said.partition(' LINE ')[0]}. Keep it as it is "
                    "and restore a backup."
                ) from None
            if type(error) not in (DatabaseError, OperationalError):
                raise  # the registry's own mistake, not the state of the database
            raise click.ClickException(f"The database does not answer: {said}") from None
        except UnicodeEncodeError:
            raise click.ClickException(
                "A word of this command is not in UTF-8, so it cannot be stored. Use a UTF-8 terminal: LANG=C.UTF-8."
            ) from None
        except BrokenPipeError:
            raise  # whoever read the output has stopped, which click takes quietly
        except OSError as error:
            raise click.ClickException(_told(error)) from None

    return run


def _told(error: OSError) -> str:
    """Return what keeps a file from being used and what to do; of a folder being written, the place it lies in."""
    place = Path(error.filename) if isinstance(error.filename, str) else None
    if place is not None and is_unfinished(place):
        place = place.parent
    what = f"{place or 'A file'} cannot be used: {error.strerror or error}."
    if error.errno in NO_ROOM:
        return f"{what} Make room, or name a place on another disk. Nothing was left half written."
    return f"{what} Check the path and whose it is, or name another one."


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application, which is its first argument, on a database of its schema and its key."""

    @in_words
    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        with installation.application() as app:
            installation.check_schema()
            installation.check_log_key()
            return command(app, *args, **options)

    return run
