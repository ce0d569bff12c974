"""One folder per test run for databases, sockets and temporary files, removed when the run ends."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

# Short (a socket's path has at most 107 bytes) and open to every user of the machine.
MEMORY, DISK = Path("/dev/shm"), Path("/tmp")
ROOM_BYTES = 2 * 1024**3
PREFIX = "registry-tests-"


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """A folder and the lock that shows that its run is alive."""

    path: Path
    lock: IO[str]

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.close()


def create_run_folder() -> RunFolder:
    """Return a new folder, after removing those of runs that were killed."""
    _remove_folders_of_dead_runs()
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=MEMORY if takes_a_run(MEMORY) else DISK))
    path.chmod(0o711)  # the server's user passes through to its own folder below
    lock = (path / "starting").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    (path / "starting").rename(path / "alive")  # never visible to another run without its lock
    return RunFolder(path=path, lock=lock)


def made_once(run: Path, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of the run's folder that the first process to ask for it fills, while the others wait."""
    folder = run / name
    with (run / f"{name}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            beside = run / f"{name}-part"
            shutil.rmtree(beside, ignore_errors=True)
            make(beside)
            beside.rename(folder)
    return folder


def told_once(run: Path, name: str, tell: Callable[[], Any]) -> Any:
    """Return plain data that the first process to ask for it works out, while the others wait."""

    def keep(folder: Path) -> None:
        folder.mkdir()
        (folder / "told.json").write_text(json.dumps(tell()), encoding="utf-8")

    return json.loads((made_once(run, name, keep) / "told.json").read_text(encoding="utf-8"))


def takes_a_run(folder: Path) -> bool:
    """Tell whether there is room for a run in a folder, and its server can start there.

    A database is made and dropped ten times as fast in memory: the disk is slow to forget its three hundred files.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


def _remove_folders_of_dead_runs() -> None:
    for path in [alive for parent in (MEMORY, DISK) for alive in parent.glob(f"{PREFIX}*/alive")]:
        try:
            with path.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent, ignore_errors=True)
        except OSError:  # alive, another user's, or just removed by another run
            continue
