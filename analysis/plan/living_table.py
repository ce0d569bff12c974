"""How the registry's own rows of the living Table 2 are made."""

from __future__ import annotations

BESIDE_HOURS = 72
"""An agent stands beside anakinra when it was given from this long before the first dose to the last dose."""
RESOLVED_BY_DAY = 28
"""Resolutions after the first dose count up to this day."""
