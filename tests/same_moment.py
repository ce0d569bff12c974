"""Requests that meet at the worst moment: one waits before a step, or after it, for the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

from flask.testing import FlaskClient

MOMENT = 0.5
"""Seconds that a request waits for the other one: where the registry lets one in at a time nobody comes."""


def meeting(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step before which a request waits for the other one."""
    both = Barrier(2, timeout=MOMENT)

    def wait_and_step(*arguments: Any, **more: Any) -> Any:
        with suppress(BrokenBarrierError):
            both.wait()
        return step(*arguments, **more)

    return wait_and_step


def then_meeting(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step after which a request waits for the other one."""
    wait = meeting(lambda: None)

    def step_and_wait(*arguments: Any, **more: Any) -> Any:
        found = step(*arguments, **more)
        wait()
        return found

    return step_and_wait


def at_once(clients: list[FlaskClient], address: str, data: dict[str, str]) -> list[int]:
    """Return the statuses of the same page sent by some browsers at the same moment."""
    with ThreadPoolExecutor(len(clients)) as pool:
        return sorted(pool.map(lambda client: client.post(address, data=data).status_code, clients))
