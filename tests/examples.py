"""With how many examples a property is tried.

No property asks a database. When both engines are run (TEST_SHARED is set), each tries half of the examples, drawn from
a seed of its own: together they try as many different ones as a run alone.
"""

import os

from hypothesis import settings

USUAL = 50


def examples(number: int) -> settings:
    """Return settings by which a property is tried with so many examples, by all the runs that go on together."""
    share = 2 if os.environ.get("TEST_SHARED") else 1
    return settings(max_examples=-(-number // share))
