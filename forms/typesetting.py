"""Units as printed on the ward, from the plain letters in which forms and files write them."""

from __future__ import annotations

import re

_TIMES = re.compile(r"(?<=\d) (?:x )?10\^(?=\d)")
_POWER = re.compile(r"10\^(\d+)")
_SQUARE_OR_CUBE = re.compile(r"(?<=[\d/]m)[23]\b|(?<=/mm)3\b")
_MICRO = re.compile(r"\bu(?=(?:L|mol|kat|g)\b)")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def typeset(text: str) -> str:
    """Return text with its units as printed on the ward: ``0.5 × 10⁹/L`` for ``0.5 10^9/L``, ``µL`` for ``uL``."""
    raised = _POWER.sub(lambda power: "10" + power[1].translate(_RAISED), _TIMES.sub(" × 10^", text))
    return _MICRO.sub("µ", _SQUARE_OR_CUBE.sub(lambda power: power[0].translate(_RAISED), raised))
