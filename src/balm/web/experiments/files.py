"""Small files in forms: read into memory up to a limit, and never onto the disk."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from balm.web.experiments.refusals import Refused
from balm.web.people.doors import MemberRequest

LIMIT = 8_000_000


class _Memory(FileUploadHandler):
    """Keeps one file, of the field "file"; what lies beyond the limit is read past and noted."""

    taken = False

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        if field_name != "file" or self.taken:
            raise SkipFile
        self.taken = True
        self.held = io.BytesIO()
        self.large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > LIMIT:
            self.large = True
        else:
            self.held.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.held.seek(0)
        kept = InMemoryUploadedFile(
            self.held, self.field_name, self.file_name or "file", self.content_type, file_size, self.charset
        )
        kept.too_large = self.large  # type: ignore[attr-defined]
        return kept


def takes_file(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose form may carry a file. It stands behind `csrf_exempt`, only so that the handler can be put in
    before the body is read; the token is checked here."""

    @wraps(view)
    def taking(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            request.upload_handlers = [_Memory(request)]
        answer: HttpResponse = csrf_protect(view)(request, *args, **kwargs)
        return answer

    return taking


def text_of(file: Any) -> str:
    """The text of a file. Raises Refused where it is too large or not UTF-8."""
    if getattr(file, "too_large", False):
        raise Refused(_("The file is larger than %(mb)s MB.") % {"mb": LIMIT // 1_000_000})
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused(_("The file is not UTF-8 text: save it as CSV (UTF-8).")) from None
