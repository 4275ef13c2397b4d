"""Pages of imports: parse, call, render."""

from __future__ import annotations

import logging
import re
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from balm.collect.files import NO_HEADING
from balm.web.feedback import imports_export as export
from balm.web.feedback import imports_mapping as mapping
from balm.web.feedback import imports_selectors as selectors
from balm.web.feedback import imports_services as services
from balm.web.feedback import imports_words as words
from balm.web.feedback import upload
from balm.web.feedback.imports_services import Refused, State
from balm.web.feedback.models import Import
from balm.web.people.doors import MemberRequest, door

log = logging.getLogger(__name__)

PER_PAGE = 50
_ROW = re.compile(f"[0-9]{{1,3}}|{NO_HEADING}")
_MOVING = (State.WAITING, State.RUNNING, State.TAKING_BACK)


@require_GET
@door("import", "read")
def imports(request: MemberRequest) -> HttpResponse:
    page = Paginator(selectors.imports(request.workspace), PER_PAGE).get_page(request.GET.get("page"))
    for item in page:
        item.rejected_count = sum(item.rejected.values())
    return render(request, "feedback/imports.html", {"page": page, "limit": settings.BALM_UPLOAD_BYTES})


@csrf_exempt  # only so that the handler of the file can be put in before the body is read; `_receive` checks it
@require_http_methods(["GET", "POST"])
@door("import", "add")
def import_new(request: MemberRequest) -> HttpResponse:
    if request.method == "GET":
        return _new(request)
    if _length(request) > settings.BALM_UPLOAD_BYTES + upload.ENVELOPE:
        return _refused(request, Refused("too_large", limit=settings.BALM_UPLOAD_BYTES), 413)
    handler = upload.ToDisk(request)
    request.upload_handlers = [handler]
    try:
        return csrf_protect(_receive)(request, handler)
    except UnreadablePostError:  # the browser went away
        raise
    except OSError as error:
        log.error("an upload cannot be kept: %s", error)
        return _refused(request, Refused("no_space"), 507)


def _length(request: HttpRequest) -> int:
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told) if told.isascii() and told.isdigit() else 0


def _receive(request: MemberRequest, handler: upload.ToDisk) -> HttpResponse:
    file = request.FILES.get(upload.FIELD)
    if handler.too_large:
        name = upload.clean_name(handler.file_name or "")
        return _refused(request, Refused("too_large", name, limit=handler.too_large.limit), 413)
    if not isinstance(file, upload.LandedFile):
        return _new(request, words.explain("no_file"), status=400)
    file.taken = True
    try:
        item = services.keep(request.workspace, request.user, file.name or "", file.landed)
    except Refused as error:
        return _refused(request, error, 422)
    if item.state == State.DONE:
        told = _("“%(name)s” was imported before. Nothing was added.") % {"name": item.name}
        messages.info(request, told)
    return redirect("feedback:import_one", request.workspace.slug, item.pk)


def _new(request: MemberRequest, error: words.Words | None = None, status: int = 200) -> HttpResponse:
    return render(
        request, "feedback/import_new.html", {"limit": settings.BALM_UPLOAD_BYTES, "error": error}, status=status
    )


def _refused(request: MemberRequest, error: Refused, status: int) -> HttpResponse:
    told = words.explain(error.code, error.facts, error.message)
    found = {"name": error.name, "told": told, "limit": settings.BALM_UPLOAD_BYTES}
    return render(request, "feedback/import_refused.html", found, status=status)


@require_GET
@door("import", "read")
def import_one(request: MemberRequest, pk: int) -> HttpResponse:
    item = selectors.one(request.workspace, pk)
    if item.state in services.OPEN and request.can["import"]["add"]:
        return _mapping(request, item)
    return render(request, "feedback/import_one.html", _progress(item))


def _mapping(
    request: MemberRequest, item: Import, choice: mapping.Choice | None = None, status: int = 200
) -> HttpResponse:
    """The page on which the columns are chosen, or, for htmx, the part of it that changes."""
    try:
        seen = services.seen(item)
    except Refused as error:
        return _refused(request, error, 422)
    if choice is None:
        choice = mapping.check(mapping.guessed(item.columns), seen, selectors.earlier_scales(item))
    found = _shown(item, seen, choice)
    template = "feedback/parts/import_mapping.html" if request.htmx else "feedback/import_mapping.html"
    return render(request, template, found, status=status)


def _shown(item: Import, seen: dict[str, Any], choice: mapping.Choice) -> dict[str, Any]:
    problem = item.problem if item.state == State.FAILED else {}
    return {
        "item": item,
        "seen": seen,
        "fields": mapping.fields(choice, seen),
        "attributes": mapping.attributes(choice, seen),
        "errors": choice.errors,
        "effect": mapping.effect(choice, seen, item.name),
        "headings": mapping.headings(seen),
        "problem": words.explain(problem["code"], problem.get("facts"), problem.get("message", ""))
        if problem
        else None,
        "same": _same(item),
    }


def _same(item: Import) -> Import | None:
    """An import of the same bytes that is done: another sheet of this workbook."""
    digest = item.columns.get("bytes")
    done = selectors.imports(item.workspace).filter(state=State.DONE, columns__bytes=digest) if digest else None
    return done.exclude(pk=item.pk).first() if done is not None else None


@require_POST
@door("import", "add")
def import_effect(request: MemberRequest, pk: int) -> HttpResponse:
    """How the rows are read under the mapping in the form, before it is taken."""
    item = selectors.one(request.workspace, pk)
    if item.state not in services.OPEN:
        return _gone_on(request, item)
    choice = _choice(request, item)
    return _mapping(request, item, choice) if choice else _refused(request, Refused("no_column", item.name), 422)


def _choice(request: MemberRequest, item: Import) -> mapping.Choice | None:
    try:
        seen = services.seen(item)
    except Refused:
        return None
    return mapping.check(mapping.chosen(request.POST, seen), seen, selectors.earlier_scales(item))


def _gone_on(request: MemberRequest, item: Import) -> HttpResponse:
    to = reverse("feedback:import_one", args=[request.workspace.slug, item.pk])
    return HttpResponse(status=204, headers={"HX-Redirect": to}) if request.htmx else redirect(to)


@require_POST
@door("import", "add")
def import_look(request: MemberRequest, pk: int) -> HttpResponse:
    """Another sheet, or another row that names the columns."""
    item = selectors.one(request.workspace, pk)
    sheet, row = request.POST.get("sheet") or None, request.POST.get("heading", "")
    heading = int(row) if _ROW.fullmatch(row) else None
    try:
        before = services.seen(item).get("sheet")
        services.look_again(item, sheet, heading if sheet in (None, before) else None)
    except Refused as error:
        messages.error(request, " ".join(words.explain(error.code, error.facts, error.message)))
    return redirect("feedback:import_one", request.workspace.slug, item.pk)


@require_POST
@door("import", "add")
def import_start(request: MemberRequest, pk: int) -> HttpResponse:
    item = selectors.one(request.workspace, pk)
    if item.state not in services.OPEN:
        return _gone_on(request, item)
    choice = _choice(request, item)
    if choice is None:
        return _refused(request, Refused("no_column", item.name), 422)
    if choice.errors:
        return _mapping(request, item, choice, 422)
    try:
        services.start(item, choice.map, request.user)
    except Refused as error:
        choice.errors[error.facts.get("field", "text")] = " ".join(words.explain(error.code, error.facts))
        return _mapping(request, item, choice, 422)
    return redirect("feedback:import_one", request.workspace.slug, item.pk)


@require_GET
@door("import", "read")
def import_progress(request: MemberRequest, pk: int) -> HttpResponse:
    """How far it is, for a page that is open; when it goes no further, the part that comes does not ask again."""
    item = selectors.one(request.workspace, pk)
    found = _progress(item)
    if found["landed"]:
        to = reverse("painpoints:list", args=[request.workspace.slug])
        return HttpResponse(headers={"HX-Redirect": to})
    job = item.job
    facts = (item.pk, item.state, found["figures"].state, job and (job.state, job.stage, job.done, job.total))
    tag = f'"{blake2b(repr((facts, get_language())).encode(), digest_size=8).hexdigest()}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    answer = render(request, "feedback/parts/import_progress.html", found)
    answer["ETag"] = tag
    return answer


def _progress(item: Import) -> dict[str, Any]:
    """`moving`: something is still going on; `landed`: the import and its figures are both there."""
    figures = (
        selectors.figures_after(item) if item.state in (State.DONE, State.TAKEN_BACK) else selectors.Standing("none")
    )
    job = item.job if item.state in _MOVING else figures.job
    problem = item.problem or {}
    return {
        "item": item,
        "figures": figures,
        "moving": item.state in _MOVING or figures.state == "on the way",
        "landed": item.state == State.DONE and figures.state == "ready" and item.kept > 0,
        "stage": words.STAGES.get(job.stage, "") if job else "",
        "percent": min(100, 100 * job.done // job.total) if job and job.total else None,
        "job": job,
        "rejected": sum(item.rejected.values()),
        "unread": [(words.REJECTED.get(reason, reason), n) for reason, n in sorted(item.unread_cells.items())],
        "problem": words.explain(problem["code"], problem.get("facts"), problem.get("message", ""))
        if problem
        else None,
    }


@require_GET
@door("import", "read")
def import_rejected(request: MemberRequest, pk: int) -> HttpResponse:
    item = selectors.one(request.workspace, pk)
    found = selectors.rejected_rows(item)
    rows = [
        {
            "line": row["line"],
            "why": words.REJECTED.get(row["reason"], row["message"]),
            "cells": _cells(row, found.names),
        }
        for row in found.rows
    ]
    reasons = [(words.REJECTED.get(reason, reason), n) for reason, n in found.reasons]
    return render(
        request, "feedback/import_rejected.html", {"item": item, "found": found, "rows": rows, "reasons": reasons}
    )


def _cells(row: dict[str, Any], names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, row["raw"].get(name, "")) for name in names]


@require_GET
@door("import", "read")
def import_rejected_file(request: MemberRequest, pk: int, ending: str) -> StreamingHttpResponse:
    """All rejected rows as CSV or JSON lines."""
    item = selectors.one(request.workspace, pk)
    if ending == "csv":
        content, kind = export.as_csv(lambda: selectors.rejected(item)), "text/csv; charset=utf-8"
    elif ending == "jsonl":
        content, kind = export.as_jsonl(selectors.rejected(item)), "application/x-ndjson; charset=utf-8"
    else:
        raise Http404("no such format")
    name = f"rejected-{item.pk}.{ending}"
    return StreamingHttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_http_methods(["GET", "POST"])
@door("import", "take_back")
def import_take_back(request: MemberRequest, pk: int) -> HttpResponse:
    """Say what will go, and take the import back when that is confirmed."""
    item = selectors.one(request.workspace, pk)
    if request.method == "POST":
        try:
            services.take_back(item, request.user)
        except Refused as error:
            messages.error(request, " ".join(words.explain(error.code)))
        return redirect("feedback:import_one", request.workspace.slug, item.pk)
    if item.state not in (State.DONE, State.FAILED):
        return redirect("feedback:import_one", request.workspace.slug, item.pk)
    found = {"item": item, "going": selectors.going(item), "later": selectors.later_duplicates(item)}
    return render(request, "feedback/import_take_back.html", found)


@require_POST
@door("import", "add")
def import_discard(request: MemberRequest, pk: int) -> HttpResponse:
    """Throw away an upload that was never imported."""
    item = selectors.one(request.workspace, pk)
    try:
        services.discard(item, request.user)
    except Refused as error:
        messages.error(request, " ".join(words.explain(error.code)))
        return redirect("feedback:import_one", request.workspace.slug, item.pk)
    messages.success(request, _("“%(name)s” was thrown away.") % {"name": item.name})
    return redirect("feedback:imports", request.workspace.slug)
