"""What began since the last contact is offered on the page of the next one, and never None or No."""

from typing import Any

import pytest

from on_record import offered

CRS = {"key": "t1", "infusion": "i1", "toxicity": "crs", "onset_on": "2026-03-07"}
ICANS = {"key": "t2", "infusion": "i1", "toxicity": "icans", "onset_on": "2026-03-10"}
COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00"}
INFECTION = {"key": "n1", "onset_on": "2026-03-19", "treatment_route": "iv"}
EVENT = {"key": "a1", "onset_on": "2026-03-12"}
CONTACT = {"key": "f1", "seen_on": "2026-06-03"}
LAST = {"key": "f0", "seen_on": "2026-03-09"}


def since(answers: dict[str, Any] | None = None, **rows: Any) -> dict[str, tuple[str, str, str]]:
    return offered("follow_up", answers or CONTACT, **rows)


def test_what_began_since_the_infusion_is_offered_with_its_days() -> None:
    rows = {"toxicity_episode": [ICANS, CRS], "anakinra_course": [COURSE]}
    assert since(**rows, infection=[INFECTION], adverse_event=[EVENT]) == {
        "toxicities_since": ("('crs', 'icans')", "toxicity_episode", "2026-03-07 to 2026-03-10"),
        "anakinra_since": ("True", "anakinra_course", "2026-03-10"),
        "infections_since": ("True", "infection", "2026-03-19"),
        "adverse_events_since": ("True", "adverse_event", "2026-03-12"),
    }
    assert since() == {}


@pytest.mark.parametrize(
    ("answers", "rows", "is_offered"),
    [
        (CONTACT, {"infection": [INFECTION]}, True),
        (CONTACT, {"infection": [{**INFECTION, "onset_on": "2026-03-05"}]}, True),
        (CONTACT, {"infection": [{**INFECTION, "onset_on": "2026-06-03"}]}, True),
        (CONTACT, {"infection": [{**INFECTION, "onset_on": "2026-04"}]}, True),
        # The last contact was asked about its own day.
        (CONTACT, {"infection": [INFECTION], "follow_up": [{**LAST, "seen_on": "2026-03-18"}]}, True),
        (CONTACT, {"infection": [INFECTION], "follow_up": [{**LAST, "seen_on": "2026-03-19"}]}, False),
        (CONTACT, {"infection": [INFECTION], "follow_up": [{**LAST, "seen_on": "2026-06-03"}]}, True),
        # Before the infusion, after the contact, or perhaps so.
        (CONTACT, {"infection": [{**INFECTION, "onset_on": "2026-03-04"}]}, False),
        (CONTACT, {"infection": [{**INFECTION, "onset_on": "2026-06-04"}]}, False),
        (CONTACT, {"infection": [{**INFECTION, "onset_on": "2026-03"}]}, False),
        (CONTACT, {"infection": [{**INFECTION, "onset_on": "2026-06"}]}, False),
        (CONTACT, {"infection": [{**INFECTION, "onset_on": None}]}, False),
        # On the day of the infusion itself.
        ({**CONTACT, "seen_on": "2026-03-05"}, {"infection": [{**INFECTION, "onset_on": "2026-03-05"}]}, True),
        # An infection that nobody treated, or of which that is not told, is not asked about.
        (CONTACT, {"infection": [{**INFECTION, "treatment_route": "none"}]}, False),
        (CONTACT, {"infection": [{**INFECTION, "treatment_route": None}]}, False),
        ({**CONTACT, "seen_on": None}, {"infection": [INFECTION]}, False),
        (CONTACT, {"infection": [INFECTION], "infusion": []}, False),
        ({**CONTACT, "seen_on": "2026-03-04"}, {"infection": [INFECTION]}, False),
    ],
)
def test_only_what_surely_began_since_the_last_contact_is_offered(
    answers: dict[str, Any], rows: dict[str, Any], is_offered: bool
) -> None:
    assert ("infections_since" in since(answers, **rows)) is is_offered
