"""The page of measurements: what there is, and a file of more."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Max, Min
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from balm.web.experiments import files, forms, measuring
from balm.web.experiments.models import Series
from balm.web.experiments.refusals import Refused
from balm.web.people.doors import MemberRequest, door


@csrf_exempt  # `takes_file` checks the token
@door("check", "change")
@require_http_methods(["GET", "POST"])
@files.takes_file
def index(request: MemberRequest) -> HttpResponse:
    """Series with their reach; a file adds rows."""
    form = forms.SeriesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rows = measuring.rows_of(files.text_of(data["file"]))
            kinds = {"kind": data["kind"], "better": data["better"]}
            series, n = measuring.keep(request.workspace, data["name"], rows, by=request.user, **kinds)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("%(n)s rows of “%(name)s” are kept.") % {"n": f"{n:,}", "name": series.name})
            return redirect("experiments:measurements", request.workspace.slug)
    found = Series.objects.filter(workspace=request.workspace).annotate(
        n=Count("rows"), units=Count("rows__unit", distinct=True), first=Min("rows__day"), last=Max("rows__day")
    )
    status = 400 if request.method == "POST" else 200
    return render(request, "experiments/measurements.html", {"form": form, "found": found}, status=status)
