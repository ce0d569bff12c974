"""The tables of the forms that leave, each with what its rows are made of: looked at, counted and written alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from forms.casebook import CASEBOOK
from registry.release.actions import Action
from registry.release.cut_files import CutFiles
from registry.release.first_pages import first_infused_on
from registry.release.profiles import Profile
from registry.release.rows import FormRows, Names, form_table


def leaving_tables(
    cut: CutFiles,
    names: Names,
    actions: Mapping[str, tuple[Action, ...]],
    profile: Profile,
    *,
    windows: int | None,
    instead: Mapping[str, str] = MappingProxyType({}),
    stamp: str = "",
) -> Iterator[FormRows]:
    """Yield the table of each form that ``actions`` names, in its order.

    ``windows`` is the level of the windows of days; ``instead`` what `records_instead` returns, where cells are made.
    """
    day_0 = first_infused_on(cut) if profile is Profile.DEIDENTIFIED else {}
    for name, own in actions.items():
        yield FormRows(
            table=form_table(CASEBOOK[name], own, profile, windows=windows).stamped(stamp),
            cut=cut,
            names=names,
            actions=own,
            profile=profile,
            windows=windows,
            day_0=day_0,
            instead=instead,
        )


def records_instead(cut: CutFiles, names: Names) -> dict[str, str]:
    """Return what links name in a de-identified package: record -> the one that leaves in its place."""
    linked = dict.fromkeys(("toxicity_episode", "anakinra_course"), ())
    found: dict[str, str] = {}
    for rows in leaving_tables(cut, names, linked, Profile.DEIDENTIFIED, windows=None):
        found |= rows.standing_for()
    return found
