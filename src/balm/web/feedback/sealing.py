"""Encrypted originals: what redaction cuts out of a comment, readable only with this installation's key. No Django."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from balm.lake.originals import original

if TYPE_CHECKING:
    from balm.web.people.models import Workspace

_NONCE = 12
_TAG = 16
_FORMAT = b"\x01"


class Unreadable(Exception):
    """The key is another one, the value belongs to another workspace, or it was changed."""


@dataclass(frozen=True)
class Sealer:
    """Seals and opens texts of one workspace with AES-256-GCM.

    A fresh nonce each, the workspace's number as associated data: a value copied to another workspace does not open.
    """

    key: bytes = field(repr=False)  # 32 bytes
    workspace: int

    @cached_property
    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.key)

    @property
    def _bound(self) -> bytes:
        return b"balm originals %d" % self.workspace

    def seal(self, texts: Sequence[str]) -> list[bytes]:
        """Each text sealed by itself: a format byte, the nonce, the encrypted text with its tag."""
        sealed = []
        for text in texts:
            nonce = os.urandom(_NONCE)
            sealed.append(_FORMAT + nonce + bytes(self._cipher.encrypt(nonce, text.encode(), self._bound)))
        return sealed

    def open(self, sealed: bytes) -> str:
        """The text. Raises Unreadable."""
        from cryptography.exceptions import InvalidTag

        if sealed[:1] != _FORMAT or len(sealed) < 1 + _NONCE + _TAG:
            raise Unreadable("not a sealed value")
        nonce, data = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return bytes(self._cipher.decrypt(nonce, data, self._bound)).decode()
        except InvalidTag:
            raise Unreadable("sealed with another key, for another workspace, or changed since") from None

    def original(self, text: str, redactions: Sequence[Sequence[int]] | None, sealed: bytes | None) -> str:
        """A comment as it was written, from the columns of its row in the lake. Raises Unreadable.

        One without redactions, or whose pieces were not kept, comes back as it is.
        """
        if not redactions or not sealed:
            return text
        try:
            return original(text, redactions, json.loads(self.open(sealed)))
        except ValueError as error:
            raise Unreadable(str(error)) from None


def sealer(workspace: Workspace) -> Sealer:
    """The sealer of a workspace; the key is made on first use and lies beside the data."""
    from balm.web.site.paths import secret

    # the file holds 32 random bytes in hexadecimal
    return Sealer(bytes.fromhex(secret("originals", 32).decode()), workspace.pk)
