"""Which profiles of an export a person may ask for: their right and everything that tells less."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from factories import make_site, make_user
from registry.access import SITE_ROLES, Viewer
from registry.release.models import Export
from registry.release.profiles import Profile
from registry.release.rights import may_hand_out, profiles_for, visible_exports

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


HANDED_OUT = {
    # (who asked, the profile) -> who gets the files; every site role is at the site of the export.
    ("coordinator", "identified"): {"coordinator"},
    ("data_manager", "identified"): {"data_manager"},
    ("data_manager", "limited"): {"data_manager"},
    ("analyst", "deidentified"): {"analyst", "data_manager", "privacy_officer"},
    ("monitor", "public"): {"monitor", "data_manager", "privacy_officer", "auditor"},
    ("administrator", "public"): {"data_manager", "privacy_officer", "auditor"},
    (None, "deidentified"): {"data_manager", "privacy_officer"},
}


@pytest.mark.parametrize(("asked_by", "profile"), HANDED_OUT)
def test_files_go_to_who_asked_and_harmless_ones_to_who_looks_after_exports(
    session: Session, asked_by: str | None, profile: str
) -> None:
    site = make_site(session)
    people = {role: make_user(session, role=role, site=site if role in SITE_ROLES else None) for role in TABLE}
    maker = people[asked_by].id if asked_by else None
    export = Export(profile=profile, made_by_id=maker, site_id=site.id if asked_by in SITE_ROLES else None)
    found = {
        role for role, user in people.items() if may_hand_out(Viewer(user=user, grants=tuple(user.grants)), export)
    }
    assert found == HANDED_OUT[asked_by, profile]


def test_a_right_at_another_site_hands_out_nothing_of_this_one(session: Session) -> None:
    here, there = make_site(session), make_site(session)
    user = make_user(session, role="coordinator", site=there)
    export = Export(profile="identified", made_by_id=user.id, site_id=here.id)
    assert not may_hand_out(Viewer(user=user, grants=tuple(user.grants)), export)


def test_everybody_sees_the_history_of_their_own_exports_and_some_that_of_all(session: Session) -> None:
    people = {role: make_user(session, role=role) for role in ("data_manager", "privacy_officer", "auditor", "analyst")}
    asked = {"profile": "public", "cut_id": "c" * 64, "project": "dosing", "purpose": "test", "status": "done"}
    for maker in (people["analyst"].id, None):
        session.add(Export(**asked, folder="x", made_at=datetime(2026, 5, 3), made_by_id=maker))
    session.flush()
    counts = {
        role: len(session.scalars(visible_exports(Viewer(user=user, grants=tuple(user.grants)))).all())
        for role, user in people.items()
    }
    assert counts == {"data_manager": 2, "privacy_officer": 2, "auditor": 2, "analyst": 1}
