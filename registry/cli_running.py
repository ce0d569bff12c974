"""How a command runs: inside the application, and in one line of words when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from registry import installation
from registry.accounts import people
from registry.demo.writing import NotEmpty
from registry.release.cuts import CutError
from registry.release.refusal import ExportRefused
from registry.release.rights import NotAllowed
from registry.settings import SettingsError

REFUSALS = (
    SettingsError,
    CutError,
    ExportRefused,
    NotAllowed,
    people.NotAllowed,
    installation.InstallationError,
    NotEmpty,
)


def in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command; say in one line what keeps it from its work."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except REFUSALS as error:
            raise click.ClickException(str(error)) from None
        except OperationalError as error:
            raise click.ClickException(f"The database does not answer: {error.orig}") from None

    return run


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application, which is its first argument."""

    @in_words
    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        with installation.application() as app:
            return command(app, *args, **options)

    return run
