"""The pages expected of every child: windows in days from enrolment, infusion, first toxicity and first anakinra.

A child who was infused, never had a toxicity of grade 2 or more and got no anakinra is on the light path: the same
pages are expected, with their core items only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Anchor(StrEnum):
    """The day that a window counts from."""

    ENROLMENT = "enrolment"
    INFUSION = "infusion"
    FIRST_TOXICITY = "first toxicity of grade 1 or more"
    SEVERE_TOXICITY = "onset of a toxicity of grade 3 or more"
    FIRST_ANAKINRA = "first dose of an anakinra course"
    DEATH = "follow-up page that tells of a death"
    MAJORITY = "18th birthday"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One expected page: due ``due_day`` days after the anchor, open from ``from_day`` to ``to_day``.

    ``code_item`` and ``code`` name the answer by which a page is known to be this visit, wherever it is dated.
    """

    form: str
    label: str
    anchor: Anchor
    due_day: int
    from_day: int
    to_day: int
    code_item: str = ""
    code: str = ""


DAY_28_WINDOW = (21, 42)
"""Days after the infusion between which an assessment can be that of day 28 (CLINICAL.md 3.1)."""

VISITS = (
    Visit(form="baseline", label="Baseline", anchor=Anchor.ENROLMENT, due_day=7, from_day=0, to_day=14),
    Visit(form="infusion", label="Infusion", anchor=Anchor.ENROLMENT, due_day=30, from_day=0, to_day=60),
    Visit(
        form="response",
        label="CAR T response, day 28",
        anchor=Anchor.INFUSION,
        due_day=28,
        from_day=DAY_28_WINDOW[0],
        to_day=DAY_28_WINDOW[1],
        code_item="timepoint",
        code="day_28",
    ),
    Visit(
        form="follow_up",
        label="Follow-up, day 90",
        anchor=Anchor.INFUSION,
        due_day=90,
        from_day=76,
        to_day=120,
        code_item="visit",
        code="day_90",
    ),
    Visit(
        form="follow_up",
        label="Follow-up, month 6",
        anchor=Anchor.INFUSION,
        due_day=182,
        from_day=152,
        to_day=212,
        code_item="visit",
        code="month_6",
    ),
    Visit(
        form="follow_up",
        label="Follow-up, month 12",
        anchor=Anchor.INFUSION,
        due_day=365,
        from_day=335,
        to_day=395,
        code_item="visit",
        code="month_12",
    ),
    Visit(
        form="anakinra_course",
        label="Anakinra: given, or why not",
        anchor=Anchor.SEVERE_TOXICITY,
        due_day=7,
        from_day=0,
        to_day=14,
    ),
    Visit(
        form="anakinra_regimen",
        label="Anakinra regimen",
        anchor=Anchor.FIRST_ANAKINRA,
        due_day=1,
        from_day=0,
        to_day=3,
    ),
    Visit(form="end_of_study", label="End of study", anchor=Anchor.DEATH, due_day=7, from_day=0, to_day=14),
    Visit(form="enrolment", label="Re-consent at 18", anchor=Anchor.MAJORITY, due_day=0, from_day=0, to_day=90),
)

EPISODE = Visit(
    form="toxicity_episode",
    label="Toxicity episode",
    anchor=Anchor.FIRST_TOXICITY,
    due_day=3,
    from_day=0,
    to_day=7,
    code_item="toxicity",
)
"""Expected once of each toxicity, which is its ``code``, with its window from the first day on which it is known."""

GRID = (
    Visit(form="assessment", label="Daily signs", anchor=Anchor.FIRST_TOXICITY, due_day=0, from_day=0, to_day=2),
    Visit(form="laboratory", label="Daily laboratory", anchor=Anchor.FIRST_TOXICITY, due_day=0, from_day=0, to_day=2),
)
"""Expected once per day, each with its window from that day on."""
