"""Which rows of each form leave in the de-identified profile: how many rows a child has tells its days as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class RowRule(StrEnum):
    """Which rows of a child leave."""

    ALL = "all rows"
    FIRST = "the first one of each child"
    FIRST_OF_EACH = "the first one of each toxicity of a child"
    FIRST_OF_EVENTS = "the first one of each event of a child, or one per child where events are not told"
    ONE_PER_WINDOW = "one page for each window of days, or one per child where windows are left out"
    DAY_28 = "the assessment of day 28"
    LEFT_OUT = "none"


@dataclass(frozen=True, kw_only=True)
class RowsOf:
    """Which rows of a form leave and why; ``needs`` names the quasi-identifier that its rows tell."""

    rule: RowRule
    why: str
    needs: str = ""


@dataclass(frozen=True, kw_only=True)
class LeavingRows:
    """The rows of one form: how many the cut holds, how many leave, and for each reason how many stay.

    A form without ``has_file`` leaves no file at all. Where numbers of rows that stay may not be told they are None.
    """

    form: str
    title: str
    in_cut: int | None
    leave: int
    stay: Mapping[str, int | None]
    has_file: bool

    def without_what_stays(self) -> LeavingRows:
        """Return it without numbers of rows that stay: few of them are deaths, or second infusions."""
        return replace(self, in_cut=None, stay=dict.fromkeys(self.stay))


ROWS_OF_FORMS: Mapping[str, RowsOf] = {
    "infusion": RowsOf(
        rule=RowRule.FIRST, why="a second infusion is rare; children.csv tells it where enough share it"
    ),
    "assessment": RowsOf(rule=RowRule.ONE_PER_WINDOW, why="the number of pages tells the days in hospital"),
    "laboratory": RowsOf(rule=RowRule.ONE_PER_WINDOW, why="the number of pages tells the days in hospital"),
    "anakinra_course": RowsOf(
        rule=RowRule.FIRST,
        why="a course for each child that was given anakinra; more tell its days",
        needs="anakinra_dose",
    ),
    "anakinra_regimen": RowsOf(
        rule=RowRule.FIRST,
        why="the order that anakinra began with; more tell the center's taper",
        needs="anakinra_dose",
    ),
    "toxicity_episode": RowsOf(rule=RowRule.FIRST_OF_EACH, why="a toxicity that began twice tells a second infusion"),
    "adverse_event": RowsOf(
        rule=RowRule.FIRST_OF_EVENTS,
        why="children.csv tells which events a child had, as far as enough share it, and not how many",
        needs="adverse_events",
    ),
    "response": RowsOf(
        rule=RowRule.DAY_28, why="later ones tell how long a child lived and when it was infused", needs="day_28"
    ),
    "follow_up": RowsOf(rule=RowRule.LEFT_OUT, why="its visits tell how long a child lived and when it was infused"),
    "end_of_study": RowsOf(rule=RowRule.LEFT_OUT, why="it tells a death; children.csv says what may leave"),
    "support": RowsOf(rule=RowRule.LEFT_OUT, why="stays and discharges are days that others could know"),
}
"""Forms that are not named here leave with all rows."""

WINDOWED: Mapping[str, str] = {"assessment": "assessment.assessed_at", "laboratory": "laboratory.sampled_at"}
"""Forms whose rows say which window of days they belong to, and the item that tells it."""


def rows_of(form: str) -> RowsOf:
    """Return which rows of a form leave."""
    return ROWS_OF_FORMS.get(form, RowsOf(rule=RowRule.ALL, why=""))
