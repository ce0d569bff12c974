"""How fast the curves and Gray's test are, beside lifelines and, where R is installed, beside survfit and cmprsk."""

import shutil
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from lifelines import AalenJohansenFitter

from analysis.estimators import cumulative_incidence, gray_test, kaplan_meier
from analysis.estimators.inputs import Floats, Integers
from benchmarks.figure import Figure

ROUNDS = 5
DAYS, CAUSES = 60, (1, 2, 3)
FEW, MANY = 2_000, 200_000
FEW_MILLISECONDS, MANY_MILLISECONDS, TIMES_LIFELINES = 20, 300, 50
R_SCRIPT = """
suppressMessages({library(survival); library(cmprsk)})
rows <- read.csv(commandArgs(TRUE)[1])
days <- sort(unique(rows$time))
limits <- function(curves) {
  at <- timepoints(curves, days)
  p <- c(at$est)
  spread <- qnorm(.975) * sqrt(c(at$var)) / (p * log(p))
  cbind(p ^ exp(spread), p ^ exp(-spread))
}
once <- function() {
  survfit(Surv(time, event > 0) ~ 1, rows, conf.type = "log-log")
  limits(cuminc(rows$time, rows$event))
  cuminc(rows$time, rows$event, rows$group)
}
invisible(once())
cat(median(replicate(5, system.time(for (round in 1:10) once())[["elapsed"]])) / 10 * 1000)
"""


def measure() -> list[Figure]:
    """Return milliseconds for Kaplan-Meier, three incidences with limits and Gray's test on daily times.

    The baseline of the first figure is the same work by R's survfit and cuminc, for all children with limits and by
    group for Gray's test, in the same run, where Rscript and its packages are installed: it is not to be slower. The
    ratio to lifelines is a figure of its own.
    """
    few, many = _children(FEW), _children(MANY)
    ours, theirs = _milliseconds(lambda: _all_of_it(*few)), _milliseconds(lambda: _lifelines(*few[:2]))
    curves = _milliseconds(lambda: [cumulative_incidence(*few[:2], cause=cause) for cause in CAUSES])
    name = "Kaplan-Meier, three incidences with limits and Gray"
    return [
        Figure(
            name=f"{name}, {FEW:,} children",
            value=ours,
            unit="ms",
            bar=FEW_MILLISECONDS,
            higher_is_better=False,
            baseline=_in_r(*few),
        ),
        Figure(
            name=f"{name}, {MANY:,} children",
            value=_milliseconds(lambda: _all_of_it(*many)),
            unit="ms",
            bar=MANY_MILLISECONDS,
            higher_is_better=False,
        ),
        Figure(
            name=f"three incidences with limits, {FEW:,} children, lifelines' time over ours",
            value=theirs / curves,
            unit="times",
            bar=TIMES_LIFELINES,
            higher_is_better=True,
        ),
    ]


def _children(number: int) -> tuple[Floats, Integers, Integers]:
    random = np.random.default_rng(20261128)
    time_ = random.integers(0, DAYS, number).astype(np.float64)
    return time_, random.integers(0, len(CAUSES) + 1, number), random.integers(0, 2, number)


def _all_of_it(time_: Floats, event: Integers, group: Integers) -> None:
    kaplan_meier(time_, event > 0)
    for cause in CAUSES:
        cumulative_incidence(time_, event, cause=cause)
    gray_test(time_, event, group)


def _lifelines(time_: Floats, event: Integers) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at each call that it moves tied times about
        for cause in CAUSES:
            AalenJohansenFitter(seed=1).fit(time_, event, event_of_interest=cause)


def _milliseconds(do: Callable[[], object]) -> float:
    """Return the median of a few rounds after one to warm up."""
    do()
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        do()
        rounds.append(time.perf_counter() - began)
    return statistics.median(rounds) * 1000


def _in_r(time_: Floats, event: Integers, group: Integers) -> float | None:
    """Return R's milliseconds for the same, or None where R or its packages are not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows.csv")
        lines = [f"{t:g},{e},{g}" for t, e, g in zip(time_, event, group, strict=True)]
        rows.write_text("\n".join(["time,event,group", *lines]) + "\n", encoding="utf-8")
        command = ["Rscript", "-e", R_SCRIPT, str(rows)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None
