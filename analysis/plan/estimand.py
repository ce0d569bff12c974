"""What is estimated, in the five attributes of ICH E9(R1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimand:
    """What is estimated, in the words of ICH E9(R1)."""

    population: str
    time_zero: str
    variable: str
    intercurrent_events: tuple[tuple[str, str], ...]
    summary: str

    def sentences(self) -> tuple[tuple[str, str], ...]:
        """Return the attributes as (name, text) pairs in the order they are printed."""
        events = "; ".join(f"{event}: {strategy}" for event, strategy in self.intercurrent_events)
        return (
            ("Population", self.population),
            ("Time zero", self.time_zero),
            ("Variable", self.variable),
            ("Intercurrent events", events),
            ("Summary", self.summary),
        )

    def in_a_paragraph(self) -> str:
        """Return the attributes as one text, a sentence each."""
        return " ".join(f"{name}: {text}." for name, text in self.sentences())
