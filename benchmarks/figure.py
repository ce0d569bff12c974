"""One measured figure and the bar it is held against."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value with its unit, its bar and, where something comparable was run beside it, that baseline.

    `higher_is_better` decides on which side of the bar the value must lie; the bar itself is good enough.
    A figure without a bar is printed for information and never missed.
    """

    name: str
    value: float
    unit: str
    bar: float | None
    higher_is_better: bool
    baseline: float | None = None

    @property
    def met(self) -> bool:
        """Whether the value is on the good side of the bar; a value that is not a number never is."""
        if self.bar is None:
            return self.value == self.value
        return self.value >= self.bar if self.higher_is_better else self.value <= self.bar

    @property
    def ratio(self) -> float | None:
        """How many times the baseline the value is; None without a baseline."""
        return self.value / self.baseline if self.baseline else None
