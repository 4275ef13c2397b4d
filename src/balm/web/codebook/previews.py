"""Looking at an edit before it is made, making it, and what to do when somebody else was quicker."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from balm.core.stats import proportion
from balm.understand.codebook.edits import Edit, edit_from_json
from balm.understand.codebook.refusal import EditRefused
from balm.web.codebook import drafts, looking, selectors, services, tree, words
from balm.web.codebook.models import Draft, Version
from balm.web.jobs.models import Job
from balm.web.painpoints.figures import current
from balm.web.people.doors import MemberRequest, door

CONFLICT = 409


def written(request: MemberRequest) -> dict[str, Any]:
    """Where a form stands and what was typed into it, to bring it back later."""
    left_out = ("csrfmiddlewaretoken", "seen")
    data = {
        key.replace("\0", ""): [value.replace("\0", "") for value in request.POST.getlist(key)]
        for key in request.POST
        if key not in left_out
    }
    return {"path": request.path, "data": data}


def seen(request: MemberRequest) -> int:
    """Number of the version that the form was made for."""
    given = request.POST.get("seen", "")
    return int(given) if given.isdecimal() and len(given) < 9 else selectors.number(request.workspace)


def go(
    request: MemberRequest, what: Edit | int, back: str, *, form: bool = False, also: Edit | None = None
) -> HttpResponse:
    """Make an edit (or undo that of version `what`) at once where nothing would be coded in another way, else show what
    would. `back`: where to go afterwards; `form`: whether the address is that of a form; `also`: an edit that recodes
    nothing and is made with it. Raises EditRefused."""
    workspace = request.workspace
    change = drafts.undo_of(workspace, what) if isinstance(what, int) else drafts.change_of(workspace, what)
    kept = {"back": back, **(written(request) if form else {})}
    if also is not None:
        drafts.change_of(workspace, also)
        kept["also"] = also.to_json()
    if change.recodes or also is not None:
        draft = drafts.begin(workspace, request.user, what, kept)
        return redirect("codebook:preview", workspace.slug, draft.pk)
    at = seen(request)
    try:
        if isinstance(what, int):
            version = services.undo_version(workspace, request.user, what, seen=at)
        else:
            version = services.change(workspace, request.user, what, seen=at)
    except services.EditedMeanwhile:
        draft = drafts.begin(workspace, request.user, what, kept)
        return _meanwhile(request, draft, at)
    messages.success(request, _done(version))
    return HttpResponseRedirect(back)


def _done(version: Version) -> str:
    names = selectors.names(version.workspace)
    return _("%(what)s. This is version %(number)s of the codebook.") % {
        "what": told(version, names),
        "number": version.number,
    }


def told(version: Version, names: Any) -> str:
    """What a version did, and whether by taking an edit back."""
    sentence = tree.sentence(version, names)
    return _("Undone: %(what)s") % {"what": sentence} if tree.undone(version) else sentence


def _draft(request: MemberRequest, pk: int) -> Draft:
    mine = Draft.objects.filter(workspace=request.workspace)
    return get_object_or_404(mine.select_related("workspace", "by"), pk=pk)


def _sentence(draft: Draft) -> str:
    sentence = words.sentence_of(edit_from_json(draft.edit), selectors.names(draft.workspace))
    return _("Undo: %(what)s") % {"what": sentence} if draft.undo else sentence


def _form_url(request: MemberRequest, draft: Draft) -> str:
    """The form it was written in, filled again."""
    path = draft.form.get("path", "")
    return f"{path}?{urlencode({'draft': draft.pk})}" if path else ""


@door("codebook", "change")
@require_safe
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """What an edit would change."""
    return render(request, "codebook/preview.html", _context(request, _draft(request, pk)))


def _context(request: MemberRequest, draft: Draft) -> dict[str, Any]:
    context: dict[str, Any] = {
        "draft": draft,
        "sentence": _sentence(draft),
        "form_url": _form_url(request, draft),
        "stale": draft.made is None and draft.seen != selectors.number(request.workspace),
        "snapshot": current(request.workspace),
    }
    if draft.state == Draft.State.DONE:
        context |= _looked(request, draft)
    elif draft.job:
        context["job"] = Job.objects.filter(workspace=request.workspace, pk=draft.job).first()
    return context


def _looked(request: MemberRequest, draft: Draft) -> dict[str, Any]:
    look, names = looking.Look(**draft.result), selectors.names(request.workspace)
    try:
        # names that the edit itself would bring
        change = drafts.undo_of(request.workspace, draft.undo) if draft.undo else None
        book = change.edited if change else services.check(request.workspace, edit_from_json(draft.edit))
        names = book.names | names
    except EditRefused:
        pass  # somebody else changed the codebook: applying says so
    return {
        "look": look,
        "share": proportion(look.comments or 0, look.looked) if look.sampled else None,
        "moves": [{**move, "was": names.get(move["from"]), "now": names.get(move["to"])} for move in look.moves],
        "pairs": [(names.get(id_) or {"en": id_}, pair, id_) for id_, pair in look.counts.items()],
    }


@door("codebook", "change")
@require_safe
def progress(request: MemberRequest, pk: int) -> HttpResponse:
    """The part of the page that waits for the preview; once it is there, the page is loaded anew."""
    draft = _draft(request, pk)
    answer = render(request, "codebook/parts/looking.html", _context(request, draft))
    if draft.state != Draft.State.WAITING:
        answer["HX-Refresh"] = "true"
    return answer


@door("codebook", "change")
@require_POST
def apply(request: MemberRequest, pk: int) -> HttpResponse:
    """Make the edit that was looked at."""
    draft = _draft(request, pk)
    if draft.state == Draft.State.WAITING:
        messages.info(request, _("The preview is not there yet."))
        return redirect("codebook:preview", request.workspace.slug, pk)
    try:
        version = drafts.make(draft, request.user, request.POST.get("note", "").replace("\0", "").strip())
    except services.EditedMeanwhile:
        return _again(request, draft)
    except EditRefused as error:
        return _refused(request, draft, error)
    messages.success(request, _done(version))
    return redirect("codebook:version", request.workspace.slug, version.number)


@door("codebook", "change")
@require_POST
def again(request: MemberRequest, pk: int) -> HttpResponse:
    """Look at it once more, with the codebook as it is now."""
    draft = _draft(request, pk)
    try:
        drafts.again(draft)
    except EditRefused as error:
        return _refused(request, draft, error)
    return redirect("codebook:preview", request.workspace.slug, pk)


def _again(request: MemberRequest, draft: Draft) -> HttpResponse:
    at = draft.seen
    try:
        drafts.again(draft)
    except EditRefused as error:
        return _refused(request, draft, error)
    return _meanwhile(request, draft, at)


def _meanwhile(request: MemberRequest, draft: Draft, at: int) -> HttpResponse:
    """The codebook was changed since; the edit is kept, and stands with the codebook as it is now."""
    names = selectors.names(request.workspace)
    since = selectors.versions(request.workspace).filter(number__gt=at)
    context = {
        "draft": draft,
        "sentence": _sentence(draft),
        "since": [(version, told(version, names)) for version in since],
        "form_url": _form_url(request, draft),
    }
    return render(request, "codebook/meanwhile.html", context, status=CONFLICT)


def _refused(request: MemberRequest, draft: Draft, error: EditRefused) -> HttpResponse:
    context = {
        "draft": draft,
        "sentence": _sentence(draft),
        "error": words.refusal(error, request.workspace),
        "form_url": _form_url(request, draft),
        "depends": _depends(request, draft),
    }
    return render(request, "codebook/meanwhile.html", context, status=CONFLICT)


def _depends(request: MemberRequest, draft: Draft) -> list[tuple[str, Version]]:
    if not draft.undo:
        return []
    names = selectors.names(request.workspace)
    return [(words.sentence_of(edit, names), v) for edit, v in drafts.dependents(request.workspace, draft.undo)]


@door("codebook", "change")
@require_POST
def discard(request: MemberRequest, pk: int) -> HttpResponse:
    """Do not make it."""
    draft = _draft(request, pk)
    back = draft.form.get("back", "") or reverse("codebook:tree", args=[request.workspace.slug])
    if draft.made is None:
        draft.delete()
    return HttpResponseRedirect(back)


@door("codebook", "change")
@require_POST
def undo(request: MemberRequest, number: int) -> HttpResponse:
    """Take back the edit that a version made; what it would recode is shown first."""
    slug = request.workspace.slug
    get_object_or_404(Version, workspace=request.workspace, number=number)
    try:
        return go(request, number, reverse("codebook:versions", args=[slug]))
    except EditRefused:
        depends = drafts.dependents(request.workspace, number)
        if depends:
            text = _("This edit cannot be taken back yet: later edits rest on it. They are named below.")
        else:
            text = _("This edit is not in force any more.")
        messages.error(request, text)
    return redirect("codebook:version", slug, number)
