"""The Chromium that tests and screenshots drive: found on the PATH, or installed from the distribution's packages.

The headless shell comes first: it draws no window, and the browser tests take two thirds of the processor time with it.
"""

import os
import shutil
import subprocess

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-y", "-qq", "--no-install-recommends", SHELL),
)


class BrowserMissing(Exception):
    """No Chromium is here and none could be installed; the message says why."""


def find_browser() -> str | None:
    """Return the path of the first Chromium on the PATH."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def find_or_install_browser() -> str:
    """Return the path of a Chromium: the headless shell, after installing it where that is possible, or another.

    Raises BrowserMissing where none is on the PATH and none can be installed: the person is not root, has no apt-get,
    or the installation fails.
    """
    if not shutil.which(SHELL):
        try:
            _install()
        except BrowserMissing as reason:
            if not find_browser():
                raise
            print(f"The tests go on with the Chromium that is here: {reason}", flush=True)
    if found := find_browser():
        return found
    raise BrowserMissing(f"apt-get installed {SHELL}, yet it is not on the PATH")


def _install() -> None:
    missing = f"no {SHELL} on the PATH"
    if os.geteuid() != 0:
        raise BrowserMissing(f"{missing}, and only root can install it (apt-get install {SHELL})")
    if not shutil.which("apt-get"):
        raise BrowserMissing(f"{missing}, and no apt-get to install it: install Chromium by hand")
    print(f"Installing {SHELL} from the distribution's packages ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in INSTALL:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrowserMissing(f"`{' '.join(command)}` failed: {done.stderr.strip()[-300:]}")
