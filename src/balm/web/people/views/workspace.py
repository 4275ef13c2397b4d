"""Settings of a workspace: general, keys, audit log."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.web.people import actions, forms, selectors, services
from balm.web.people.doors import MemberRequest, door
from balm.web.people.models import ApiKey

PER_PAGE = 50


@door("workspace", "manage")
@require_http_methods(["GET", "POST"])
def general(request: MemberRequest) -> HttpResponse:
    """Name and codebook packs."""
    form = forms.General(request.POST or None, initial=forms.general_initial(request.workspace))
    if request.method == "POST" and form.is_valid():
        other = services.set_workspace(
            request.workspace, request.user, name=form.cleaned_data["name"], codebook=form.codebook
        )
        said = _("Saved. New figures with these packs are being computed.") if other else _("Saved.")
        messages.success(request, said)
        return redirect("people:general", request.workspace.slug)
    status = 400 if request.method == "POST" else 200
    return render(request, "people/general.html", {"form": form, "tab": "general"}, status=status)


@door("key", "manage")
@never_cache
@require_http_methods(["GET", "POST"])
def keys(request: MemberRequest) -> HttpResponse:
    """Keys for programs; a new one is shown once."""
    form = forms.Key(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made, whole = services.make_key(request.workspace, request.user, scope=data["scope"], name=data["name"])
        return render(request, "people/key_made.html", {"key": made, "whole": whole, "tab": "keys"})
    context = {"form": form, "keys": selectors.keys(request.workspace), "tab": "keys"}
    return render(request, "people/keys.html", context, status=400 if request.method == "POST" else 200)


@door("key", "manage")
@require_POST
def key_revoke(request: MemberRequest, pk: int) -> HttpResponse:
    """Switch a key off for good."""
    try:
        services.revoke_key(request.workspace, request.user, pk)
    except ApiKey.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The key does not work any more."))
    return redirect("people:keys", request.workspace.slug)


def _filtered(request: MemberRequest) -> tuple[forms.AuditFilter, Any]:
    form = forms.AuditFilter(request.GET or None, actions=selectors.actions(request.workspace))
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    wanted = {name: chosen.get(name) or None for name in ("since", "until")}
    return form, selectors.audit(
        request.workspace, actor=chosen.get("actor", ""), action=chosen.get("action", ""), **wanted
    )


@door("audit", "read")
@require_safe
def audit(request: MemberRequest) -> HttpResponse:
    """Who did what, when."""
    from balm.web.codebook.selectors import names

    form, rows = _filtered(request)
    page = Paginator(rows.select_related(None), PER_PAGE).get_page(request.GET.get("page"))
    told = names(request.workspace)
    rows = [(row, actions.named(row.action), actions.target(row, told)) for row in page]
    context = {"form": form, "page": page, "rows": rows, "tab": "audit", "query": request.GET.urlencode()}
    return render(request, "people/audit.html", context)


class _Echo:
    def write(self, text: str) -> str:
        return text


@door("audit", "read")
@require_safe
def audit_csv(request: MemberRequest) -> StreamingHttpResponse:
    """The same rows as a file."""
    _form, rows = _filtered(request)
    writer: Any = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"  # so that Excel reads it as UTF-8
        for row in selectors.audit_rows(rows):
            yield writer.writerow(row)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{request.workspace.slug}.csv"'
    return response
