"""A reference range that was entered wrongly: corrected, taken back, and what is graded and cut by then."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories import make_site, make_user
from registry.log_tables import Change
from registry.models import ReferenceRange, Site
from registry.release.cut_tables import TABLES
from registry.saving.judging import site_rules_of

ALT: dict[str, str] = {"analyte": "alt", "age_from": "0", "age_to": "17", "high": "450", "valid_from": "2026-01-01"}
WHY = "The point was forgotten."


def limits_in_force(session: Session, site: Site) -> list[str]:
    """Return the upper limits by which children of a site are graded."""
    return [str(one.high) for one in site_rules_of(session, [site.id])[site.id].reference_ranges]


def limits_in_a_cut(session: Session, site: Site) -> list[Any]:
    header, rows = TABLES["reference_ranges.csv"]
    found = rows(session.connection(), (), {site.id: site.code})
    return [list(row)[header.index("high")] for row in found]


def with_range(session: Session, sign_in: Any) -> tuple[Site, Any, str]:
    """Return a site with a wrong range of ALT, its coordinator's client and the address of that range."""
    site = make_site(session)
    client = sign_in(make_user(session, role="coordinator", site=site))
    assert client.post(f"/sites/{site.key}/reference-ranges/new", data=ALT).status_code == 302
    return site, client, address(session, site)


def address(session: Session, site: Site) -> str:
    """Return the address of the range that was recorded last."""
    key = session.scalars(select(ReferenceRange.key).order_by(ReferenceRange.id.desc())).first()
    return f"/sites/{site.key}/reference-ranges/{key}"


def test_a_corrected_range_is_graded_by_shown_and_cut_alone(session: Session, sign_in: Any) -> None:
    site, client, page = with_range(session, sign_in)
    assert 'value="450"' in client.get(page).text

    saved = client.post(page, data={"unit": "U/L", "high": "45.0", "reason": WHY})

    assert saved.status_code == 302, saved.text
    assert limits_in_force(session, site) == ["45.0"]
    assert limits_in_a_cut(session, site) == ["45.0"]
    shown = client.get(saved.location).text
    assert "The reference range of ALT is corrected." in shown
    assert ">45.0<" in shown and ">450<" not in shown
    assert client.get(page).headers["Location"] == address(session, site)  # what was replaced leads to what holds
    assert "was corrected or taken back. This is what holds now." in client.get(page, follow_redirects=True).text
    kept = session.scalars(select(Change.payload).where(Change.table_name == "reference_range")).all()
    assert len(kept) == 2 and WHY in kept[1]


def test_a_range_is_taken_back_by_leaving_both_limits_empty_and_can_be_recorded_again(
    session: Session, sign_in: Any
) -> None:
    site, client, page = with_range(session, sign_in)

    assert client.post(page, data={"high": " ", "low": "", "reason": WHY}).status_code == 302

    assert (limits_in_force(session, site), limits_in_a_cut(session, site)) == ([], [])
    shown = client.get(f"/sites/{site.key}").text
    assert "The reference range of ALT is taken back." in shown and "No range is recorded." in shown
    assert client.post(f"/sites/{site.key}/reference-ranges/new", data={**ALT, "high": "46"}).status_code == 302
    assert limits_in_force(session, site) == ["46"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"high": "45", "reason": " "}, "Say in a few words why this changes"),
        ({"high": "45", "low": "46", "reason": WHY}, "It is not above the lower limit, 46."),
        ({"high": "45", "unit": "mg", "reason": WHY}, "“mg” is not a unit of ALT."),
        ({"high": "4,5", "reason": WHY}, "write the number with a point"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_beside_its_field(
    session: Session, sign_in: Any, typed: dict[str, str], said: str
) -> None:
    site, client, page = with_range(session, sign_in)

    refused = client.post(page, data=typed)

    assert (refused.status_code, said in refused.text) == (422, True)
    assert limits_in_force(session, site) == ["450"]


def test_a_range_that_was_taken_back_is_recorded_again_from_its_own_page(session: Session, sign_in: Any) -> None:
    site, client, page = with_range(session, sign_in)
    assert client.post(page, data={"high": "", "low": "", "reason": WHY}).status_code == 302
    shown = client.get(page, follow_redirects=True)
    assert "It was taken back: limits that are written here record it again." in shown.text
    assert client.post(shown.request.path, data={"high": "45", "reason": WHY}).status_code == 302
    assert limits_in_force(session, site) == ["45"]


def test_who_corrects_a_range_that_somebody_else_corrected_meanwhile_sees_both(session: Session, sign_in: Any) -> None:
    site, first, page = with_range(session, sign_in)
    other = make_user(session, role="coordinator", site=site)
    second = sign_in(other)
    draft = page.replace("/reference-ranges/", "/drafts/reference-ranges/")
    assert first.post(draft, data={"unit": "U/L", "high": "46.5", "reason": WHY}).status_code == 200
    assert second.post(page, data={"unit": "U/L", "high": "40", "reason": WHY}).status_code == 302

    offered = re.search(r'<a href="([^"]+)">Reference range, corrected', first.get("/").text)
    assert offered is not None
    continued = first.get(offered[1], follow_redirects=True)
    assert (continued.status_code, continued.request.path) == (200, address(session, site))
    assert 'value="46.5"' in continued.text and f"{other.name} saved this page on" in continued.text
    assert "up to 40 U/L" in continued.text

    refused = first.post(page, data={"unit": "U/L", "high": "46.6", "reason": WHY})
    assert (refused.status_code, 'value="46.6"' in refused.text) == (422, True)
    assert f"{other.name} corrected this range on" in refused.text and "It now says up to 40 U/L." in refused.text
    assert f'action="{address(session, site)}"' in refused.text
    assert limits_in_force(session, site) == ["40"]
    assert first.post(page, data={"unit": "U/L", "high": "40", "reason": WHY}).status_code == 302  # says so already
    assert "My drafts" not in first.get("/").text
    assert len(session.scalars(select(ReferenceRange)).all()) == 2


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 422),
        ({"high": "45"}, 422),
        ({"laboratory": "Hill & Vale"}, 302),
        ({"sex": "male"}, 302),
        ({"valid_from": "2026-02-01"}, 302),
        ({"age_to": "16"}, 302),
    ],
)
def test_a_range_that_is_recorded_already_is_corrected_not_added(
    session: Session, sign_in: Any, changed: dict[str, str], status: int
) -> None:
    site, client, _ = with_range(session, sign_in)

    answered = client.post(f"/sites/{site.key}/reference-ranges/new", data={**ALT, **changed})

    assert answered.status_code == status
    assert ("is recorded already. Correct that one" in answered.text) is (status == 422)


def test_who_may_correct_a_range(session: Session, sign_in: Any) -> None:
    site, _, page = with_range(session, sign_in)
    elsewhere = make_site(session)
    theirs = page.replace(site.key, elsewhere.key)
    for user, path, status in (
        (make_user(session, role="coordinator", site=elsewhere), page, 404),
        (make_user(session, role="coordinator", site=elsewhere), theirs, 404),
        (make_user(session, role="investigator", site=site), page, 403),
        (make_user(session, role="data_manager"), page, 200),
    ):
        assert sign_in(user).get(path).status_code == status
