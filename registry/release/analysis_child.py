"""Commands of the analysis run as a child process, so that nothing here loads its libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from registry.release.refusal import ExportRefused

ROOT = Path(__file__).resolve().parents[2]


def run(command: str, *arguments: str, folder: Path) -> None:
    """Run `python -m analysis COMMAND`; ExportRefused with its last line when it fails."""
    ended = subprocess.run(
        [sys.executable, "-m", "analysis", command, *arguments],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.strip()] or ["it said nothing."]
        reason = said[-1].removeprefix(f"python -m analysis {command}: ")
        raise ExportRefused(f"A table of the package could not be made: {reason}")


def environment(shared: Path) -> dict[str, str]:
    """Return what a child process may know: nothing of the registry's settings or secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    own = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(shared / ".matplotlib")}
    return {**kept, **own, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
