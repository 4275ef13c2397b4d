"""Pages of the work in the background."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from balm.web.jobs import selectors, services
from balm.web.jobs.models import Job
from balm.web.people.doors import MemberRequest, door


@door("health", "read")
@require_safe
def health(request: MemberRequest) -> HttpResponse:
    """The queue, the workers, the disk, the last import and the last analysis. Asked by itself, only what changes."""
    found = selectors.health_of(request.workspace)
    if _knows(request, found.tag):
        return HttpResponseNotModified()
    page = "jobs/parts/health.html" if request.headers.get("HX-Request") else "jobs/health.html"
    answer = render(request, page, {"health": found, "tab": "health"})
    answer.headers["ETag"] = found.tag
    return answer


@door("painpoint", "read")
@require_safe
def progress(request: MemberRequest) -> HttpResponse:
    """How fresh the figures are, for a page that shows those of the refresh `?figures=`."""
    seen = request.GET.get("figures", "")
    found = selectors.now_of(request.workspace, int(seen) if seen.isdecimal() and len(seen) < 19 else None)
    if _knows(request, found.tag):
        return HttpResponseNotModified()
    answer = render(request, "jobs/parts/now.html", {"now": found})
    answer.headers["ETag"] = found.tag
    return answer


@door("import", "add")
@require_POST
def retry(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Try a failed job again."""
    services.retry(_job(request, pk), request.user)
    messages.success(request, _("It is tried again."))
    return redirect("jobs:health", request.workspace.slug)


@door("import", "add")
@require_POST
def cancel(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop a job that waits or runs."""
    if services.cancel(_job(request, pk), request.user):
        messages.success(request, _("It is being stopped."))
    else:
        messages.info(request, _("It had ended already."))
    return redirect("jobs:health", request.workspace.slug)


def _job(request: MemberRequest, pk: uuid.UUID) -> Job:
    return get_object_or_404(Job, workspace=request.workspace, pk=pk)


def _knows(request: HttpRequest, tag: str) -> bool:
    """Whether the reader has this already; a packed answer has a weak tag."""
    return tag in [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
