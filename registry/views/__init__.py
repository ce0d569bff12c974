"""The pages, one blueprint per part of the registry, in the order of the menu."""

from __future__ import annotations

from flask import Blueprint

from registry.views import account, admin, analysis, cuts, exports, health, home, sites

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.bp,
    sites.bp,
    cuts.bp,
    analysis.bp,
    exports.bp,
    admin.bp,
    account.bp,
    health.bp,
)
