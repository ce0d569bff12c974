"""A registry of its own for measuring: an installation on either engine, gunicorn in front of it, people signed in."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from flask_security.utils import hash_password

from registry import WEB_WORKER, create_app
from registry.database import db, migrate_to_head
from registry.installation import web_workers
from registry.models import User
from registry.settings import write_secrets

PASSWORD = "synthetic benchmark passphrase"


@contextmanager
def installation(folder: Path, url: str) -> Iterator[Flask]:
    """Open a new, migrated registry in a folder, with its application context; its settings stand in config.py."""
    folder.mkdir(parents=True, exist_ok=True)
    write_secrets(folder, mode="demo")
    (folder / "config.py").write_text(f"SQLALCHEMY_DATABASE_URI = {url!r}\n")
    here = {"ANAKINRA_REGISTRY_INSTANCE": str(folder), "ANAKINRA_REGISTRY_CONFIG": str(folder / "config.py")}
    os.environ |= here
    migrate_to_head(url)
    app = create_app()
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
            for name in here:
                del os.environ[name]


def give_password(users: list[User]) -> None:
    """Let people sign in with the benchmark's password; one hash serves them all."""
    hashed = hash_password(PASSWORD)
    for user in users:
        user.password = hashed
    db.session.commit()


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running gunicorn: its port and its process."""

    port: int
    process: subprocess.Popen[bytes]

    def memory_mib(self) -> float:
        """Return the resident memory of the largest worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        status = (Path(f"/proc/{pid}/status").read_text() for pid in children)
        return max(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) for text in status) / 1024  # type: ignore[index]


@contextmanager
def serving() -> Iterator[Server]:
    """Serve the open installation with gunicorn, as `make demo` does, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", WEB_WORKER]
    process = subprocess.Popen([sys.executable, "-m", "gunicorn", *web_workers(), *where])
    try:
        _wait_for(port)
        yield Server(port=port, process=process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the registry did not come up")


class Person:
    """A signed-in person on one kept-alive connection."""

    def __init__(self, port: int, email: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies: dict[str, str] = {}
        self.keeps_cookies = True
        page = self.get("/sign-in")
        answers = {"email": email, "password": PASSWORD, "csrf_token": token_of(page)}
        status, _ = self.post("/sign-in", answers)
        if status != 302:
            raise RuntimeError(f"signing in answered {status}")
        # The page after a save would take its message out of the cookie; without it, messages would pile up there.
        self.keeps_cookies = False

    def get(self, path: str) -> str:
        """Return a page."""
        status, body = self._request("GET", path, None)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return body

    def post(self, path: str, answers: Mapping[str, str]) -> tuple[int, str]:
        """Return status and page of a submitted form; redirects are not followed."""
        return self._request("POST", path, urlencode(answers))

    def _request(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        if self.keeps_cookies:
            for header in response.headers.get_all("Set-Cookie") or ():
                name, _, value = header.partition(";")[0].partition("=")
                self.cookies[name] = value
        return response.status, response.read().decode("utf-8")


def token_of(page: str) -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if not found:
        raise RuntimeError("the page has no CSRF token")
    return found[1]
