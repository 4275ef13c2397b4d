"""Mail by SMTP, with its phases told apart: what failed before the final dot certainly did not arrive.

`smtplib` alone, because Django's backend hides where a message was lost.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail.utils import DNS_NAME

from balm.web.deliveries.result import Result, again, dead, sent, unsure

_GONE = (smtplib.SMTPServerDisconnected, OSError)
_DOT = re.compile(rb"(?m)^\.")


class Session:
    """A connection to the mail server of EMAIL_URL, kept open over several messages. Use it in a `with` block."""

    def __init__(self) -> None:
        self._smtp: Any = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()

    def send(self, sender: str, to: str, message: bytes, before: Callable[[], bool]) -> Result | None:
        """Try to deliver one message: bytes with CRLF. `before` is called when the server is ready to take it, before
        its first byte leaves; where it gives False nothing is sent, and None comes back."""
        used = self._smtp is not None
        found = self._greet(sender, to)
        if used and found is not None and self._smtp is None:  # an idle connection was closed: a new one, once
            found = self._greet(sender, to)
        if found is not None:
            return found
        if not before():
            self._drop()
            return None
        return self._data(message)

    def _greet(self, sender: str, to: str) -> Result | None:
        """Everything before DATA; what went wrong, None for nothing."""
        phase = "connect"
        try:
            if self._smtp is None:
                self._smtp = _connect()
            for phase, line in (("MAIL", f"MAIL FROM:<{sender}>"), ("RCPT", f"RCPT TO:<{to}>")):
                code, words = self._smtp.docmd(line)
                if code not in (250, 251):
                    return self._refused(phase, code, words)
        except smtplib.SMTPResponseException as error:  # greeting, EHLO, STARTTLS or AUTH: not this message's fault
            self._drop()
            return again("connect", _words(error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, *_GONE) as error:
            self._drop()
            return again(phase, _said(error))
        return None

    def _data(self, message: bytes) -> Result:
        smtp = self._smtp
        try:
            code, words = smtp.docmd("DATA")
            if code != 354:
                return self._refused("DATA", code, words)
            smtp.send(_DOT.sub(b"..", message) + (b"" if message.endswith(b"\r\n") else b"\r\n"))
        except (smtplib.SMTPException, *_GONE) as error:  # without its final dot no server keeps a message
            self._drop()
            return again("DATA", _said(error))
        try:
            smtp.sock.sendall(b".\r\n")
            code, words = smtp.getreply()
        except (smtplib.SMTPException, *_GONE) as error:
            self._drop()
            return unsure("reply", _said(error))
        return sent("reply", _words(code, words)) if code == 250 else self._refused("reply", code, words)

    def _refused(self, phase: str, code: int, words: bytes) -> Result:
        if code == 421 or code < 400:  # it hangs up, or does not speak SMTP
            self._drop()
        else:
            try:
                self._smtp.rset()
            except (smtplib.SMTPException, *_GONE):
                self._drop()
        if 500 <= code < 600:
            return dead(phase, _words(code, words))
        return again(phase, _words(code, words))

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _connect() -> Any:
    options: dict[str, Any] = {"timeout": settings.EMAIL_TIMEOUT, "local_hostname": DNS_NAME.get_fqdn()}
    if settings.EMAIL_USE_SSL:
        smtp: Any = smtplib.SMTP_SSL(
            settings.EMAIL_HOST, settings.EMAIL_PORT, context=ssl.create_default_context(), **options
        )
    else:
        smtp = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, **options)
    try:
        # the final dot is a write of its own, which must not wait for the other side's word about the one before
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(f"{code} {text}".split())[:500]


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]
