"""The pages, one blueprint per part of the registry, in the order of the menu."""

from __future__ import annotations

from flask import Blueprint

from registry.views import (
    account,
    adjudication,
    admin,
    agreements,
    analysis,
    casebook,
    cuts,
    data_queries,
    drafts,
    exports,
    grid,
    health,
    home,
    live,
    monitoring,
    new_export,
    records,
    site_drafts,
    sites,
    subjects,
    timeline,
    voiding,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.bp,
    subjects.bp,
    grid.bp,
    timeline.bp,
    data_queries.bp,
    adjudication.bp,
    monitoring.bp,
    records.bp,
    voiding.bp,
    live.bp,
    drafts.bp,
    sites.bp,
    site_drafts.bp,
    cuts.bp,
    analysis.bp,
    exports.bp,
    new_export.bp,
    agreements.bp,
    casebook.bp,
    admin.bp,
    account.bp,
    health.bp,
)
