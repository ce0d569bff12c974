"""Settings: defaults, then the file named by ANAKINRA_REGISTRY_CONFIG, then what the caller gives."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Config, Flask
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from registry.setting_rules import unknown_names, wrong_values

DEFAULTS: dict[str, Any] = {
    "MODE": "production",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    "SESSION_REFRESH_EACH_REQUEST": False,  # sent when it changed: see registry/accounts/sessions.py
    "IDLE_MINUTES": 30,
    "WTF_CSRF_ENABLED": True,
    "WTF_CSRF_TIME_LIMIT": None,
    "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    "PROXY_HOPS": 0,
    "TRUSTED_HOSTS": ["127.0.0.1", "localhost"],
    "CHECK_DAILY": True,
}

MODES = ("production", "demo")
SECRETS_FILE = "secrets.json"
SECRETS = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "AUDIT_KEY", "PSEUDONYM_KEY")
TOTP_SECRETS = "SECURITY_TOTP_SECRETS"
SHORTEST_SECRET = 32


def load_settings(app: Flask, given: Mapping[str, Any] | None) -> None:
    """Fill the application's configuration; refuse to start without its secrets."""
    read_settings(app, given)
    if missing := missing_secrets(app):
        raise SettingsError(
            f"{', '.join(missing)} not set. Restore {Path(app.instance_path) / SECRETS_FILE} from its copy, or set "
            "them in the file that ANAKINRA_REGISTRY_CONFIG names (see config.example.py). Only a new installation "
            "gets secrets of its own: `anakinra-registry init`."
        )
    if app.config["MODE"] == "production":
        _refuse_weak_secrets(app)


def read_settings(app: Flask, given: Mapping[str, Any] | None = None) -> None:
    """Fill the application's configuration, whether or not secrets are among it yet."""
    app.config.from_mapping(DEFAULTS)
    instance = Path(app.instance_path)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{instance / 'registry.sqlite'}"
    app.config["STORAGE_DIR"] = str(instance / "storage")
    app.config["ANCHORS_FILE"] = str(instance / "anchors.log")
    app.config.from_mapping(_read_secrets(instance / SECRETS_FILE))
    named = os.environ.get("ANAKINRA_REGISTRY_CONFIG")
    if named:
        app.config.from_mapping(_read_file(named, known={*app.config, *SECRETS, TOTP_SECRETS}))
    app.config.from_mapping(given or {})
    if wrong := " ".join(wrong_values(app.config)):
        raise SettingsError(wrong)
    for name in ("STORAGE_DIR", "ANCHORS_FILE"):  # where a command is started must not decide where they are
        app.config[name] = str(instance / app.config[name])
    if app.config["MODE"] not in MODES:
        raise SettingsError(f"MODE is {app.config['MODE']!r}. Set it to 'production', or to 'demo' for synthetic data.")
    _check_address(app.config["SQLALCHEMY_DATABASE_URI"])


def _read_file(named: str, *, known: Collection[str]) -> Config:
    """Return what the settings file sets; refuse a name that is no setting, which would change nothing unnoticed."""
    if not os.path.isfile(named):
        raise SettingsError(
            f"The settings file {named} cannot be read: there is no such file. Correct ANAKINRA_REGISTRY_CONFIG."
        )
    found = Config(os.path.dirname(named))
    try:
        found.from_pyfile(os.path.abspath(named))
    except Exception as error:  # the file is Python: whatever it raises is a slip in it
        kind = type(error).__name__
        raise SettingsError(f"The settings file {named} cannot be read: {kind}: {error}. Correct it.") from None
    if wrong := unknown_names(found, known):
        raise SettingsError(f"In the settings file {named}: {wrong}")
    return found


def missing_secrets(app: Flask) -> list[str]:
    """Return the names of the secrets that stand neither in the secrets file nor in the settings."""
    return [name for name in SECRETS if not app.config.get(name)]


def _read_secrets(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"The secrets {path} cannot be read: {error.strerror}. Put that right first.") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SettingsError(
            f"The secrets {path} are damaged. Restore the file from its copy; without a copy, and only while nothing "
            "has been entered, remove it and run `anakinra-registry init`."
        )
    return found


def _check_address(address: Any) -> None:
    """Refuse a database address that cannot be opened, without repeating it: it may hold a password."""
    try:
        url = make_url(address)
        url.get_dialect().import_dbapi()
    except (ArgumentError, ImportError, ValueError):
        raise SettingsError(
            "SQLALCHEMY_DATABASE_URI names no database that can be opened here. Write it like "
            "sqlite:////folder/registry.sqlite or postgresql+psycopg://registry:PASSWORD@localhost/registry."
        ) from None
    file = Path(url.database or "")
    if url.get_backend_name() == "sqlite" and file.is_absolute() and not file.parent.is_dir():
        raise SettingsError(
            f"The folder {file.parent} of the database does not exist. Create it, or name another place in "
            "SQLALCHEMY_DATABASE_URI."
        )


def _refuse_weak_secrets(app: Flask) -> None:
    """Refuse secrets that could be guessed, or of which one gives another away; name them, never repeat them."""
    totp = app.config.get(TOTP_SECRETS) or {}
    known = {name: str(app.config[name]) for name in SECRETS}
    known |= {f"{TOTP_SECRETS}[{version}]": str(secret) for version, secret in totp.items()}
    values = list(known.values())
    weak = [name for name, secret in known.items() if len(secret) < SHORTEST_SECRET or values.count(secret) > 1]
    if weak or not totp:
        raise SettingsError(
            f"{', '.join(weak) or TOTP_SECRETS}: each secret needs {SHORTEST_SECRET} characters or more and "
            "differs from the others. `anakinra-registry init` writes such secrets for a new installation."
        )


class SettingsError(RuntimeError):
    """The registry cannot start with these settings; the message says which and what to do."""


def instance_folder() -> Path:
    """Return the folder of this installation's database, secrets and files."""
    folder = Path(os.environ.get("ANAKINRA_REGISTRY_INSTANCE", "instance")).resolve()
    if folder.is_file():
        raise SettingsError(f"{folder} is a file. Set ANAKINRA_REGISTRY_INSTANCE to a folder.")
    return folder


def same_registry() -> dict[str, str]:
    """Return the environment of a process that opens this registry, in whatever folder it starts."""
    named = os.environ.get("ANAKINRA_REGISTRY_CONFIG")
    settings = {"ANAKINRA_REGISTRY_CONFIG": os.path.abspath(named)} if named else {}
    return {**os.environ, "ANAKINRA_REGISTRY_INSTANCE": str(instance_folder()), **settings}


def write_secrets(instance: Path, *, mode: str = "production") -> Path:
    """Create the secrets of an installation (mode 600) in its folder unless they exist; return their file."""
    path = instance / SECRETS_FILE
    if not path.exists():
        content = {
            "MODE": mode,
            **{name: secrets.token_hex(32) for name in SECRETS},
            TOTP_SECRETS: {"1": secrets.token_urlsafe(32)},
        }
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
                file.flush()
                os.fsync(handle)  # an entry sealed with a key that a power cut took could never be proven
        except OSError as error:
            path.unlink()
            raise OSError(error.errno, error.strerror, str(path)) from None
    return path
