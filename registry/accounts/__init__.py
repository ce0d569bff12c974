"""Accounts: signing in and out, second factor, lock-out, the end of a session."""

from __future__ import annotations

from flask import Flask

from registry.accounts import sessions, wiring
from registry.accounts.wiring import PERMISSIONS, refuse_demo_users

__all__ = ["PERMISSIONS", "init_app", "refuse_demo_users"]


def init_app(app: Flask) -> None:
    """Set accounts up: the watch over sessions first, because Flask-Security loads the user in each request."""
    sessions.init_app(app)
    wiring.init_app(app)
