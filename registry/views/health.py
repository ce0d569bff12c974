"""A page for machines: is the registry up, which version, which schema, which engine?"""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from registry import access
from registry.database import current_revision, db

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access.public
def show() -> ResponseReturnValue:
    """Answer with the version, the schema revision and the engine; an unreachable database answers 503."""
    revision = current_revision(db.session.connection())
    return jsonify(version=version("anakinra-registry"), schema_revision=revision, engine=db.engine.dialect.name)
