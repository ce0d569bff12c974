"""What is counted as harm in the chapters on adverse events and monitoring; no limit that would stop anything."""

from __future__ import annotations

PER_PATIENT_DAYS = 1_000
"""Days on anakinra that a rate of adverse events is given for."""
AT_LEAST_POSSIBLE = ("possible", "probable", "definite")
"""A cause counts from this judgement of the site on (CLINICAL.md D20)."""
MONITORED_DAYS = (28, 60, 90)
"""Deaths are read this many days after the first infusion."""
STOPPED_FOR_HARM = ("adverse_event", "infection", "cytopenia")
"""Reasons for stopping anakinra that count as harm."""
