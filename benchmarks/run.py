"""Print each figure of the project beside its bar and write benchmarks/RESULTS.md. `make benchmark` calls it.

A benchmark is a module in this folder that has `measure() -> list[Figure]`. The exit code is 1 if a figure misses
its bar, or if there is nothing to measure.
"""

import importlib
import os
import pkgutil
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from benchmarks.figure import Figure

FOLDER = Path(__file__).resolve().parent
HEADER = ("figure", "measured", "bar", "baseline", "ratio", "")


def main() -> int:
    """Measure everything, write the results and return the exit code."""
    sections: dict[str, list[Figure]] = {}
    for name, measure in benchmarks().items():
        print(f"\n== {name} ==", flush=True)
        began = time.monotonic()
        sections[name] = measure()
        for figure in sections[name]:
            print("  ".join(filter(None, row(figure))), flush=True)
        print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    figures = [figure for found in sections.values() for figure in found]
    (FOLDER / "RESULTS.md").write_text(results_page(sections), encoding="utf-8")
    missed = sum(not figure.met for figure in figures)
    print(f"\nfigures: {len(figures) - missed} met, {missed} missed")
    return int(missed > 0 or not figures)


def benchmarks() -> dict[str, Callable[[], list[Figure]]]:
    """Return what each module of this folder measures, by the module's name, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in names if name != "run"}
    return {name: module.measure for name, module in modules.items() if hasattr(module, "measure")}


def row(figure: Figure) -> tuple[str, ...]:
    """Return the cells of one figure, in the order of HEADER."""
    sign = "≥" if figure.higher_is_better else "≤"
    return (
        figure.name,
        f"{number(figure.value)} {figure.unit}",
        "no bar" if figure.bar is None else f"{sign} {number(figure.bar)} {figure.unit}",
        "" if figure.baseline is None else f"{number(figure.baseline)} {figure.unit}",
        "" if figure.ratio is None else f"× {figure.ratio:.2f}",
        "met" if figure.met else "MISSED",
    )


def number(value: float) -> str:
    """Return a number with the digits a reader can use: whole from 1,000 on, four significant digits below."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def results_page(sections: dict[str, list[Figure]]) -> str:
    """Return the page of results: what was measured, on which commit and machine."""
    lines = [
        "# Measured figures",
        "",
        "Written by `make benchmark`; not edited by hand.",
        "",
        f"- Commit: {commit()}",
        f"- Day: {date.today().isoformat()}",
        f"- Machine: {os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        f"- Python: {platform.python_version()}",
    ]
    for name, figures in sections.items():
        lines += ["", f"## {name.replace('_', ' ').capitalize()}", ""]
        lines += [table_line(HEADER), table_line(["---"] * len(HEADER)), *(table_line(row(f)) for f in figures)]
    return "\n".join([*lines, ""])


def table_line(cells: Sequence[str]) -> str:
    """Return one line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def commit() -> str:
    """Return the hash of the commit measured, saying so where the files differ from it."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=FOLDER, capture_output=True, text=True, check=True)
    changes = ["git", "status", "--porcelain", "--", ":/", ":!RESULTS.md"]
    changed = subprocess.run(changes, cwd=FOLDER, capture_output=True, text=True, check=True).stdout
    return f"`{head.stdout.strip()}`" + (" with uncommitted changes" if changed else "")


if __name__ == "__main__":
    sys.exit(main())
