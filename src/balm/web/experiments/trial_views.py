"""Pages of experiments: writing one down, starting, reading, stopping."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.communicate import proof
from balm.communicate.figure import Figure, Series, days
from balm.communicate.messages import day as written
from balm.communicate.messages import say
from balm.core.types import Estimate
from balm.core.verdicts import Assumption
from balm.web.customers.selectors import in_all
from balm.web.experiments import advising, trials
from balm.web.experiments.forms import Dressed, printed
from balm.web.experiments.models import Experiment, Reading
from balm.web.experiments.refusals import Refused
from balm.web.people.doors import MemberRequest, door

KINDS = (
    ("share", gettext_lazy("happens or not")),
    ("mean", gettext_lazy("mean of values")),
    ("sum", gettext_lazy("sum of values")),
)
SOURCES = (
    ("outcomes", gettext_lazy("sent by a program")),
    ("score", gettext_lazy("scores of comments after the exposure")),
)
ROWS = 4
LARGEST_RATIO = 1e6


class Terms(Dressed):
    """What is written down before an experiment starts."""

    key = forms.CharField(label=gettext_lazy("Key, as programs name it"), max_length=60)
    title = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    hypothesis = forms.CharField(
        label=gettext_lazy("Hypothesis"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    unit = forms.CharField(label=gettext_lazy("What is assigned"), max_length=40, initial="customer")
    arms = forms.CharField(
        label=gettext_lazy("Arms with their ratio, one a line; the first is the control"),
        widget=forms.Textarea(attrs={"rows": 3}),
        initial="control 1\ntreatment 1",
    )
    traffic = forms.FloatField(label=gettext_lazy("Share that takes part, in percent"), min_value=0, max_value=100)
    planned = forms.IntegerField(
        label=gettext_lazy("Units planned: at so many the daily reading is sharpest"), min_value=2, max_value=10**9
    )


@door("experiment", "change")
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Write an experiment down."""
    sent = request.method == "POST"
    form = Terms(request.POST if sent else None, initial={"traffic": 100, "planned": 10_000})
    metrics = [_metric_row(request, n) for n in range(ROWS)]
    if sent and form.is_valid():
        data = form.cleaned_data
        try:
            made = trials.make(
                request.workspace,
                request.user,
                **{name: data[name] for name in ("key", "title", "hypothesis", "unit", "planned")},
                traffic=data["traffic"] / 100,
                arms=_arms(data["arms"]),
                metrics=[_metric(row) for row in metrics if row["name"]],
            )
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Saved. It gives out arms once it is started."))
            return redirect("experiments:experiment", request.workspace.slug, made.key)
    context = {"form": form, "metrics": metrics, "kinds": KINDS, "sources": SOURCES}
    return render(request, "experiments/new_experiment.html", context, status=400 if sent else 200)


def _metric_row(request: MemberRequest, n: int) -> dict[str, str]:
    names = ("name", "kind", "source", "better", "margin")
    row = {name: printed(request.POST.get(f"metric-{n}-{name}", ""))[:60] for name in names}
    return {"n": str(n), **row}


def _metric(row: dict[str, str]) -> dict[str, Any]:
    margin = row["margin"].replace(",", ".")
    try:
        size = float(margin) if margin else None
    except ValueError:
        raise Refused(_("“%(text)s” is not a number.") % {"text": margin[:40]}) from None
    if size is not None and not 0 < size < 1e12:
        raise Refused(_("The margin of a guardrail is a number above 0."))
    return {
        "name": row["name"],
        "kind": row["kind"] if row["kind"] in trials.KINDS else "share",
        "source": row["source"] if row["source"] in trials.SOURCES else "outcomes",
        "better": "lower" if row["better"] == "lower" else "higher",
        "margin": size,
    }


def _arms(text: str) -> list[dict[str, Any]]:
    """Name and ratio a line; a last word that is no number belongs to the name. Raises Refused."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        name, _space, last = line.strip().rpartition(" ")
        try:
            ratio = float(last) if name else 1.0
        except ValueError:
            name, ratio = line, 1.0
        if not 0 < ratio <= LARGEST_RATIO:
            raise Refused(_("The ratio of an arm is a number above 0, at most 1,000,000."))
        found.append({"name": printed(name or line)[:60], "ratio": ratio})
    return found


@door("experiment", "read")
@require_safe
def one(request: MemberRequest, key: str) -> HttpResponse:
    """Sample ratio first; effects only where it holds."""
    experiment = _experiment(request, key)
    readings = list(Reading.objects.filter(experiment=experiment)[:60])
    data = readings[0].data if readings else {}
    ratio = data.get("sample_ratio")
    held = bool(ratio and ratio["ok"])
    context = {
        "experiment": experiment,
        "reading": readings[0] if readings else None,
        "readings": readings,
        "data": data,
        "ratio": ratio,
        "arms": _sizes(experiment, ratio),
        "held": held,
        "effects": [_effect(e) for e in data.get("effects", ())] if held else [],
        "guards": [_guard(g) for g in data.get("guardrails", ())] if held else [],
        "assumptions": [advising.Weighed(Assumption(**a)) for a in data.get("assumptions", ()) if held or _of_lot(a)],
        "figure": _looks(experiment, data) if held else None,
        "altered": not trials.seal_holds(experiment),
        "units": data.get("counts", {}).get("units", 0),
        "host": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "experiments/experiment.html", context)


def _experiment(request: MemberRequest, key: str) -> Experiment:
    found = trials.of_key(request.workspace, key)
    if found is None:
        raise Http404("no such experiment")
    return found


def _of_lot(assumption: dict[str, Any]) -> bool:
    """Whether it speaks of who was counted, and not of what came of it: that is withheld with a broken ratio."""
    return assumption["name"] in ("sample_ratio", "exposure_logged", "crossed_over", "enough_data")


def _sizes(experiment: Experiment, ratio: Any) -> list[tuple[str, float, int | None, float | None]]:
    """Arm, ratio, units seen, units expected."""
    seen, wanted = (ratio or {}).get("observed", {}), (ratio or {}).get("expected", {})
    return [(a["name"], a["ratio"], seen.get(a["name"]), wanted.get(a["name"])) for a in experiment.arms]


def _effect(e: dict[str, Any]) -> dict[str, Any]:
    """An effect as it is told."""
    kind: Any = "share" if e["kind"] == "share" else "mean"
    made = {name: Estimate(**e[name]) for name in ("effect", "level", "control")}
    return e | {
        "change": proof.difference(made["effect"], kind),
        "level": proof.amount(made["level"], kind),
        "control": proof.amount(made["control"], kind),
    }


def _guard(g: dict[str, Any]) -> dict[str, Any]:
    return g | {"change": proof.difference(Estimate(**g["effect"]), "mean")}


def _looks(experiment: Experiment, data: dict[str, Any]) -> Figure | None:
    """The effect day by day with the interval that holds at every look."""
    looks = data.get("looks", ())
    if len(looks) < 2:
        return None
    when = [dt.date.fromisoformat(look["day"]) for look in looks]
    share = next((e["kind"] for e in data.get("effects", ())), "") == "share"
    values = [_scaled(Estimate(**look["effect"]), 100 if share else 1) for look in looks]
    label = in_all(gettext_noop("Effect, day by day; the interval holds at every look"))
    unit = in_all(gettext_noop("percentage points")) if share else label
    return Figure(
        kind="trend",
        title=label,
        x=tuple(float(days(d)) for d in when),
        ticks=tuple(written(d) for d in when),
        series=(
            Series(
                label,
                tuple(e.value for e in values),
                tuple(e.low for e in values),
                tuple(e.high for e in values),
                tuple(e.n for e in values),
            ),
        ),
        unit="score",
        digits=1 if share else 3,
        x_name=say("col.period"),
        y_name=unit,
    )


def _scaled(e: Estimate, times: int) -> Estimate:
    ends = (None if v is None else v * times for v in (e.value, e.low, e.high))
    return Estimate(*ends, e.n, e.method)


@door("experiment", "change")
@require_POST
def start(request: MemberRequest, key: str) -> HttpResponse:
    return _act(request, key, lambda: trials.start(request.workspace, key, request.user), _("Started."))


@door("experiment", "change")
@require_POST
def stop(request: MemberRequest, key: str) -> HttpResponse:
    reason = request.POST.get("reason", "")
    return _act(request, key, lambda: trials.stop(request.workspace, key, reason, request.user), _("Stopped."))


def _act(request: MemberRequest, key: str, do: Any, said: str) -> HttpResponse:
    _experiment(request, key)
    try:
        do()
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("experiments:experiment", request.workspace.slug, key)
