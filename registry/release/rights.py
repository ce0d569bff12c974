"""Which profiles of an export a person may ask for, and of which children."""

from __future__ import annotations

from registry.access import Viewer
from registry.release.profiles import Profile

Sites = frozenset[int] | None
"""Ids of the sites whose children an export may hold; None means the whole study."""


def profiles_for(viewer: Viewer) -> dict[Profile, Sites]:
    """Return the profiles a person may ask for, most telling first, each with the sites it may cover.

    Anyone may ask for less than their right. What says nothing about a single child is of the whole study only: rows
    of one site among those of all would tell which children are the site's.
    """
    found: dict[Profile, Sites] = {}
    right: Sites = frozenset()
    for profile in Profile:
        own = viewer.sites(f"export.{profile}")
        right = None if own is None or right is None else right | own
        if right is None or right:
            found[profile] = right if profile in BY_SITE else None
    return found


BY_SITE = frozenset({Profile.IDENTIFIED, Profile.LIMITED})
"""The profiles that can be limited to one site."""
