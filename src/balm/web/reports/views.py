"""Pages and files of reports: they read and render."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from balm.communicate import figures
from balm.core.types import LANGUAGES
from balm.web.experiments.models import Check
from balm.web.painpoints.lines import lines
from balm.web.painpoints.selectors import row_of
from balm.web.people.doors import MemberRequest, door
from balm.web.people.models import Workspace
from balm.web.reports import files, services
from balm.web.reports import said as telling_customers
from balm.web.reports import story as telling
from balm.web.reports.deck import doing
from balm.web.reports.deck_proof import worked
from balm.web.reports.models import Said
from balm.web.reports.reading import Meeting, Month
from balm.web.site.language import current

EXECUTIVE, VERDICTS, LATE = 5, 3, 3
"""Pain points, verdicts and late tasks on the one printed page."""


def _meeting(request: MemberRequest) -> Meeting:
    month = Month.read(request.GET.get("month", ""), timezone.localdate())
    return Meeting.of(request.workspace, month)


def _language(request: MemberRequest) -> str:
    said = request.GET.get("language", "")
    return said if said in LANGUAGES else current()


@door("report", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """What can be taken to a meeting, and for which month."""
    meeting = _meeting(request)
    context = {
        "meeting": meeting,
        "months": Month.read("", timezone.localdate()).around(),
        "language": _language(request),
        "languages": [("zh-Hans", "简体中文"), ("zh-Hant", "繁體中文"), ("en", "English")],
        "said": telling_customers.page_of(request.workspace),
    }
    return render(request, "reports/list.html", context)


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@door("report", "read")
@require_safe
def slides(request: MemberRequest) -> HttpResponse:
    """The slides of the meeting."""
    meeting = _meeting(request)
    data = files.presentation(meeting, _language(request))
    return _file(data, files.PPTX, f"balm-{request.workspace.slug}-{meeting.month.code}.pptx")


@door("report", "read")
@require_safe
def sheets(request: MemberRequest) -> HttpResponse:
    """The same figures as a workbook."""
    meeting = _meeting(request)
    data = files.book(meeting, _language(request))
    return _file(data, files.XLSX, f"balm-{request.workspace.slug}-{meeting.month.code}.xlsx")


@door("report", "read")
@require_safe
def table(request: MemberRequest) -> HttpResponse:
    """The pain points as CSV."""
    meeting = _meeting(request)
    data = files.table(meeting, _language(request))
    return _file(data, "text/csv; charset=utf-8", f"balm-{request.workspace.slug}-pain-points.csv")


@door("report", "read")
@require_safe
def executive(request: MemberRequest) -> HttpResponse:
    """One printed page."""
    meeting = _meeting(request)
    shown = meeting.lines[:EXECUTIVE]
    rows = [(line, doing(meeting, line), meeting.proof_of(line.theme_id)) for line in shown]
    told = [(line, what, proof, worked(proof)) for line, what, proof in rows]
    undone = [line for line, _what, _proof in rows if not meeting.plans_of(line.theme_id)]
    unproved = [line for line, _what, proof in rows if meeting.plans_of(line.theme_id) and proof is None]
    late = [line for line in meeting.agenda if line.late]
    context = {
        "meeting": meeting,
        "snapshot": meeting.snapshot,
        "rows": told,
        "undone": undone,
        "unproved": unproved,
        "late": late[:LATE],
        "more_late": len(late) - LATE if len(late) > LATE else 0,
        "verdicts": [(proof, worked(proof)) for proof in meeting.verdicts[:VERDICTS]],
    }
    return render(request, "reports/executive.html", context)


@door("report", "read")
@require_safe
def month(request: MemberRequest) -> HttpResponse:
    """The plan of the month: who does what by when."""
    meeting = _meeting(request)
    months = meeting.month.around(2, 2)
    return render(request, "reports/month.html", {"meeting": meeting, "months": months})


@door("report", "read")
@require_safe
def story(request: MemberRequest, theme: str) -> HttpResponse:
    """The story of a pain point."""
    meeting = _meeting(request)
    row = row_of(request.workspace, theme)
    if row is None or meeting.snapshot is None:
        raise Http404("no such pain point")
    line = next((one for one in lines(request.workspace, meeting.snapshot) if one.theme_id == theme), None)
    context: dict[str, Any] = {
        "meeting": meeting,
        "snapshot": meeting.snapshot,
        "row": row,
        "line": line,
        "labels": meeting.snapshot.labels(theme),
    }
    if line:
        proof = meeting.proof_of(theme)
        context |= {
            "trend": figures.trend(line.pain),
            "way": telling.way(request.workspace, meeting.snapshot, theme),
            "quotes": telling.chosen(line.pain.quotes),
            "doing": meeting.plans_of(theme),
            "proof": proof,
            "worked": worked(proof),
            "digits": figures.digits([line.pain]),
        }
    return render(request, "reports/story.html", context)


@door("report", "read")
@require_safe
def said(request: MemberRequest) -> HttpResponse:
    """What customers are told."""
    context = {
        "page": telling_customers.page_of(request.workspace),
        "candidates": telling_customers.candidates(request.workspace),
        "address": request.build_absolute_uri(f"/said/{request.workspace.slug}/"),
    }
    return render(request, "reports/said.html", context)


def _told(request: MemberRequest, what: Any) -> HttpResponse:
    try:
        what()
    except services.Refused as error:
        messages.error(request, str(error))
    return redirect("reports:said", request.workspace.slug)


@door("report", "publish")
@require_POST
def said_page(request: MemberRequest) -> HttpResponse:
    """Open or close the page for customers."""
    on, firm = request.POST.get("open") == "1", request.POST.get("firm", "")
    return _told(request, lambda: services.open_page(request.workspace, on=on, firm=firm, by=request.user))


@door("report", "publish")
def said_write(request: MemberRequest, check: int) -> HttpResponse:
    """Write an entry."""
    found = Check.objects.filter(workspace=request.workspace, pk=check).first()
    if found is None:
        raise Http404("no such check")
    entry = Said.objects.filter(check_of=found).first()
    texts: dict[str, dict[str, str]] = dict(entry.texts) if entry else {}
    if request.method == "POST":
        names = ("said", "did")
        texts = {code: {name: request.POST.get(f"{name}-{code}", "") for name in names} for code in LANGUAGES}
        try:
            services.write(request.workspace, check, texts, request.user)
        except services.Refused as error:
            messages.error(request, str(error))
        else:
            return redirect("reports:said", request.workspace.slug)
    fields = [(code, name, texts.get(code, {})) for code, name in _LANGUAGES]
    return render(request, "reports/said_write.html", {"check": found, "fields": fields, "longest": services.LONGEST})


_LANGUAGES = (("zh-Hans", "简体中文"), ("zh-Hant", "繁體中文"), ("en", "English"))


@door("report", "publish")
@require_POST
def said_publish(request: MemberRequest, pk: int) -> HttpResponse:
    """Put an entry on the page, or take it off."""
    on = request.POST.get("on") == "1"
    return _told(request, lambda: services.publish(request.workspace, pk, request.user, on=on))


@require_safe
def public(request: HttpRequest, slug: str) -> HttpResponse:
    """What customers see: only what a verdict proved. Without it, the address is not there."""
    workspace = Workspace.objects.filter(slug=slug, said_page__open=True).first()
    if workspace is None:
        raise Http404("no such page")
    page = telling_customers.page_of(workspace)
    context = {"firm": page.firm or workspace.name, "entries": telling_customers.shown(workspace)}
    return render(request, "reports/public.html", context)
