"""Whether some or all of several claims hold, where each is true, false, or not known (None)."""

from __future__ import annotations

from collections.abc import Collection


def any_of(claims: Collection[bool | None]) -> bool | None:
    """Return whether one of the claims holds; None where only one that is not known could. Of none, none holds."""
    return True if True in claims else (None if None in claims else False)


def all_of(claims: Collection[bool | None]) -> bool | None:
    """Return whether all of the claims hold; None where one is not known and none is false. Of none, all hold."""
    return False if False in claims else (None if None in claims else True)
