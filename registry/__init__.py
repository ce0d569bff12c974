"""Who may record what, and how it is kept: the web application of the Pediatric Anakinra Registry."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from registry import (
    access,
    accounts,
    database,
    errors,
    first_sign_in,
    input_limits,
    security_headers,
    settings,
    templating,
)
from registry.views import BLUEPRINTS, navigation

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__version__ = version("anakinra-registry")
WEB_WORKER = "registry:create_web_worker()"
"""What a web server runs in each of its processes."""


def create_app(config: Mapping[str, Any] | None = None, *, pages: bool = True) -> Flask:
    """Return the registry as a Flask application: settings, database, accounts, rights, pages.

    Without ``pages`` it answers no request and is there at once, which is all a command needs.
    """
    app = Flask(__name__, instance_path=str(settings.instance_folder()))
    settings.load_settings(app, config)

    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(url)
    database.db.init_app(app)
    with app.app_context():
        engine = database.configure_engine(database.db.engine)
    if app.config["MODE"] == "production":
        accounts.refuse_demo_users(engine)

    security_headers.init_app(app)
    input_limits.init_app(app)
    accounts.init_app(app)
    CSRFProtect(app)  # before the rights: a form sent after the session ended must not lose what was typed
    access.init_app(app, accounts.PERMISSIONS)
    Bootstrap5(app)
    first_sign_in.init_app(app)
    templating.init_app(app)
    navigation.init_app(app)
    for blueprint in BLUEPRINTS if pages else ():
        app.register_blueprint(blueprint)
    errors.init_app(app)

    app.wsgi_app = _with_small_host(app.wsgi_app)  # type: ignore[assignment, method-assign]
    if hops := app.config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def create_web_worker() -> Flask:
    """Return the registry as a web server runs it; it takes the whole process for its own.

    What is there now lives to the end: it is never searched for garbage again, for which a request had to wait 0.2 s.
    """
    app = create_app()
    gc.collect()
    gc.freeze()
    return app


def _with_small_host(answer: WSGIApplication) -> WSGIApplication:
    """Return a WSGI application that finds the host name in small letters, as TRUSTED_HOSTS has it.

    Browsers write it so; other programs send it as it was typed, and Werkzeug would take it for another host.
    """

    def with_small_host(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        return answer(environ, start_response)

    return with_small_host
