"""Pages of pain points: they read and render."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from balm.communicate import figures, numbers
from balm.communicate.messages import say
from balm.prioritize.models import CUSTOMER_IMPACT, VALUE_EFFORT
from balm.web.cases import selectors as cases
from balm.web.experiments import selectors as proof
from balm.web.painpoints import home as first_page
from balm.web.painpoints import models, selectors
from balm.web.painpoints import priorities as ranking
from balm.web.painpoints.figures import Snapshot, current
from balm.web.painpoints.lines import Line, digits, lines
from balm.web.painpoints.templatetags.pains import address
from balm.web.people.doors import MemberRequest, door
from balm.web.plans import selectors as plans

State, Moscow = models.PainPoint.State, models.PainPoint.Moscow


def _found(request: MemberRequest) -> tuple[Snapshot | None, list[Line]]:
    snapshot = current(request.workspace)
    return snapshot, lines(request.workspace, snapshot) if snapshot else []


@door("painpoint", "read")
@require_safe
def home(request: MemberRequest) -> HttpResponse:
    """What hurts, how sure, who has it, what is done, did it work: one table, and what changed."""
    snapshot, found = _found(request)
    context: dict[str, Any] = {"snapshot": snapshot}
    if snapshot:
        open_ = [line for line in found if line.row.state != State.ARCHIVED]
        first, proposed = first_page.split(open_)
        context |= {
            "lines": first,
            "proposed": proposed,
            "all": len(open_),
            "digits": digits(found),
            "dials": first_page.dials(snapshot),
            "changes": first_page.changes(request.workspace, snapshot, found),
            "notes": first_page.notes(snapshot),
            "period": first_page.period(snapshot),
            "unclear": _unclear(open_),
            "rejected": sum(snapshot.overview.rejected.values()),
            "plans": plans.of_pains(request.workspace),
            "proofs": proof.of_pains(request.workspace),
        }
    return render(request, "painpoints/home.html", context)


def _unclear(found: list[Line]) -> bool:
    """Whether the severity of most of the first cannot be told from none: then the order mostly follows reach."""
    first = found[:10]
    return 2 * sum(line.unclear or line.pain.severity.value is None for line in first) > len(first)


@door("painpoint", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """The list with filters, sorting and saved views."""
    snapshot, found = _found(request)
    filters = selectors.Filters.read(request.GET)
    kept = selectors.chosen(found, filters, request.user)
    page = Paginator(kept, selectors.PAGE).get_page(request.GET.get("page"))
    context = {
        "snapshot": snapshot,
        "period": first_page.period(snapshot) if snapshot else None,
        "filters": filters,
        "page": page,
        "all": len(found),
        "archived": sum(line.row.state == State.ARCHIVED for line in found),
        "digits": digits(found),
        "people": selectors.people(request.workspace),
        "teams": selectors.teams(request.workspace),
        "views": selectors.views(request.workspace, request.user),
        "states": State.choices,
        "moscow": Moscow.choices,
        "kinds": [(k, say(f"kind.{k}")) for k in ("process", "product", "communication", "relationship", "emotion")],
        "targets": [(t, say(f"target.{t}")) for t in ("person", "process", "policy", "product", "promise")],
        "levels": [(name, say(f"level.{name}")) for name in ("high", "medium", "low")],
    }
    return render(request, "painpoints/list.html", context)


@door("painpoint", "read")
@require_safe
def one(request: MemberRequest, theme: str) -> HttpResponse:
    """All that is known and decided about one pain point, also about one that nobody mentions any more."""
    snapshot, found = _found(request)
    row = selectors.row_of(request.workspace, theme)
    line = next((line for line in found if line.theme_id == theme), None)
    if row is None or snapshot is None:
        raise Http404("no such pain point")
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "row": row,
        "line": line,
        "labels": snapshot.labels(theme),
        "theme": snapshot.theme.get(theme),
        "activities": selectors.activities(row),
        "codebook": selectors.codebook_changes(request.workspace, theme),
        "history": selectors.history(request.workspace, theme),
        "digits": digits(found),
        "votes": ranking.votes(request.workspace).get(row.pk),
        "my_vote": ranking.my_votes(request.workspace, request.user).get(row.pk),
        "judged": ranking.judgements([row]),
        "people": selectors.people(request.workspace),
        "teams": selectors.teams(request.workspace),
        "moscow": Moscow.choices,
        "plans": plans.of_pain(request.workspace, theme),
        "proofs": proof.of_pain(request.workspace, theme),
        "cases": cases.of_pain(request.workspace, theme) if request.can["case"]["read"] else None,
    }
    if line:
        context |= _shown(request, snapshot, line, [x.pain for x in found])
    return render(request, "painpoints/one.html", context | _choices(row))


def _shown(request: MemberRequest, snapshot: Snapshot, line: Line, pains: list[Any]) -> dict[str, Any]:
    """Charts of one pain point, each point of which opens its sentences."""
    slug, pain = request.workspace.slug, line.pain
    trend = figures.trend(pain)
    top = max((p.impact.high or p.impact.value or 0.0 for p in pains), default=0.0) or 1.0
    title = say("figure.impact", theme=pain.labels)
    emotions, targets = selectors.bars(line, "emotions"), selectors.bars(line, "targets")
    person, clear = selectors.person_share(line)
    starts = [p.start for p in pain.trend.series]
    links = [
        address(slug, pain.theme_id, **{"from": start, "to": figures.last_day(start, pain.trend.period)})
        for start in starts
    ]
    return {
        "trend": None if trend.empty else trend,
        "trend_links": links,
        "steps": [figures.describe(c) for c in line.steps],
        "interval": figures.interval(title, pain.impact, top, digits_of(pains)["impact"]),
        "emotions": emotions,
        "emotion_links": _links(slug, line, "emotion", emotions),
        "targets": targets,
        "target_links": _links(slug, line, "target", targets),
        "person": person,
        "clear": clear,
        "models": [(model, pain.priority[model]) for model in ranking.MODELS if model in pain.priority],
        "summary": _summary(line),
    }


def digits_of(pains: list[Any]) -> dict[str, int]:
    return figures.digits(pains[:40])


def _links(slug: str, line: Line, name: str, bars: selectors.Bars | None) -> list[str]:
    return [address(slug, line.theme_id, **{name: key}) for key, _, _ in bars.rows] if bars else []


def _summary(line: Line) -> dict[str, str]:
    return say(
        "pain.summary" if line.pain.trend.series else "pain.summary_undated",
        reach=numbers.estimate(line.pain.reach),
        impact=numbers.estimate(numbers.impact(line.pain.impact), "score", 1),
        trend=line.direction,
    )


def _choices(row: models.PainPoint) -> dict[str, Any]:
    return {
        "levels": [(name, say(f"level.{name}")) for name in ("high", "medium", "low")],
        "archived": row.state == State.ARCHIVED,
    }


@door("priority", "read")
@require_safe
def judge(request: MemberRequest, theme: str) -> HttpResponse:
    """Level and effort of one pain point: computed, judged, with the forms that change them."""
    _, found = _found(request)
    line = next((line for line in found if line.theme_id == theme), None)
    if line is None:
        raise Http404("no such pain point")
    judged = ranking.judgements([line.row])
    context = {"line": line, "row": line.row, "judged": judged, "next": request.GET.get("next", "")}
    return render(request, "painpoints/judge.html", context | _choices(line.row))


@door("priority", "read")
@require_safe
def priorities(request: MemberRequest) -> HttpResponse:
    """Both models side by side, the picture, the board, and votes."""
    snapshot, found = _found(request)
    open_ = [line for line in found if line.row.state != State.ARCHIVED]
    page = Paginator(open_, ranking.SHOWN).get_page(request.GET.get("page"))
    first, last = (page.number - 1) * ranking.SHOWN, page.number * ranking.SHOWN
    tables = {model: ranking.ranked(open_, model) for model in (CUSTOMER_IMPACT, VALUE_EFFORT)}
    figure, drawn = ranking.bubble(open_) if snapshot else (None, [])
    context = {
        "snapshot": snapshot,
        "period": first_page.period(snapshot) if snapshot else None,
        "by_impact": ranking.brackets(tables[CUSTOMER_IMPACT][first:last]),
        "by_effort": ranking.brackets(tables[VALUE_EFFORT][first:last]),
        "count": len(open_),
        "page": page,
        "figure": figure,
        "links": [address(request.workspace.slug, line.theme_id) for line in drawn],
        "board": ranking.board(found),
        "votes": ranking.votes(request.workspace),
        "my_votes": ranking.my_votes(request.workspace, request.user),
        "judged": ranking.judgements([line.row for line in open_]),
        "steps": [(step, f"arrow-{step}") for step in ("left", "right", "up", "down")],
        "any_effort": any(line.effort and not line.effort.top_k for line in open_),
        "moscow": Moscow.choices,
        "digits": digits(found),
    }
    return render(request, "painpoints/priorities.html", context)
