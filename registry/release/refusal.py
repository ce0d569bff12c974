"""Why an export was not made."""

from __future__ import annotations


class ExportRefused(RuntimeError):
    """Nothing was exported; the message says why and what to do, and repeats nothing about a child."""
