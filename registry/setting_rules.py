"""What each setting may be, so that a slip is told when the registry starts and not at the first sign-in after it."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

NOT_REPEATED = "not what it should be"
OF_LIBRARIES = ("SECURITY_", "SESSION_", "SQLALCHEMY_", "WTF_")
"""How the settings begin that Flask and its extensions read beside ours: a name like one of ours is a slip still."""
ALIKE = 0.9


def unknown_names(names: Collection[str], known: Collection[str]) -> str:
    """Return a sentence about names that are no settings, with the likeliest one meant; empty when all are known."""
    wrong = sorted(name for name in set(names) - set(known) if not _is_of_a_library(name, known))
    if not wrong:
        return ""
    meant = [close[0] for name in wrong if (close := difflib.get_close_matches(name, known, n=1))]
    hint = f" Did you mean {', '.join(dict.fromkeys(meant))}?" if meant else ""
    return f"There is no setting {', '.join(wrong)}.{hint} Write names of your own in small letters."


def _is_of_a_library(name: str, known: Collection[str]) -> bool:
    return name.startswith(OF_LIBRARIES) and not difflib.get_close_matches(name, known, n=1, cutoff=ALIKE)


def wrong_values(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence about each setting whose value is of the wrong kind, and never repeat a secret."""
    for name, (is_right, wanted) in _KINDS.items():
        value = config.get(name)
        if not is_right(value):
            yield f"{name} is {NOT_REPEATED if name in _SECRET else repr(value)}. Write {wanted}."


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _whole(low: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= low


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike)) and bool(os.fspath(value))


def _is_span(value: Any) -> bool:
    return _is_number(value) or (isinstance(value, timedelta) and value > timedelta())


def _is_keyring(value: Any) -> bool:
    return value is None or (
        isinstance(value, Mapping)
        and all(str(number).isdecimal() for number in value)
        and all(isinstance(secret, str) for secret in value.values())
    )


def _are_hosts(value: Any) -> bool:
    """Tell whether a value lists one host name or more: Werkzeug takes an empty list for any host at all."""
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(name, str) and _HOST.fullmatch(name) for name in value)
    )


_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_SECRET = frozenset({"SECURITY_TOTP_SECRETS"})
_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "STORAGE_DIR": (_is_path, "a folder in quotes, such as '/srv/anakinra-registry/storage'"),
    "ANCHORS_FILE": (_is_path, "a file in quotes, such as '/srv/anakinra-registry/anchors.log'"),
    "PROXY_HOPS": (_whole(0), "the number of proxies, such as 1, without quotes"),
    "TRUSTED_HOSTS": (
        _are_hosts,
        "the host names in small letters, without https:// and port, such as ['registry.hospital.example']",
    ),
    "IDLE_MINUTES": (_is_number, "a number of minutes above 0, such as 30, without quotes"),
    "PERMANENT_SESSION_LIFETIME": (_is_span, "a span of time, such as timedelta(hours=12)"),
    "CHECK_DAILY": (lambda value: isinstance(value, bool), "True or False, without quotes"),
    "MAX_CONTENT_LENGTH": (_whole(1), "a number of bytes, such as 8 * 1024 * 1024, without quotes"),
    "MAX_FORM_MEMORY_SIZE": (_whole(1), "a number of bytes, such as 2 * 1024 * 1024, without quotes"),
    "SECURITY_TOTP_SECRETS": (_is_keyring, 'secrets by number, such as {"1": "..."}'),
}
