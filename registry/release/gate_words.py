"""What the gate did, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.release.gate import Passed, Quasi, Risk

_BESIDE_OTHERS = (
    "So it is for who has the earlier releases of the project or of the recipient as well: less detail leaves than "
    "would without them."
)


def share(count: int, of: int) -> str:
    """Return a count with its share, such as `27 of 240 children (11 %)`."""
    return f"{count} of {of} children ({100 * count / of:.0f} %)" if of else f"{count} children"


def sentences(passed: Passed, ladder: Sequence[Quasi], *, in_package: bool = False) -> tuple[str, ...]:
    """Return what was coarsened and why, a sentence for each quasi-identifier and one for what it came to.

    ``in_package`` says for recipients of few children only that they are few.
    """
    before, after = passed.before, passed.after
    return (
        f"As recorded, {share(before.under, before.children)} share what others could know with so few that fewer than "
        f"{passed.target} look alike.",
        *_changes(passed, ladder, in_package=in_package),
        f"In the files every child looks like {after.smallest - 1} others or more: {after.classes} groups, the "
        f"smallest of {after.smallest} children. Who knows all of this about a child picks the right one with a chance "
        f"of {100 * after.mean:.1f} % on average and {100 * after.highest:.1f} % at most.",
        *(_BESIDE_OTHERS,) * passed.is_coarser_beside_others,
    )


def told_finer(passed: Passed, name: str) -> int | str:
    """Return how many children more detail would put into small groups, as a package may tell it: few may be deaths."""
    count = passed.finer.get(name, 0)
    return f"fewer than {passed.target}" if 0 < count < passed.target else count


def _changes(passed: Passed, ladder: Sequence[Quasi], *, in_package: bool) -> Iterator[str]:
    for quasi in reversed(ladder):
        level = passed.levels[quasi.name]
        masked = passed.masked.get(quasi.name, 0)
        finer = told_finer(passed, quasi.name) if in_package else passed.finer.get(quasi.name, 0)
        if level is None:
            done = "left out"
        elif level:
            done = quasi.levels[level].words
        else:
            done = "in full detail: " + quasi.levels[0].words
        cost = f"; more detail would put {_children(finer)} into groups under {passed.target}" if finer else ""
        hidden = f"; masked for {_children(masked)}" if masked else ""
        yield f"{quasi.label}: {done}{cost}{hidden}."


def _children(count: int | str) -> str:
    return f"{count} child" if count == 1 else f"{count} children"


def warnings(risk: Risk) -> tuple[str, ...]:
    """Return what remains to be said about the outcomes of the groups (l-diversity); it stops nothing."""
    if not risk.one_outcome:
        return ()
    return (
        f"{share(risk.one_outcome, risk.children)} are in groups whose children all have the same response at day 28: "
        "who knows that a child is in the files knows its response.",
    )
