"""The one error of this room that a person at the command line can put right."""

from __future__ import annotations


class AnalysisError(ValueError):
    """Input that cannot be used; the message is one line that says what was found and what to do."""
