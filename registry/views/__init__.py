"""The pages, one blueprint per part of the registry, in the order of the menu."""

from __future__ import annotations

from flask import Blueprint

from registry.views import account, health, home

BLUEPRINTS: tuple[Blueprint, ...] = (home.bp, account.bp, health.bp)
