"""Long work in a process of its own: a folder per run, a lock while it lives, its words on standard error."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
OUTPUT, ERRORS, LOCK = "output.txt", "errors.txt", "running.lock"
STEP = re.compile(r"\[\d+/\d+\] .+")
"""How a command tells its progress on standard error, such as `[2/14] Baseline`."""
PATH = re.compile(r"'/[^']+'|(?<![\w.:/])(?:/[^/\s'\",;:]+){2,}/?")
"""A place on this machine in a line of words."""
NICENESS = 10
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""What a process is told of the environment; a caller adds what its command needs, and nothing else gets through."""


def has_ended(folder: Path) -> bool:
    """Tell whether a run's process is gone: it holds a lock on a file for as long as it lives, whoever started it."""
    try:
        with (folder / LOCK).open("r+") as lock:
            return _lock(lock)
    except FileNotFoundError:
        return True


def _lock(file: IO[str]) -> bool:
    """Lock a file for as long as it is open here, or in a process that inherits it; False where another one has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def python(module: str, *arguments: str) -> list[str]:
    """Return the command `python -m MODULE`, which loads nothing from the folder it happens to start in."""
    return [sys.executable, "-P", "-m", module, *arguments]


def launch(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    claim: Callable[[], bool],
    fail: Callable[[str], object],
) -> int | None:
    """Start the command of a run that ``claim`` marks as running; return its process id.

    None where somebody was faster, whether with the folder or with the claim, and where it cannot start: ``fail`` is
    told why in words.
    """
    with (folder / LOCK).open("w") as lock:
        if not _lock(lock) or not claim():
            return None
        try:
            return _start(command, folder, lock, environment)
        except OSError as error:
            fail(f"It could not start: {error.strerror}.")
            return None


def _start(command: Sequence[str], folder: Path, lock: IO[str], environment: Mapping[str, str]) -> int:
    """Start a command in a run's folder, politely, and return its process id. Errors: OSError."""
    with (folder / OUTPUT).open("wb") as output, log_of(folder).open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=told(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
    leave_alone(process)
    return process.pid


def leave_alone(process: subprocess.Popen[bytes]) -> None:
    """Let a process that was started run behind those who wait for a page, and take note of its end when it comes."""
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    threading.Thread(target=process.wait, daemon=True).start()


def told(more: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a process: nothing of the registry's settings or secrets unless ``more`` says."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    path = os.pathsep.join(filter(None, (str(ROOT), more.get("PYTHONPATH"))))
    return {**kept, "PYTHONUTF8": "1", **more, "PYTHONPATH": path}


def step_of(folder: Path) -> str:
    """Return what a run is doing, such as `[2/14] Baseline`; empty before it has said so."""
    steps = [line for line in _lines(folder) if STEP.fullmatch(line)]
    return steps[-1] if steps else ""


def last_words(folder: Path, what: str, *, holds_answers: bool = False) -> str:
    """Return in words why a run ended without a result: the last line it wrote that is not about its progress.

    ``what`` is the work as a sentence begins with it, such as `The analysis`. Where an error of its own could repeat a
    child's answers (``holds_answers``) only its kind is told. Where a file lies on the server is told nobody: the words
    as they were written stay in the run's folder.
    """
    lines = [line for line in _lines(folder) if not STEP.fullmatch(line)]
    if not lines:
        return ended_silently(what)
    if any(line.startswith("Traceback") for line in lines):
        told = _kind(lines[-1]) if holds_answers else _without_paths(lines[-1])[:300]
        return f"{what} stopped with an error of its own: {told} Tell whoever looks after the registry."
    return _without_paths(lines[-1].removeprefix("Error: "))[:500]


def log_of(folder: Path) -> Path:
    """Return the file that keeps what a run's process said, in its own words."""
    return folder / ERRORS


def _without_paths(line: str) -> str:
    return PATH.sub("a file on the server", line)


def _kind(line: str) -> str:
    """Return the kind of error that the last line of a traceback names."""
    named = re.match(r"[\w.]*(?:Error|Exception)(?=:|$)", line)
    return f"{named.group() if named else 'unknown'}, in words on the server only."


def ended_silently(what: str) -> str:
    """Return in words that a run left nothing at all."""
    return (
        f"{what} ended without a result and without a message. The registry was probably restarted, or the machine "
        "ran out of memory. Start it again."
    )


def _lines(folder: Path) -> list[str]:
    """Return the lines a run's process wrote on standard error, without empty ones."""
    path = log_of(folder)
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return [line.strip() for line in text.splitlines() if line.strip()]
