"""Errors as programs read them: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

log = logging.getLogger(__name__)

TITLES = {
    400: "Cannot be read",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    409: "Does not fit",
    413: "Too large",
    422: "Cannot be used",
    500: "Something broke",
    507: "No room",
}
NO_KEY = "Send a working key of the workspace: Authorization: Bearer balm_…"


class Problem(HttpError):
    """An error with a status, a sentence, and facts for the program."""

    def __init__(self, status: int, detail: str, **facts: Any) -> None:
        super().__init__(status, detail)
        self.facts = facts


def answer(status: int, detail: str, **facts: Any) -> HttpResponse:
    """The response that says what is wrong."""
    body = {"title": TITLES.get(status, "Error"), "status": status, "detail": detail, **facts}
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json"
    )
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="balm"'
    return response


def install(api: NinjaAPI) -> None:
    """Make every error of the API a problem."""

    def problem(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(error.status_code, str(error), **getattr(error, "facts", {}))

    def no_key(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(401, NO_KEY)

    def invalid(request: HttpRequest, error: Any) -> HttpResponse:
        faults = [{"where": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors]
        return answer(422, "A parameter cannot be used.", errors=faults)

    def not_found(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(404, str(error) or "There is nothing at this address.")

    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return answer(500, "The log of the server says what happened. Nothing saved before is lost.")

    for kind, handle in (
        (HttpError, problem),
        (AuthenticationError, no_key),
        (ValidationError, invalid),
        (Http404, not_found),
        (Exception, broken),
    ):
        api.add_exception_handler(kind, handle)
