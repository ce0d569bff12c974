"""From how complete a site's enrolment must be for its children to stand in contrasts."""

from __future__ import annotations

LEAST_CAPTURE = 0.80
"""Sites that enrolled a smaller share of the children they infused are left out of contrasts (CLINICAL.md D16)."""
