"""With how many examples a property is tried."""

from hypothesis import settings

USUAL = 50


def examples(number: int) -> settings:
    """Return settings by which a property is tried with so many examples."""
    return settings(max_examples=number)
