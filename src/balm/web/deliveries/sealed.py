"""What must not be read in the database: addresses, secrets and texts; and how an address is shown instead."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing

from balm.web.feedback.sealing import Unreadable, sealer
from balm.web.people.models import Workspace

__all__ = ["Unreadable", "absolute", "digest_of", "mask", "mask_url", "open_json", "open_text", "seal", "stop_token"]

_SALT = "balm.deliveries.stop"


def seal(workspace: Workspace, value: Any) -> bytes:
    """A text, or anything JSON can hold, sealed for this workspace."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return sealer(workspace).seal([text])[0]


def open_text(workspace: Workspace, sealed: bytes | memoryview | None) -> str:
    """What was sealed; "" for nothing. Raises Unreadable."""
    return sealer(workspace).open(bytes(sealed)) if sealed else ""


def open_json(workspace: Workspace, sealed: bytes | memoryview | None) -> dict[str, Any]:
    """What was sealed; {} for nothing. Raises Unreadable."""
    text = open_text(workspace, sealed)
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def digest_of(workspace: Workspace, email: str) -> str:
    """Finds the same address again: a keyed hash, since the addresses of the world can be tried one by one."""
    return hmac.new(sealer(workspace).key, b"address " + email.strip().lower().encode(), hashlib.sha256).hexdigest()


def mask(email: str) -> str:
    """`a•••@example.com`."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"[:120] if domain else "•••"


def mask_url(address: str) -> str:
    """Scheme, host, and the end of what follows: `https://hooks.example.com/…7f3a`."""
    parts = urlsplit(address)
    rest = address[len(f"{parts.scheme}://{parts.netloc}") :].strip("/")
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/" + (f"…{rest[-4:]}" if len(rest) > 8 else "")


def absolute(path: str) -> str:
    """The address of a page for somebody outside; "" where nobody has said where this installation is served."""
    from balm.web.site.paths import last_address

    base = settings.BASE_URL or last_address()
    return base.rstrip("/") + path if base else ""


def stop_token(contact: int) -> str:
    """What lets a customer stop our mail: names the contact, signed, valid for ever."""
    return signing.Signer(salt=_SALT).sign(str(contact))


def stopped_by(token: str) -> int | None:
    """The contact a token names; None where it is not one of ours."""
    try:
        return int(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
