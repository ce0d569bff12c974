"""Commands of the analysis run as a child process, so that nothing here loads its libraries."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from registry import child_processes
from registry.release.refusal import ExportRefused

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def run(command: str, *arguments: str, folder: Path) -> None:
    """Run `python -m analysis COMMAND`; ExportRefused with its last line when it fails."""
    code, told = ended([command, *arguments], folder)
    if code:
        said = [line for line in told.splitlines() if line.strip()] or ["it said nothing."]
        reason = said[-1].removeprefix(f"python -m analysis {command}: ")
        raise ExportRefused(f"The package could not be finished: {reason}")


def ended(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
    """Return the exit code of `python -m analysis ARGUMENTS`, run in a folder, and what it said on standard error."""
    process = subprocess.run(
        child_processes.python("analysis", *arguments),
        cwd=folder,
        env=child_processes.told(ONE_THREAD),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return process.returncode, process.stderr
