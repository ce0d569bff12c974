"""Colors that lie on each other in a figure are told apart when it is printed grey."""

from __future__ import annotations

from itertools import combinations

from analysis.chapters.resolution_figures import OUTCOMES
from analysis.printing.canvas import STATE_LOOKS


def lightness(color):
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255  # ITU-R BT.601, what a grey printer does


def test_no_two_states_of_a_day_look_alike_when_printed_grey():
    alike = [
        (first, second)
        for first, second in combinations(STATE_LOOKS, 2)
        if STATE_LOOKS[first][1] == STATE_LOOKS[second][1]
        and abs(lightness(STATE_LOOKS[first][0]) - lightness(STATE_LOOKS[second][0])) < 0.05
    ]
    assert alike == []


def test_resolved_and_died_lie_on_each_other_and_are_told_apart_when_printed_grey_and_pale():
    resolved, unresolved, died = (lightness(layer.color) for layer in OUTCOMES)
    pale = 0.45  # what is left of a color under the white of the thin days
    assert pale * abs(resolved - died) > 0.1 and pale * abs(resolved - unresolved) > 0.1
    assert OUTCOMES[2].hatch and not OUTCOMES[0].hatch and not OUTCOMES[1].hatch
