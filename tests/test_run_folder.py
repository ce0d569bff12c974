"""A run of tests keeps its files in memory only where there is room for them and a server can start there."""

import os
from pathlib import Path

import pytest

from run_folder import ROOM_BYTES, takes_a_run

BLOCK = 4096


def statvfs(free_bytes: int, flags: int) -> os.statvfs_result:
    return os.statvfs_result((BLOCK, BLOCK, 0, 0, free_bytes // BLOCK, 0, 0, 0, flags, 255))


@pytest.mark.parametrize(
    ("free_bytes", "flags", "taken"),
    [
        (ROOM_BYTES, 0, True),
        (ROOM_BYTES - BLOCK, 0, False),
        (ROOM_BYTES, os.ST_NOEXEC, False),
        (ROOM_BYTES, os.ST_NOSUID, True),
    ],
)
def test_a_folder_takes_a_run_with_room_and_where_programs_start(
    free_bytes: int, flags: int, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda folder: statvfs(free_bytes, flags))
    assert takes_a_run(tmp_path) is taken


def test_a_folder_that_is_not_there_takes_no_run(tmp_path: Path) -> None:
    assert not takes_a_run(tmp_path / "none")
