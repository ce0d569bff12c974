"""One folder per test run for databases and sockets, removed when the run ends."""

import fcntl
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PARENT = Path("/tmp")  # short (a socket's path has at most 107 bytes) and open to every user of the machine
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
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PARENT))
    path.chmod(0o711)  # the server's user passes through to its own folder below
    lock = (path / "starting").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    (path / "starting").rename(path / "alive")  # never visible to another run without its lock
    return RunFolder(path=path, lock=lock)


def _remove_folders_of_dead_runs() -> None:
    for path in PARENT.glob(f"{PREFIX}*/alive"):
        try:
            with path.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent, ignore_errors=True)
        except OSError:  # alive, another user's, or just removed by another run
            continue
