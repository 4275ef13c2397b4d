"""Forms that change one theme, a group, or what discovery proposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from balm.understand.codebook import edits as made
from balm.understand.codebook.edits import Edit
from balm.understand.codebook.entries import Entry
from balm.understand.codebook.refusal import EditRefused
from balm.web.codebook import forms, selectors, words
from balm.web.codebook.models import Draft
from balm.web.codebook.previews import go
from balm.web.people.doors import MemberRequest, door

Made = Callable[[Any], Edit]


def typed(request: MemberRequest) -> QueryDict | None:
    """What was typed into this form before: sent now, or kept with a draft that the address names."""
    if request.method == "POST":
        return request.POST
    pk = request.GET.get("draft", "")
    if not pk.isdecimal() or len(pk) > 15:
        return None
    draft = Draft.objects.filter(workspace=request.workspace, pk=int(pk)).first()
    if draft is None:
        return None
    found = QueryDict(mutable=True)
    for key, values in draft.form.get("data", {}).items():
        found.setlist(key, values)
    return found


def dressed(request: MemberRequest, form: type[forms.Dressed], **options: Any) -> Any:
    """A form of this codebook, with what was typed before."""
    book = selectors.shown(request.workspace)
    names = words.names_in(selectors.names(request.workspace, book))
    return form(typed(request), book=book, names=names, **options)


def answer(request: MemberRequest, form: Any, make: Made, back: str, *, page: str = "", **context: Any) -> HttpResponse:
    """Show the form; when it was sent, make the edit, or say in it why it cannot stand."""
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return go(request, make(form), back, form=True)
            except EditRefused as error:
                form.add_error(None, words.refusal(error, request.workspace))
    context |= {"form": form, "back": back, "number": selectors.number(request.workspace)}
    return render(request, page or "codebook/form.html", context, status=status)


def entry_of(request: MemberRequest, theme: str) -> Entry:
    """The theme that an address names. Raises Http404."""
    found = selectors.shown(request.workspace).entries.get(theme)
    if found is None:
        raise Http404("no such theme")
    return found


def _page(request: MemberRequest, theme: str) -> str:
    return reverse("codebook:theme", args=[request.workspace.slug, theme])


def _tree(request: MemberRequest) -> str:
    return reverse("codebook:tree", args=[request.workspace.slug])


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def rename(request: MemberRequest, theme: str) -> HttpResponse:
    entry = entry_of(request, theme)
    form = dressed(request, forms.Rename, initial=forms.initial(entry.given))
    return answer(
        request,
        form,
        lambda f: f.edit(theme),
        _page(request, theme),
        title=_("Rename a theme"),
        entry=entry,
        lead=_("Its counts stay as they are. A language that you leave empty keeps its name."),
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def define(request: MemberRequest, theme: str) -> HttpResponse:
    entry = entry_of(request, theme)
    form = dressed(request, forms.Define, initial=forms.initial(entry.defined, "definition"))
    return answer(
        request,
        form,
        lambda f: f.edit(theme),
        _page(request, theme),
        title=_("Define a theme"),
        entry=entry,
        lead=_("One sentence that tells it from its neighbors. People who code by hand read it."),
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def move(request: MemberRequest, theme: str) -> HttpResponse:
    entry = entry_of(request, theme)
    form = dressed(request, forms.Move, initial={"parent": entry.parent or ""})
    return answer(
        request,
        form,
        lambda f: f.edit(theme),
        _page(request, theme),
        title=_("Move a theme to another group"),
        entry=entry,
        lead=_("Its counts stay as they are."),
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def phrases(request: MemberRequest, theme: str) -> HttpResponse:
    entry = entry_of(request, theme)
    return answer(
        request,
        dressed(request, forms.Phrases),
        lambda f: f.edit(theme),
        _page(request, theme),
        title=_("Add phrases"),
        entry=entry,
        lead=_("You see what they would recode before anything is changed."),
        syntax=True,
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def examples(request: MemberRequest, theme: str) -> HttpResponse:
    entry = entry_of(request, theme)
    return answer(
        request,
        dressed(request, forms.Examples),
        lambda f: f.edit(theme),
        _page(request, theme),
        title=_("Add example sentences"),
        entry=entry,
        lead=_("For people who code by hand. They code nothing by themselves."),
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def new_theme(request: MemberRequest) -> HttpResponse:
    return answer(
        request,
        dressed(request, forms.NewTheme, initial={"parent": request.GET.get("group", "")}),
        lambda f: f.edit_with(selectors.ever_used(request.workspace)),
        _tree(request),
        title=_("New theme"),
        lead=_("Without phrases it is coded by hand alone."),
        syntax=True,
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def new_group(request: MemberRequest) -> HttpResponse:
    return answer(
        request,
        dressed(request, forms.NewGroup),
        lambda f: f.edit_with(selectors.ever_used(request.workspace)),
        _tree(request),
        title=_("New group"),
        lead=_("Themes can be moved under it afterwards."),
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def rename_group(request: MemberRequest, group: str) -> HttpResponse:
    book = selectors.shown(request.workspace)
    if group not in book.headings:
        raise Http404("no such group")
    form = dressed(request, forms.Rename, initial=forms.initial(dict(book.headings[group])))
    return answer(request, form, lambda f: f.edit(group), _tree(request), title=_("Rename a group"))


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def accept(request: MemberRequest, theme: str) -> HttpResponse:
    """Make a theme of a proposal, under a name of one's own."""
    found = next((one for one in selectors.proposals(request.workspace) if one.id == theme), None)
    if found is None:
        raise Http404("no such proposal")
    form = dressed(request, forms.Accept, initial={"kind": found.kind})
    return answer(
        request,
        form,
        lambda f: f.edit(theme),
        _tree(request),
        title=_("Accept a proposal"),
        proposal=found,
        lead=_("It keeps what it codes now. Name it as a manager would say it, in one language or more."),
    )


def _at_once(request: MemberRequest, edit: Made, otherwise: str) -> HttpResponse:
    """A button without a form."""
    try:
        return go(request, edit(None), otherwise)
    except EditRefused as error:
        messages.error(request, words.refusal(error, request.workspace))
        return redirect(otherwise)


@door("codebook", "change")
@require_POST
def dismiss(request: MemberRequest, theme: str) -> HttpResponse:
    return _at_once(request, lambda _f: made.Dismiss(theme), _tree(request))


@door("codebook", "change")
@require_POST
def archive(request: MemberRequest, theme: str) -> HttpResponse:
    entry_of(request, theme)
    return _at_once(request, lambda _f: made.Archive(theme), _page(request, theme))


@door("codebook", "change")
@require_POST
def restore(request: MemberRequest, theme: str) -> HttpResponse:
    """Bring back an archived theme or a dismissed proposal."""
    entry = entry_of(request, theme)
    back = _tree(request) if entry.state == "dismissed" else _page(request, theme)
    return _at_once(request, lambda _f: made.Restore(theme), back)


@door("codebook", "change")
@require_POST
def remove_phrases(request: MemberRequest, theme: str) -> HttpResponse:
    entry_of(request, theme)
    chosen: dict[str, list[str]] = {}
    for value in request.POST.getlist("phrase"):
        language, _bar, phrase = value.partition("|")
        chosen.setdefault(language, []).append(phrase)
    if not chosen:
        messages.error(request, _("Tick at least one phrase."))
        return redirect(_page(request, theme))
    role = request.POST.get("role", "phrases")
    return _at_once(request, lambda _f: made.RemovePhrases(theme, chosen, role), _page(request, theme))
