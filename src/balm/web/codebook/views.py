"""Pages of the codebook that are read: the tree, one theme, versions."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from balm.communicate import figures
from balm.communicate.messages import say
from balm.web.codebook import drafts, restated, selectors, tree, words
from balm.web.codebook.models import Version
from balm.web.painpoints.figures import current
from balm.web.people.doors import MemberRequest, door
from balm.web.site.language import pick

PROPOSALS = 4
"""Proposals that the tree shows before one asks for all."""
VERSIONS = 50


@door("codebook", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Groups and themes with their counts, proposals of discovery on top."""
    workspace, given = request.workspace, request.GET
    snapshot, book = current(workspace), selectors.shown(workspace)
    search = given.get("q", "").replace("\0", "")[:100].strip()
    retired = given.get("all") == "1"
    open_ = selectors.proposals(workspace)
    found = tree.groups(book, snapshot, search=search, retired=retired)
    context = {
        "snapshot": snapshot,
        "groups": found,
        "unfolded": tree.unfolded(found, search=search, named=given.get("group", "")),
        "proposals": open_ if given.get("proposals") == "all" else open_[:PROPOSALS],
        "open": len(open_),
        "search": search,
        "retired": retired,
        "used": len(book.in_use()),
        "hidden": sum(e.state in tree.RETIRED and e.origin != "discovered" for e in book.entries.values()),
        "dismissed": _dismissed(request, book),
        "number": selectors.number(workspace),
        "packs": [pick(pack.labels) for pack in selectors.shown_base(workspace).packs],
    }
    return render(request, "codebook/tree.html", context)


def _dismissed(request: MemberRequest, book: Any) -> list[Any]:
    """Proposals that were put aside, with what they were called as far as it is known."""
    told = selectors.names(request.workspace)
    return [(id_, told.get(id_)) for id_ in sorted(book.dismissed)]


@door("codebook", "read")
@require_safe
def theme(request: MemberRequest, theme: str) -> HttpResponse:
    """One theme: what it is, what codes it, how often, and what was done with it."""
    workspace = request.workspace
    book, snapshot = selectors.shown(workspace), current(workspace)
    entry = book.entries.get(theme)
    if entry is None:
        raise Http404("no such theme")
    names = selectors.names(workspace, book)
    used = entry.state == "in use"
    pain = snapshot.by_theme.get(theme) if snapshot and used else None
    roles = tree.phrases(book, theme) if used else {}
    context: dict[str, Any] = {
        "entry": entry,
        "used": used,
        "snapshot": snapshot,
        "facts": snapshot.theme.get(theme) if snapshot and used else None,
        "pain": pain,
        "trend": _trend(pain),
        "links": _links(request, theme, pain),
        "labels": [(language, words.LANGUAGE_NAMES[language], entry.given.get(language)) for language in entry.labels],
        "definition": [(language, words.LANGUAGE_NAMES[language], text) for language, text in entry.defined.items()],
        "group": names.get(entry.parent) if entry.parent else None,
        "kind": words.KINDS.get(entry.kind, entry.kind),
        "target": words.TARGETS.get(entry.target, entry.target),
        "solvability": say(f"level.{entry.solvability}"),
        "origin": words.ORIGINS.get(entry.origin, entry.origin),
        "roles": [(role, words.ROLES[role], words.ROLE_HELP[role], some) for role, some in roles.items()],
        "merged_in": [e for e in book.family(theme) if e.id != theme] if used else [],
        "became": tree.lineage(book, theme),
        "touches": tree.touches(workspace, theme, names),
        "number": selectors.number(workspace),
        "state": words.STATES.get(entry.state),
        "lacks": [words.LANGUAGE_NAMES[language] for language in entry.lacks],
    }
    return render(request, "codebook/theme.html", context)


def _trend(pain: Any) -> Any:
    made = figures.trend(pain) if pain else None
    return None if made is None or made.empty else made


def _links(request: MemberRequest, theme: str, pain: Any) -> list[str]:
    """Address of the sentences of each point."""
    from balm.web.painpoints.templatetags.pains import address

    if pain is None:
        return []
    starts = [point.start for point in pain.trend.series]
    last = [figures.last_day(start, pain.trend.period) for start in starts]
    return [
        address(request.workspace.slug, theme, **{"from": start, "to": end})
        for start, end in zip(starts, last, strict=True)
    ]


@door("codebook", "read")
@require_safe
def versions(request: MemberRequest) -> HttpResponse:
    """All that was done, newest first; what is still in force can be undone."""
    workspace = request.workspace
    page = Paginator(selectors.versions(workspace), VERSIONS).get_page(request.GET.get("page"))
    names = selectors.names(workspace)
    standing = {version.pk for _, version in selectors.in_force(workspace)}
    rows = [(version, tree.sentence(version, names), tree.undone(version), version.pk in standing) for version in page]
    context = {"page": page, "rows": rows, "number": selectors.number(workspace), "snapshot": current(workspace)}
    return render(request, "codebook/versions.html", context)


def _version(request: MemberRequest, number: int) -> Version:
    found = selectors.versions(request.workspace).filter(number=number)
    return get_object_or_404(found)


@door("codebook", "read")
@require_safe
def version(request: MemberRequest, number: int) -> HttpResponse:
    """One version: what it did, and the trends before and after it."""
    found = _version(request, number)
    workspace = request.workspace
    earlier = selectors.shown_at(workspace, selectors.previous(found))
    names = selectors.names(workspace) | earlier.names
    in_force = found.pk in {one.pk for _, one in selectors.in_force(workspace)}
    context = {
        "version": found,
        "sentence": tree.sentence(found, names),
        "undone": tree.undone(found),
        "in_force": in_force,
        "depends": _depending(request, found, names) if in_force else [],
        "number": selectors.number(workspace),
        **_restated(request, found),
    }
    return render(request, "codebook/version.html", context)


def _depending(request: MemberRequest, found: Version, names: Any) -> list[tuple[str, Version]]:
    return [(words.sentence_of(edit, names), v) for edit, v in drafts.dependents(request.workspace, found.number)]


def _restated(request: MemberRequest, found: Version) -> dict[str, Any]:
    rows = restated.restated(found)
    return {
        "version": found,
        "rows": sorted(rows, key=lambda row: (row.after is None or row.before is None, pick(row.labels))),
        "together": restated.together(found),
        "waiting": found.figures_after is None and current(request.workspace) is not None,
    }


@door("codebook", "read")
@require_safe
def restated_part(request: MemberRequest, number: int) -> HttpResponse:
    """The part of that page which waits for new figures."""
    return render(request, "codebook/parts/restated.html", _restated(request, _version(request, number)))
