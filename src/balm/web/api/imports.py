"""Sending files."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Annotated, Any

from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http.multipartparser import MultiPartParserError
from ninja import Path, Router, Schema
from ninja.responses import Status

from balm.web.api.keys import Key, KeyRequest
from balm.web.api.problems import Problem
from balm.web.feedback import imports_services as services
from balm.web.feedback.models import Import
from balm.web.feedback.upload import LandedFile, ToDisk
from balm.web.people.audit import record

log = logging.getLogger(__name__)

router = Router(tags=["imports"], auth=Key("ingest"))

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV, TSV, Excel, JSONL or Parquet; gzip or zstd.",
                        },
                        "columns": {
                            "type": "string",
                            "maxLength": 20000,
                            "description": 'How its columns are read, as JSON: {"text": "comment", "score": "nps"}. '
                            "Left out: guessed.",
                        },
                    },
                }
            }
        },
    }
}


class ImportOut(Schema):
    """A file, what became of its rows; `state`: checking, waiting, running, done, failed, taking_back, taken_back."""

    id: int
    name: str
    state: str
    rows: int
    kept: int
    duplicates: int
    rejected: dict[str, int]
    unread_cells: dict[str, int]
    problem: dict[str, Any]
    created: dt.datetime
    finished: dt.datetime | None


@router.post("/imports", response={201: ImportOut, 200: ImportOut}, summary="Import a file", openapi_extra=_BODY)
def import_file(request: KeyRequest) -> Status:
    """201 for a new file, 200 for one that was sent before: the same bytes are imported once."""
    workspace = request.auth.workspace
    sent = _file(request)
    columns = _columns(request)
    before = set(Import.objects.filter(workspace=workspace, digest=sent.landed.digest).values_list("pk", flat=True))
    sent.taken = True  # from here on the service keeps or drops it
    item = None
    try:
        item = services.keep(workspace, None, sent.name or "file", sent.landed)
        services.start(item, columns, None)
    except services.Refused as error:
        raise _refused(error, item) from None
    if item.pk not in before:
        record(workspace, f"key balm_{request.auth.prefix}", "import.by_key", item.pk, name=item.name)
    item.refresh_from_db()
    return Status(200 if item.pk in before else 201, item)


def _file(request: KeyRequest) -> LandedFile:
    """The file of the request, streamed to its place. Raises Problem."""
    if not (request.content_type or "").startswith("multipart/form-data"):
        raise Problem(400, "Send the file as multipart/form-data, in the field “file”.")
    handler = ToDisk(request)
    request.upload_handlers = [handler]
    try:
        sent = request.FILES.get("file")
    except (BadRequest, MultiPartParserError, RequestDataTooBig, TooManyFieldsSent) as error:
        raise Problem(400, f"The form cannot be read: {error}") from None
    except OSError as error:
        log.error("a file cannot be kept: %s", error)
        raise Problem(507, _WORDS["no_space"]) from None
    if handler.too_large:
        limit = handler.too_large.limit
        raise Problem(413, f"The file is larger than {limit:,} bytes; send it in parts.", limit=limit)
    if not isinstance(sent, LandedFile):
        raise Problem(400, "There is no file in the field “file”.")
    return sent


def _columns(request: KeyRequest) -> dict[str, Any] | None:
    text = request.POST.get("columns", "")
    if not text:
        return None
    try:
        found = json.loads(text) if len(text) <= 20_000 else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Problem(422, 'The field “columns” must be a JSON object such as {"text": "comment"}.')
    return found


def _refused(error: services.Refused, item: Import | None) -> Problem:
    facts = {"code": error.code, **{k: v for k, v in error.facts.items() if isinstance(v, str | int | float)}}
    if item is not None:
        facts["import"] = item.pk
        said = (
            "The file is kept, but its columns cannot be read as asked. Choose them in the browser, or send “columns”."
        )
        return Problem(422, f"{said} ({error.code})", **facts)
    status = 413 if error.code == "too_large" else 422
    return Problem(
        status, error.message if error.message != error.code else _WORDS.get(error.code, error.code), **facts
    )


_WORDS = {
    "no_space": "The server has no room for the file: its disk is full or cannot be written to.",
    "too_large": "The file is too large; send it in parts.",
    "too_much": "Reading the file takes more memory or time than it may; send it in parts.",
    "no_sheet": "The workbook has no such sheet.",
    "unreadable": "The file cannot be read as CSV, TSV, Excel, JSONL or Parquet.",
}


@router.get("/imports/{import_id}", response=ImportOut, summary="What became of a file")
def one_import(request: KeyRequest, import_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Import:
    """404 for one of another workspace, too."""
    found = Import.objects.filter(workspace=request.auth.workspace, pk=import_id).first()
    if found is None:
        raise Problem(404, "There is no such import in this workspace.")
    return found
