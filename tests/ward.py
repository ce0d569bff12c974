"""A hand-made cut in which a treated child's days are written in one line each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from cut_folder import CutFolder
from forms.values import Measurement

DOSE = datetime(2026, 3, 8, 14, 0)


class Ward(CutFolder):
    """A cut in which a child's days are written in one line."""

    def treat(self, child="child-1", *, started_at=DOSE, **course):
        """Infuse on 2026-03-01 and give the first anakinra dose."""
        infusion = self.add("infusion", child, infused_on=date(2026, 3, 1))
        if started_at:
            self.add("anakinra_course", child, infusion=infusion, given=True, started_at=started_at, **course)
        return child

    def grade(self, child, day, *, hour=6, **answers):
        """Add an assessment on a day counted from the first dose."""
        at = datetime(2026, 3, 8, hour, 0) + timedelta(days=day)
        return self.add("assessment", child, assessed_at=at, **answers)

    def sample(self, child, day, values):
        """Add a blood sample on a day counted from the first dose."""
        measured = {name: Measurement(value=Decimal(value)) for name, value in values.items()}
        return self.add("laboratory", child, sampled_at=datetime(2026, 3, 8, 6, 0) + timedelta(days=day), **measured)
