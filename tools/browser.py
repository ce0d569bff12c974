"""The Chromium that tests and screenshots drive: found on the PATH, or installed from the distribution's packages."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"),
)


class BrowserMissing(Exception):
    """No Chromium is here and none could be installed; the message says why."""


def find_browser() -> str | None:
    """Return the path of the first Chromium on the PATH."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def find_or_install_browser() -> str:
    """Return the path of a Chromium, after installing one where that is possible.

    Raises BrowserMissing where the person is not root, has no apt-get, or the installation fails.
    """
    if found := find_browser():
        return found
    if os.geteuid() != 0:
        raise BrowserMissing("no Chromium on the PATH, and only root can install one (apt-get install chromium)")
    if not shutil.which("apt-get"):
        raise BrowserMissing("no Chromium on the PATH, and no apt-get to install one: install Chromium by hand")
    print("Installing chromium from the distribution's packages ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in INSTALL:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrowserMissing(f"`{' '.join(command)}` failed: {done.stderr.strip()[-300:]}")
    if found := find_browser():
        return found
    raise BrowserMissing("apt-get installed chromium, yet none is on the PATH")
