"""One POST to a program outside: to the address that was checked, without redirects, bounded in time and size."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

CONNECT = 10.0
WHOLE = 20.0
"""Seconds to connect, and for one request in all."""

TRIED = 3
"""Addresses of one host that are tried in turn."""

REPLY = 16_384
"""Bytes of an answer that are read."""

_METADATA = frozenset(ipaddress.ip_address(each) for each in ("168.63.129.16", "100.100.100.200", "fd00:ec2::254"))
_V6 = ipaddress.ip_network("2000::/3")  # all that the world's routers know
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(ValueError):
    """An address that is never asked; the text is a code: "scheme", "host", "private", …"""


class Unreachable(Exception):
    """No answer. `sent`: whether the request may have arrived."""

    def __init__(self, words: str, *, sent: bool) -> None:
        super().__init__(words)
        self.sent = sent


@dataclass(frozen=True)
class Request:
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def words(self) -> str:
        text = " ".join(self.body.decode("utf-8", "replace").split())
        return f"{self.status} {text}".strip()[:500]


def look(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address that may be asked. Raises NotAllowed. Resolves nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed("host") from None
    if parts.scheme not in (("https", "http") if settings.BALM_WEBHOOK_PRIVATE else ("https",)):
        raise NotAllowed("scheme")
    if not parts.hostname or parts.username is not None or parts.password is not None or not url.isprintable():
        raise NotAllowed("host")
    if " " in url or not url.isascii():
        raise NotAllowed("host")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)


def allowed(ip: IP) -> bool:
    """Whether a program at this address may be asked: not one of this machine, its network, or its provider."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return allowed(inner)
        if ip not in _V6 and not settings.BALM_WEBHOOK_PRIVATE:  # site-local, "compatible" with IPv4, and the like
            return False
    if ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified or str(ip) == "255.255.255.255":
        return False
    return ip.is_global or bool(settings.BALM_WEBHOOK_PRIVATE)


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """The host's addresses, as `socket.connect` takes them. Every one must be allowed: a name that also leads inside
    is not trusted. Raises NotAllowed and OSError."""
    found = [each[4][:2] for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(allowed(ipaddress.ip_address(str(address[0]).partition("%")[0])) for address in found):
        raise NotAllowed("private")
    return found[:TRIED]


class _Pinned(http.client.HTTPConnection):
    """Connects to the addresses that were checked, and speaks to the host that was named."""

    def __init__(self, host: str, port: int, addresses: list[tuple[Any, ...]], context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=CONNECT)
        self.addresses, self.context = addresses, context
        self.default_port = 443 if context else 80

    def connect(self) -> None:
        for address in self.addresses:
            try:
                sock = socket.create_connection(address, CONNECT)
                break
            except OSError:
                if address == self.addresses[-1]:
                    raise
        try:
            self.sock = self.context.wrap_socket(sock, server_hostname=self.host) if self.context else sock
        except BaseException:
            sock.close()
            raise


def send(request: Request, before: Callable[[], bool]) -> Answer | None:
    """What the other side answers. `before` is called once it is connected, before the first byte of the request
    leaves; where it gives False nothing is sent, and None comes back. Raises NotAllowed and Unreachable."""
    scheme, host, port = look(request.url)
    parts = urlsplit(request.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    began = False
    connection: _Pinned | None = None
    timer: threading.Timer | None = None
    try:
        context = ssl.create_default_context() if scheme == "https" else None
        connection = _Pinned(host, port, resolve(host, port), context)
        connection.connect()
        timer = threading.Timer(WHOLE, _cut, [connection.sock])  # an answer that drips has an end, too
        timer.daemon = True
        timer.start()
        if not before():
            return None
        began = True
        connection.request("POST", path, request.body, dict(request.headers))
        answer = connection.getresponse()
        body = b""
        with suppress(OSError, http.client.HTTPException):  # the status is there: what is missing is only said
            body = answer.read(REPLY)
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, body)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        raise Unreachable(words, sent=began) from None
    finally:
        if timer is not None:
            timer.cancel()
        if connection is not None:
            connection.close()


def _cut(sock: Any) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
