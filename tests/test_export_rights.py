"""Which profiles of an export a person may ask for: their right and everything that tells less."""

import pytest
from sqlalchemy.orm import Session

from factories import make_site, make_user
from registry.access import SITE_ROLES, Viewer
from registry.release.profiles import Profile
from registry.release.rights import profiles_for

OWN = "own site"
WHOLE = "whole study"
ALL_OWN = {"identified": OWN, "limited": OWN, "deidentified": WHOLE, "public": WHOLE}
ALL_WHOLE = dict.fromkeys(("identified", "limited", "deidentified", "public"), WHOLE)

TABLE = {
    "coordinator": ALL_OWN,
    "investigator": ALL_OWN,
    "monitor": {"public": WHOLE},
    "data_manager": ALL_WHOLE,
    "analyst": {"deidentified": WHOLE, "public": WHOLE},
    "administrator": {},
    "privacy_officer": {"deidentified": WHOLE, "public": WHOLE},
    "auditor": {"public": WHOLE},
}


@pytest.mark.parametrize("role", TABLE)
def test_a_role_may_ask_for_its_right_and_for_less(session: Session, role: str) -> None:
    site = make_site(session) if role in SITE_ROLES else None
    user = make_user(session, role=role, site=site)
    found = profiles_for(Viewer(user=user, grants=tuple(user.grants)))
    words = {profile: WHOLE if sites is None else OWN for profile, sites in found.items()}
    assert words == TABLE[role]
    assert all(sites is None or (site and sites == {site.id}) for sites in found.values())


def test_rights_at_a_site_and_of_the_whole_study_add_up(session: Session) -> None:
    site = make_site(session)
    user = make_user(session, role="coordinator", site=site)
    assert profiles_for(Viewer(user=user, grants=tuple(user.grants)))[Profile.LIMITED] == {site.id}
    manager = make_user(session, role="data_manager")
    both = Viewer(user=user, grants=(*user.grants, *manager.grants))
    assert profiles_for(both)[Profile.IDENTIFIED] is None
