"""Pages of checks that are read: the list, one check, one look, the ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from balm.communicate import proof
from balm.core.errors import BalmError
from balm.core.verdicts import Assumption, Verdict
from balm.mitigate import check as machine
from balm.web.experiments import advising, judging, ledgers, selectors, services, told, trials, voice
from balm.web.experiments.models import Check, VerdictRow
from balm.web.jobs.models import Job
from balm.web.painpoints.figures import current
from balm.web.people.doors import MemberRequest, door

State = Check.State

GROUPS = (
    ("judged", (State.JUDGED,)),
    ("under way", (State.DUE, State.RUNNING, State.REGISTERED)),
    ("drafts", (State.DRAFT,)),
    ("withdrawn", (State.VOID,)),
)


@door("check", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Checks by state, with verdicts, and experiments."""
    snapshot = current(request.workspace)
    found = selectors.all_lines(request.workspace)
    groups = [(name, [one for one in found if one.state in states]) for name, states in GROUPS]
    context = {
        "snapshot": snapshot,
        "groups": [(name, some) for name, some in groups if some],
        "any": bool(found),
        "regressed": [one for one in found if one.regressed],
        "experiments": trials.lines(request.workspace),
    }
    return render(request, "experiments/list.html", context)


@door("check", "read")
@require_safe
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """One check: what was registered, what was found, and what it stands on."""
    check = _check(request, pk)
    rows = selectors.verdicts(check)
    newest = next((row for row in rows if not row.interim), None)
    said = voice.of(check)
    context = _frame(request, check) | {
        "rows": rows,
        "row": newest,
        "line": told.line(check, newest),
        "changes": selectors.changes(check),
        "looks": [advising.Looked(check, look) for look in selectors.looks(check)],
        "said": said,
        "voice": Assumption("voice", _heard(said), {"asked": said.asked, "answered": said.answered}),
        "disagree": _disagree(check, said),
        "can_close": check.outcome == "gone" and not check.resolved and said.word != "disagrees",
        "reading_now": Job.objects.filter(
            workspace=request.workspace,
            kind=judging.JUDGE,
            payload__check=check.pk,
            state__in=(Job.State.WAITING, Job.State.RUNNING),
        ).exists(),
    }
    if newest is not None:
        context |= _found(request, check, newest)
        context["assumptions"].append(advising.Weighed(context["voice"]))  # answers come after the verdict
    elif check.state in (State.DRAFT, State.REGISTERED) and not context["altered"]:
        context |= _advice(check)
    return render(request, "experiments/check.html", context)


@door("check", "read")
@require_safe
def verdict(request: MemberRequest, pk: int, row: int) -> HttpResponse:
    """One earlier look, as it was."""
    check = _check(request, pk)
    found = VerdictRow.objects.filter(check_of=check, pk=row).first()
    if found is None:
        raise Http404("no such look")
    context = _frame(request, check) | {"row": found, "line": told.line(check, found)} | _found(request, check, found)
    return render(request, "experiments/verdict.html", context)


@door("check", "read")
@require_safe
def ledger(request: MemberRequest) -> HttpResponse:
    """What fixes cost and what their checks found, each effect counted once."""
    context = {"ledger": ledgers.of(request.workspace), "snapshot": current(request.workspace)}
    return render(request, "experiments/ledger.html", context)


def _check(request: MemberRequest, pk: int) -> Check:
    check = selectors.check_of(request.workspace, pk)
    if check is None:
        raise Http404("no such check")
    return check


def _frame(request: MemberRequest, check: Check) -> dict[str, Any]:
    snapshot = current(request.workspace)
    last = judging.last_day(check)
    return {
        "snapshot": snapshot,
        "check": check,
        "pains": [(theme, snapshot.labels(theme)) for theme in check.themes] if snapshot else [],
        "facts": advising.facts(check),
        "altered": services.broken(check),
        "sealed": services.sealed(check),
        "last_day": last,
        "left": _left(check, last),
        "plan_url": _plan_url(request, check),
        "allowed": machine.allowed(check.state),
        "start_over": check.starts is not None and check.starts <= services.today(),
    }


def _plan_url(request: MemberRequest, check: Check) -> str:
    if check.plan is None:
        return ""
    try:
        return reverse("plans:one", args=[request.workspace.slug, check.plan])
    except NoReverseMatch:
        return ""


def _left(check: Check, last: dt.date | None) -> int:
    """Days that the data still lack until the last day that counts."""
    return max((check.ends - last).days, 0) if check.ends and last else 0


def _heard(said: voice.Said) -> bool | None:
    return {"agrees": True, "disagrees": False}.get(said.word)


def _disagree(check: Check, said: voice.Said) -> str:
    """Where behaviour and voice contradict each other: which of them says that it is better."""
    if check.outcome in ("gone", "reduced") and said.word == "disagrees":
        return "behaviour"
    if check.outcome in ("unchanged", "worse") and said.word == "agrees":
        return "voice"
    return ""


def _found(request: MemberRequest, check: Check, row: VerdictRow) -> dict[str, Any]:
    verdict = told.verdict_of(row)
    asked = told.registered_of(row)
    reading = verdict.reading
    figure = told.picture(row)
    return {
        "verdict": verdict,
        "reading": reading,
        "sentence": told.sentence(row),
        "figure": figure,
        "figure_links": _links(request, check, verdict) if figure else [],
        "numbers": advising.numbers(row, verdict),
        "sizes": advising.sizes(request.workspace.slug, check, row, verdict),
        "assumptions": [advising.Weighed(a, a.name in verdict.because) for a in verdict.assumptions],
        "because": verdict.because,
        "compares": proof.compares(asked.design.value),
        "design": proof.design(asked.design.value),
    }


def _links(request: MemberRequest, check: Check, verdict: Verdict) -> list[str]:
    """Addresses of the sentences of each period, among the exposed."""
    spec = check.spec
    if spec.get("metric") != "mentions" or spec.get("known") == "list" or not verdict.reading:
        return []
    base = reverse("feedback:list", args=[request.workspace.slug])
    step = int(spec.get("step") or 7)
    fixed = [("theme", theme) for theme in check.themes] + [("sentiment", "negative")]
    fixed += [(f"by:{spec.get('by')}", unit) for unit in list(spec.get("exposed", {}))[:30]]
    return [
        f"{base}?{urlencode([*fixed, ('from', str(p.start)), ('to', str(p.start + dt.timedelta(days=step - 1)))])}"
        for p in verdict.reading.path
    ]


def _advice(check: Check) -> dict[str, Any]:
    """What the data allow; empty where they cannot be read."""
    try:
        found = advising.advice(check)
    except BalmError as error:
        return {"advice_problem": str(error)}
    return {"advice": found}
