"""Who may see and do what: one table of actions and roles, and the only way to a child's rows.

A view declares its permission with ``requires(action)``, ``signed_in`` or ``public``; a route without one is refused.
Another site's object does not exist for the viewer (404); at an own site without the right it is forbidden (403).
A role that has the right nowhere is refused before any key is looked up: 403 for every key alike, known or not, so that
the answer says nothing about other sites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import BindParameter, Select, bindparam, false, or_, select, true

from registry.consent import MISTAKEN
from registry.database import db, utc_now
from registry.models import RoleGrant, Site, Subject, User

View = TypeVar("View", bound=Callable[..., Any])


class NotAllowed(RuntimeError):
    """A step is refused to somebody whose role has the action; the message says why and what to do."""


ROLES = {
    "coordinator": "Site coordinator",
    "investigator": "Investigator",
    "monitor": "Monitor",
    "data_manager": "Data manager",
    "analyst": "Analyst",
    "administrator": "Administrator",
    "privacy_officer": "Privacy officer",
    "auditor": "Auditor",
}
SITE_ROLES = frozenset({"coordinator", "investigator", "monitor"})

ACTIONS: dict[str, frozenset[str]] = {
    "subject.list": frozenset({"coordinator", "investigator", "monitor", "data_manager", "auditor"}),
    "subject.view": frozenset({"coordinator", "investigator", "monitor", "data_manager", "auditor"}),
    "subject.enrol": frozenset({"coordinator"}),
    "record.edit": frozenset({"coordinator"}),
    "record.void": frozenset({"coordinator"}),
    "data_query.answer": frozenset({"coordinator", "investigator"}),
    "data_query.raise": frozenset({"monitor", "data_manager"}),
    "adjudication.view": frozenset({"investigator", "data_manager"}),
    "adjudication.review": frozenset({"investigator"}),
    "monitoring.view": frozenset({"data_manager"}),
    "site.view": frozenset({"coordinator", "investigator", "monitor", "data_manager", "administrator", "auditor"}),
    "site.edit": frozenset({"coordinator", "data_manager"}),
    "site.open": frozenset({"administrator"}),
    "infusion_log.edit": frozenset({"coordinator"}),
    "cut.take": frozenset({"investigator", "data_manager", "analyst"}),
    "analysis.view": frozenset({"investigator", "data_manager", "analyst", "auditor"}),
    "analysis.run": frozenset({"investigator", "data_manager", "analyst"}),
    "export.identified": frozenset({"coordinator", "investigator", "data_manager"}),
    "export.limited": frozenset({"data_manager"}),
    "export.deidentified": frozenset({"investigator", "data_manager", "analyst", "privacy_officer"}),
    "export.public": frozenset(ROLES) - {"administrator"},
    "export.approve": frozenset({"privacy_officer"}),
    "export.lower_k": frozenset({"privacy_officer"}),
    "export.delete": frozenset({"data_manager", "privacy_officer"}),
    "export.view": frozenset({"data_manager", "privacy_officer", "auditor"}),
    "agreement.view": frozenset(
        {"coordinator", "investigator", "data_manager", "analyst", "privacy_officer", "auditor"}
    ),
    "agreement.edit": frozenset({"data_manager", "privacy_officer"}),
    "account.manage": frozenset({"administrator"}),
    "audit.view": frozenset({"coordinator", "investigator", "monitor", "data_manager", "privacy_officer", "auditor"}),
    "dictionary.view": frozenset(ROLES),
}

PUBLIC = "public"
NOBODY = "nobody"
SIGNED_IN = "signed in"


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """A signed-in person and the role grants in force now."""

    user: User
    grants: tuple[RoleGrant, ...]

    def sites(self, action: str) -> frozenset[int] | None:
        """Return the ids of the sites at which the person may do something; None means the whole study."""
        granting = [grant for grant in self.grants if grant.role in ACTIONS[action]]
        if any(grant.site_id is None for grant in granting):
            return None
        return frozenset(grant.site_id for grant in granting if grant.site_id is not None)

    def may(self, action: str, site: Site | None = None) -> bool:
        """Tell whether the person may do something: anywhere, or at one site."""
        sites = self.sites(action)
        if sites is None or site is None:
            return sites is None or bool(sites)
        return site.id in sites

    def belongs_to(self, site: Site) -> bool:
        """Tell whether the person holds any role that covers a site."""
        return any(grant.site_id in (None, site.id) for grant in self.grants)

    @property
    def own_sites(self) -> tuple[Site, ...]:
        """Return the sites that the person's grants name, by code."""
        named = {grant.site.id: grant.site for grant in self.grants if grant.site is not None}
        return tuple(sorted(named.values(), key=lambda site: site.code))

    @property
    def only_site(self) -> Site | None:
        """Return the site where the person works, if it is one: its time is theirs."""
        is_one = len(self.own_sites) == 1 and all(grant.site_id is not None for grant in self.grants)
        return self.own_sites[0] if is_one else None

    @property
    def where(self) -> str:
        """Return in words where the person works: one site by name, several by code, or the whole study."""
        if any(grant.site_id is None for grant in self.grants):
            return "All sites"
        if self.only_site is not None:
            return self.only_site.name
        return ", ".join(site.code for site in self.own_sites) or "No site yet"


def viewer() -> Viewer:
    """Return who is signed in with the grants in force; read once per request."""
    known: Viewer | None = g.get("viewer")
    if known is None:
        user = cast(User, current_user._get_current_object())
        known = g.viewer = Viewer(user=user, grants=grants_in_force(user))
    return known


def grants_in_force(user: User) -> tuple[RoleGrant, ...]:
    """Return the role grants of a person that have begun and have not ended, oldest first."""
    return tuple(db.session.scalars(_IN_FORCE, {"user": user.id, "now": utc_now()}))


_NOW: BindParameter[datetime] = bindparam("now", type_=RoleGrant.began_at.type)
_IN_FORCE = (
    select(RoleGrant)
    .where(
        RoleGrant.user_id == bindparam("user"),
        RoleGrant.began_at <= _NOW,
        or_(RoleGrant.ended_at.is_(None), RoleGrant.ended_at > _NOW),
    )
    .order_by(RoleGrant.id)
)


def requires(action: str) -> Callable[[View], View]:
    """Declare the action that a view is for: only who may do it, at any site, gets in."""
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not in access.ACTIONS")

    def declare(view: View) -> View:
        cast(Any, view).permission = action
        return view

    return declare


def signed_in(view: View) -> View:
    """Declare that a view is for everybody who has signed in, whatever their roles."""
    cast(Any, view).permission = SIGNED_IN
    return view


def public(view: View) -> View:
    """Declare that a view is for everybody, signed in or not."""
    cast(Any, view).permission = PUBLIC
    return view


def permission_of(app: Flask, endpoint: str) -> str | None:
    """Return the permission that an endpoint declares; None when it declares none."""
    foreign: dict[str, str] = app.extensions["access"]
    declared: str | None = getattr(app.view_functions.get(endpoint), "permission", None)
    return foreign.get(endpoint) or declared


def init_app(app: Flask, foreign: dict[str, str]) -> None:
    """Refuse each request that its route's permission does not allow.

    ``foreign`` holds the permissions of endpoints whose views stand in other packages.
    """
    app.extensions["access"] = foreign
    app.before_request(_guard)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    permission = permission_of(current_app, request.endpoint)
    if permission == PUBLIC:
        return None
    if permission == NOBODY:
        abort(404)
    if not current_user.is_authenticated:
        if request.method not in ("GET", "HEAD"):
            abort(401)
        return cast(ResponseReturnValue, cast(Any, current_app).login_manager.unauthorized())
    if permission is None or (permission != SIGNED_IN and not viewer().may(permission)):
        abort(403)
    return None


def get_site(key: Any, action: str = "site.view") -> Site:
    """Return a site by its key; 404 when it is not the viewer's, 403 when the viewer lacks the right there."""
    site = db.session.scalar(select(Site).where(Site.key == str(key)))
    if site is None or not viewer().belongs_to(site):
        abort(404)
    if not viewer().may(action, site):
        abort(403)
    return site


def get_subject(key: Any, action: str = "subject.view") -> Subject:
    """Return a child by its key; 404 when it is another site's, 403 when the viewer lacks the right there."""
    subject = db.session.scalar(select(Subject).where(Subject.key == str(key)))
    if subject is None or not viewer().belongs_to(subject.site):
        abort(404)
    if not viewer().may(action, subject.site):
        abort(403)
    return subject


def visible_sites(action: str) -> Select[Site]:
    """Return the selection of the sites at which the viewer may do something, by code."""
    sites = viewer().sites(action)
    return select(Site).where(true() if sites is None else Site.id.in_(sites)).order_by(Site.code)


def visible_subjects(action: str, *, with_mistaken: bool = False) -> Select[Subject]:
    """Return the selection of the children with whom the viewer may do something.

    Those who were entered by mistake are left out unless asked for.
    """
    sites = viewer().sites(action)
    visible = select(Subject).where(true() if sites is None else Subject.site_id.in_(sites))
    return visible if with_mistaken else visible.where(~MISTAKEN)


def subjects_to_review_blinded() -> Select[Subject]:
    """Return the selection of the children whose treatment the viewer cannot know: those of sites without a role there.

    A role that has ended counts too: what was seen is not forgotten. Who sees the whole study is blinded to nothing.
    A reviewer gets a course without dates, codes and centers, never the child's pages: these stay unknown (404).
    """
    held = (RoleGrant.user_id == viewer().user.id) & (RoleGrant.began_at <= utc_now())
    own = db.session.scalars(select(RoleGrant.site_id).where(held)).all()
    is_blinded = viewer().may("adjudication.review") and None not in own
    return select(Subject).where(Subject.site_id.not_in(own) if is_blinded else false())


def describe_roles(grants: Iterable[RoleGrant]) -> str:
    """Return grants in words, such as ``Site coordinator (DCA), Data manager``."""
    return ", ".join(
        f"{ROLES[grant.role]} ({grant.site.code})" if grant.site else ROLES[grant.role] for grant in grants
    )
