"""The analysis's part of a release, run in this process: to start another and load pandas anew takes longest of all.

What a test starts as a process of its own, such as `run-export`, starts the analysis in earnest, as do the tests of
test_analysis_child.py.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from analysis.__main__ import main
from registry.release import analysis_child

in_a_process_of_its_own = analysis_child.ended


@pytest.fixture(scope="session", autouse=True)
def releases_ask_the_analysis_here() -> Iterator[None]:
    """Let what a release asks of the analysis be answered in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis_child, "ended", ended_here)
        yield


def ended_here(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
    """Return the exit code of a command of the analysis, run in a folder, and what it said on standard error."""
    said = io.StringIO()
    with chdir(folder), redirect_stdout(io.StringIO()), redirect_stderr(said):
        try:
            code = main(arguments)
        except SystemExit as refused:
            code = int(refused.code or 0)
    return code, said.getvalue()
