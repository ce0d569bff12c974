"""Settings: defaults, then the file named by ANAKINRA_REGISTRY_CONFIG, then what the caller gives."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

DEFAULTS: dict[str, Any] = {
    "MODE": "production",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    "IDLE_MINUTES": 30,
    "WTF_CSRF_TIME_LIMIT": None,
    "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    "PROXY_HOPS": 0,
    "CHECK_DAILY": True,
}

MODES = ("production", "demo")
SECRETS_FILE = "secrets.json"
SECRETS = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "AUDIT_KEY", "PSEUDONYM_KEY")
SHORTEST_SECRET = 32


def load_settings(app: Flask, given: Mapping[str, Any] | None) -> None:
    """Fill the application's configuration; refuse to start without its secrets."""
    app.config.from_mapping(DEFAULTS)
    instance = Path(app.instance_path)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{instance / 'registry.sqlite'}"
    app.config["STORAGE_DIR"] = str(instance / "storage")
    app.config["ANCHORS_FILE"] = str(instance / "anchors.log")
    secrets_file = instance / SECRETS_FILE
    if secrets_file.exists():
        app.config.from_mapping(json.loads(secrets_file.read_text(encoding="utf-8")))
    named = os.environ.get("ANAKINRA_REGISTRY_CONFIG")
    if named:
        try:
            app.config.from_pyfile(os.path.abspath(named))
        except (OSError, SyntaxError) as error:
            raise SettingsError(f"The settings file {named} cannot be read: {error}") from None
    app.config.from_mapping(given or {})
    if app.config["MODE"] not in MODES:
        raise SettingsError(f"MODE is {app.config['MODE']!r}. Set it to 'production', or to 'demo' for synthetic data.")
    missing = [name for name in SECRETS if not app.config.get(name)]
    if missing:
        raise SettingsError(
            f"{', '.join(missing)} not set. Run `anakinra-registry init`, which writes them, or set them in the "
            "file that ANAKINRA_REGISTRY_CONFIG names (see config.example.py)."
        )
    if app.config["MODE"] == "production":
        _refuse_weak_secrets(app)


def _refuse_weak_secrets(app: Flask) -> None:
    """Refuse secrets that could be guessed, or of which one gives another away; name them, never repeat them."""
    totp = app.config.get("SECURITY_TOTP_SECRETS") or {}
    known = {name: str(app.config[name]) for name in SECRETS}
    known |= {f"SECURITY_TOTP_SECRETS[{version}]": str(secret) for version, secret in totp.items()}
    values = list(known.values())
    weak = [name for name, secret in known.items() if len(secret) < SHORTEST_SECRET or values.count(secret) > 1]
    if weak or not totp:
        raise SettingsError(
            f"{', '.join(weak) or 'SECURITY_TOTP_SECRETS'}: each secret needs {SHORTEST_SECRET} characters or more and "
            "differs from the others. `anakinra-registry init` writes such secrets for a new installation."
        )


class SettingsError(RuntimeError):
    """The registry cannot start with these settings; the message says which and what to do."""


def instance_folder() -> Path:
    """Return the folder of this installation's database, secrets and files."""
    return Path(os.environ.get("ANAKINRA_REGISTRY_INSTANCE", "instance")).resolve()


def write_secrets(instance: Path, *, mode: str = "production") -> Path:
    """Create the secrets of an installation (mode 600) unless they exist; return their file."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = instance / SECRETS_FILE
    if not path.exists():
        content = {
            "MODE": mode,
            **{name: secrets.token_hex(32) for name in SECRETS},
            "SECURITY_TOTP_SECRETS": {"1": secrets.token_urlsafe(32)},
        }
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
    return path
