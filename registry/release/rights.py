"""Which profiles of an export a person may ask for, of which children, and whose exports a person sees."""

from __future__ import annotations

from sqlalchemy import Select, select, true

from registry.access import ACTIONS, Viewer
from registry.models import Site
from registry.release.models import Export
from registry.release.profiles import Profile

Sites = frozenset[int] | None
"""Ids of the sites whose children an export may hold; None means the whole study."""

BY_SITE = frozenset({Profile.IDENTIFIED, Profile.LIMITED})
"""The profiles that can be limited to one site."""


def profiles_for(viewer: Viewer) -> dict[Profile, Sites]:
    """Return the profiles a person may ask for, most telling first, each with the sites it may cover.

    Anyone may ask for less than their right. What says nothing about a single child is of the whole study only: rows
    of one site beside those of all would tell which children are the site's.
    """
    found: dict[Profile, Sites] = {}
    right: Sites = frozenset()
    for profile in Profile:
        own = viewer.sites(f"export.{profile}")
        right = None if own is None or right is None else right | own
        if right is None or right:
            found[profile] = right if profile in BY_SITE else None
    return found


def has_own_site(viewer: Viewer, site: Site) -> bool:
    """Tell whether a person sees the identified data of a site in the ordinary work there."""
    return any(grant.site_id == site.id and grant.role in ACTIONS["export.identified"] for grant in viewer.grants)


def visible_exports(viewer: Viewer) -> Select[Export]:
    """Return the selection of the exports whose history a person sees, newest first: all of them, or one's own."""
    own = true() if viewer.may("export.view") else Export.made_by_id == viewer.user.id
    return select(Export).where(own).order_by(Export.id.desc())


def may_hand_out(viewer: Viewer, export: Export) -> bool:
    """Tell whether a person may download an export's files, with the rights held now.

    What tells of single children goes to who asked for it; other packages also to who looks after all exports.
    """
    sites = profiles_for(viewer).get(Profile(export.profile), frozenset())
    is_covered = sites is None or export.site_id in sites
    is_own = export.made_by_id == viewer.user.id
    return is_covered and (is_own or (Profile(export.profile) not in BY_SITE and viewer.may("export.view")))


def may_write_again(viewer: Viewer, export: Export) -> bool:
    """Tell whether a person may have files written again that are gone: who asked for them has, whatever they were.

    Of packages that were written once and are of the whole study without dates and centers, also who may delete them: a
    later release of the project needs them, and who asked for them may have left.
    """
    is_for_all = Profile(export.profile) not in BY_SITE and bool(export.sha256)
    return export.made_by_id == viewer.user.id or (is_for_all and viewer.may("export.delete"))
