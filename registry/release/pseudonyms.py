"""Random-looking codes of one project instead of the keys of children and records."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

CODE = re.compile(r"[CR]-[A-Z2-7]{13}")


class WeakKey(RuntimeError):
    """Codes cannot be made: there is no key, or it is too short to be secret."""


class Pseudonyms:
    """Random-looking codes of one project: the same child or record has the same code in each of its exports.

    HMAC-SHA256 over a random id that was never derived from the child; 65 bits are shown. Other projects get other
    codes, so that their files cannot be joined.
    """

    def __init__(self, key: str, project: str) -> None:
        if len(key) < 32:
            raise WeakKey(
                "PSEUDONYM_KEY is not set or shorter than 32 characters, so nothing can be exported. "
                "Whoever looks after this installation can restore secrets.json, which holds it, from its copy."
            )
        self._key = key.encode("utf-8")
        self._project = project.encode("utf-8")

    @property
    def key_id(self) -> str:
        """Return what tells this key from another one without giving it away."""
        return hmac.new(self._key, b"key id", hashlib.sha256).hexdigest()[:12]

    def child(self, enrolment_uuid: str) -> str:
        """Return the code of a child from its random enrolment id."""
        return f"C-{self._code(b'child', enrolment_uuid)}"

    def record(self, record_key: str) -> str:
        """Return the code of a record from its random key."""
        return f"R-{self._code(b'record', record_key)}"

    def _code(self, kind: bytes, random_id: str) -> str:
        message = b"\0".join((kind, self._project, random_id.encode("utf-8")))
        digest = hmac.digest(self._key, message, "sha256")
        return base64.b32encode(digest[:10]).decode("ascii")[:13]  # ten bytes are sixteen letters
