"""Whether an export may be made as asked for: the right, the agreement, the key, the data cut."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry.access import ROLES, NotAllowed, Viewer, grants_in_force
from registry.models import Site, User
from registry.release import agreements
from registry.release.cut_files import CutFiles
from registry.release.earlier_releases import earlier_releases, same_codes_with_others
from registry.release.export_rows import cut_of, order_of
from registry.release.models import Cut
from registry.release.order import FORMATS, Order
from registry.release.profiles import TERMS, Profile
from registry.release.quasi_identifiers import LADDER
from registry.release.refusal import ExportRefused
from registry.release.rights import BY_SITE, Sites, has_own_site, profiles_for
from registry.release.selecting import select_children, who_goes_out, who_went_out

SMALLEST_LEAST = 2
"""With fewer children who look alike a child would stand alone."""

FACTS = tuple(sorted(quasi.name for quasi in LADDER))
"""What an order can name as what matters most."""


def admit(session: Session, order: Order, cut: Cut, *, by: User | None, at: datetime) -> None:
    """Refuse an order that may not be carried out now; NotAllowed says why. Without a person the command line asks.

    Ends the session's transaction before it reads files, so that no save has to wait for it.
    """
    _check_right(order, site_of(session, order), by)
    admit_again(session, order, cut, at=at)


def admit_again(session: Session, order: Order, cut: Cut, *, at: datetime) -> None:
    """Refuse what may not be written now, whoever asked for it; NotAllowed says why.

    It is enough for files that were written before: the rights of whoever gets them are asked when they are handed out.
    """
    _check_contents(order)
    if order.agreement or TERMS[order.profile].needs_agreement:
        if not order.agreement:
            raise NotAllowed(
                "A limited data set leaves only under a data use agreement. Choose the one this project has signed, or "
                "have it recorded first."
            )
        agreements.in_force(session, order.agreement, at.date(), project=order.project)
    _check_beside_earlier(session, order)
    try:
        select_children(session, cut, order)
        _check_new_children(session, order, cut)
    except ExportRefused as refused:
        raise NotAllowed(str(refused)) from None
    finally:
        session.commit()


def needs_approval(session: Session, order: Order, *, by: User | None) -> bool:
    """Tell whether a second person has to agree: not where one's own site's children stay with their site."""
    if not TERMS[order.profile].needs_approval:
        return False
    site = site_of(session, order)
    is_own = by is not None and site is not None and has_own_site(viewer_of(by), site)
    return not (is_own and order.profile is Profile.IDENTIFIED)


def site_of(session: Session, order: Order) -> Site | None:
    """Return the site an order is limited to, None being the whole study; NotAllowed where there is no such site."""
    if order.site is None:
        return None
    site = session.scalar(select(Site).where(Site.code == order.site))
    if site is None:
        raise NotAllowed(f"There is no site {order.site}.")
    return site


def viewer_of(user: User) -> Viewer:
    """Return a person with the rights in force now; a closed account has none."""
    return Viewer(user=user, grants=grants_in_force(user) if user.active else ())


def _check_right(order: Order, site: Site | None, by: User | None) -> None:
    if by is None:
        _check_command_line(order)
        return
    viewer = viewer_of(by)
    profiles = profiles_for(viewer)
    title = TERMS[order.profile].title
    if order.profile not in profiles:
        roles = ", ".join(dict.fromkeys(ROLES[grant.role] for grant in viewer.grants)) or "no role"
        lower = "; ".join(TERMS[profile].title for profile in profiles)
        raise NotAllowed(
            f"Your rights ({roles}) do not include an export of the profile {title}. "
            + (f"You may ask for: {lower}." if lower else "Ask a data manager.")
        )
    if site is not None and order.profile not in BY_SITE:
        raise NotAllowed(f"The profile {title} is of the whole study only: its rows would tell which site is meant.")
    _check_site(site, profiles[order.profile])
    if order.least is not None and not viewer.may("export.lower_k"):
        raise NotAllowed("Only a privacy officer sets another number of children who must look alike.")


def _check_command_line(order: Order) -> None:
    if TERMS[order.profile].needs_approval or order.least is not None:
        raise NotAllowed(
            "On the command line only de-identified data and public aggregates are exported. Ask for anything else on "
            "the page New export; once it is approved, write it with: anakinra-registry export FOLDER --request KEY"
        )


def _check_site(site: Site | None, allowed: Sites) -> None:
    if allowed is None:
        return
    if site is None:
        raise NotAllowed("You may take out your own site's children only. Choose the site.")
    if site.id not in allowed:
        raise NotAllowed(f"You may take out your own site's children only, and {site.code} is not your site.")


def _check_beside_earlier(session: Session, order: Order) -> None:
    """Refuse de-identified files that lie beside others made with other choices: with the same codes, or in one hand.

    Who puts both together would know more of a child than the gate lets through in either. Other codes do not help:
    the laboratory values of most children match row by row.
    """
    if joins := same_codes_with_others(session, order):
        raise NotAllowed(
            f"A package of the profile {TERMS[Profile(joins.profile)].title} of the project {joins.project} has left, "
            "and its children have the same codes: whoever puts both together reads in one the dates and the centers "
            "of the other. Give this export a project of its own, or name the recipient who has both."
        )
    if order.profile is not Profile.DEIDENTIFIED:
        return
    for export in earlier_releases(session, order):
        other = order_of(session, export)
        if set(other.keep) != set(order.keep) or other.target != order.target:
            whose = "" if other.project == order.project else " for the same recipient"
            raise NotAllowed(
                f"De-identified data of the project {other.project} have left{whose} with another choice of what "
                "matters most, or of how many children must look alike. Put together, the two would tell more than "
                "either may. Make the same choice again, or talk to a privacy officer first."
            )


def _check_new_children(session: Session, order: Order, cut: Cut) -> None:
    """Refuse de-identified files in which so few children go out for the first time that they would stand out.

    The same codes tell who was in an earlier release of the project already. New is who stayed behind then: for want of
    a consent, since other researchers got those files, or not enrolled yet.
    """
    if order.profile is not Profile.DEIDENTIFIED:
        return
    here = who_goes_out(session, CutFiles(Path(cut.folder)), order)
    for export in earlier_releases(session, order):
        cut_files = CutFiles(Path(cut_of(session, export).folder))
        new = len(here - who_went_out(cut_files, order_of(session, export)))
        if 0 < new < order.target:
            who = "child is" if new == 1 else "children are"
            raise NotAllowed(
                f"Only {new} {who} new since the release of the project {export.project} of "
                f"{export.made_at:%Y-%m-%d}; fewer than {order.target} would stand out beside it. Export the "
                "earlier data cut again, or wait for more children."
            )


def _check_contents(order: Order) -> None:
    unknown = [name for name in order.forms if name not in CASEBOOK] + [f for f in order.formats if f not in FORMATS]
    if unknown:
        raise NotAllowed(f"There is no form or format {', '.join(unknown)}. Formats: {', '.join(FORMATS)}.")
    if strange := [name for name in order.keep if name not in FACTS]:
        raise NotAllowed(f"There is no fact {', '.join(strange)} that could matter most. Facts: {', '.join(FACTS)}.")
    if not order.forms or not order.formats:
        raise NotAllowed("Choose at least one form and one format.")
    if order.least is None:
        return
    if order.profile is not Profile.DEIDENTIFIED:
        raise NotAllowed("Another number of children who must look alike belongs to the de-identified profile only.")
    if order.least < SMALLEST_LEAST:
        raise NotAllowed(f"At least {SMALLEST_LEAST} children must look alike: with 1 a child would stand alone.")
    if not order.least_reason.strip():
        raise NotAllowed("Say why fewer or more children than usual must look alike: the reason stands in the log.")
