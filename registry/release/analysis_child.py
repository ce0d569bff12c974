"""Commands of the analysis run as a child process, so that nothing here loads its libraries."""

from __future__ import annotations

import subprocess
from pathlib import Path

from registry import child_processes
from registry.release.refusal import ExportRefused

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def run(command: str, *arguments: str, folder: Path) -> None:
    """Run `python -m analysis COMMAND`; ExportRefused with its last line when it fails."""
    ended = subprocess.run(
        child_processes.python("analysis", command, *arguments),
        cwd=folder,
        env=child_processes.told(ONE_THREAD),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.strip()] or ["it said nothing."]
        reason = said[-1].removeprefix(f"python -m analysis {command}: ")
        raise ExportRefused(f"The package could not be finished: {reason}")
