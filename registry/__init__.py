"""Who may record what, and how it is kept: the web application of the Pediatric Anakinra Registry."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from flask import Flask

from registry import database, settings

__version__ = version("anakinra-registry")


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the registry as a Flask application: settings, database, accounts, pages."""
    instance = os.path.abspath(os.environ.get("ANAKINRA_REGISTRY_INSTANCE", "instance"))
    app = Flask(__name__, instance_path=instance)
    settings.load_settings(app, config)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(url)
    database.db.init_app(app)
    with app.app_context():
        database.configure_engine(database.db.engine)
    return app
