"""How a command runs: inside the application, and in one line of words when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import DatabaseError, OperationalError

from registry import installation
from registry.accounts import people
from registry.demo.writing import NotEmpty
from registry.release.cuts import CutError
from registry.release.refusal import ExportRefused
from registry.release.rights import NotAllowed
from registry.settings import SettingsError

LONGEST_SENTENCE = 200
REFUSALS = (
    SettingsError,
    CutError,
    ExportRefused,
    NotAllowed,
    people.NotAllowed,
    installation.InstallationError,
    NotEmpty,
)


class Commands(click.Group):
    """A group of commands whose help tells the whole first sentence of each: click cuts it off after 45 characters."""

    group_class = type

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write name and first sentence of each command."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(LONGEST_SENTENCE)) for name, one in commands if one and not one.hidden]
            )


def in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command; say in one line what keeps it from its work."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except REFUSALS as error:
            raise click.ClickException(str(error)) from None
        except DatabaseError as error:
            if type(error) not in (DatabaseError, OperationalError):
                raise  # the registry's own mistake, not the state of the database
            said = " ".join(str(error.orig).split())
            raise click.ClickException(f"The database does not answer: {said}") from None
        except UnicodeEncodeError:
            raise click.ClickException(
                "A word of this command is not in UTF-8, so it cannot be stored. Use a UTF-8 terminal: LANG=C.UTF-8."
            ) from None
        except BrokenPipeError:
            raise  # whoever read the output has stopped, which click takes quietly
        except OSError as error:
            what = f"{error.filename} cannot be used" if error.filename else "A file cannot be used"
            raise click.ClickException(
                f"{what}: {error.strerror or error}. Check the path and whose it is, or name another one."
            ) from None

    return run


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application, which is its first argument, on a database of this version's schema."""

    @in_words
    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        with installation.application() as app:
            installation.check_schema()
            return command(app, *args, **options)

    return run
