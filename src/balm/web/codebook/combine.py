"""Merging themes and splitting one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from balm.understand.codebook import edits as made
from balm.understand.codebook.edits import Edit
from balm.web.codebook import forms, selectors, tree, words
from balm.web.codebook.changes import answer, dressed, entry_of, typed
from balm.web.people.doors import MemberRequest, door


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def merge(request: MemberRequest) -> HttpResponse:
    """Count themes, or proposals, under another one."""
    data = typed(request)
    given = data.getlist("sources") if data is not None else request.GET.getlist("from")
    first = {"sources": given, "into": request.GET.get("into", "")}
    form = dressed(request, forms.Merge, initial=first, chosen=given)
    return answer(
        request,
        form,
        lambda f: f.edit(),
        reverse("codebook:tree", args=[request.workspace.slug]),
        title=_("Merge themes"),
        lead=_(
            "What the merged themes code counts under the other one, now and in the past. No text is read again, and "
            "it can be undone."
        ),
    )


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def split(request: MemberRequest) -> HttpResponse:
    """Take parts out of a theme."""
    theme = request.GET.get("from", "") or request.POST.get("from", "")
    data = typed(request)
    if data is not None and not theme:
        theme = data.get("from", "")
    if not theme:
        return redirect("codebook:tree", request.workspace.slug)
    entry = entry_of(request, theme)
    book = selectors.shown(request.workspace)
    parts = [dressed(request, forms.Part, prefix=f"p{n}") for n in range(1, forms.PARTS + 1)]
    goes = _goes(data)
    form = _Parts(parts)
    return answer(
        request,
        form,
        lambda f: _split(request, theme, f, goes),
        reverse("codebook:theme", args=[request.workspace.slug, theme]),
        page="codebook/split.html",
        entry=entry,
        theme=theme,
        parts=list(enumerate(parts, 1)),
        phrases=[(one, goes.get(one.value, "")) for one in _phrases(book, theme)],
        places=[str(n) for n in range(1, forms.PARTS + 1)],
        roles=words.PHRASES_IN,
    )


def _phrases(book: Any, theme: str) -> list[tree.Phrase]:
    return tree.phrases(book, theme)["phrases"] if book.entries[theme].state == "in use" else []


def _goes(data: Any) -> dict[str, str]:
    """Phrase → the part it goes to."""
    if data is None:
        return {}
    return {key[3:]: data[key] for key in data if key.startswith("to:") and data[key]}


def _split(request: MemberRequest, theme: str, form: _Parts, goes: dict[str, str]) -> Edit:
    entry = selectors.shown(request.workspace).entries[theme]
    taken = set(selectors.ever_used(request.workspace))
    found = []
    for n, part in enumerate(form.parts, 1):
        chosen: dict[str, list[str]] = {}
        for value, place in goes.items():
            language, _bar, phrase = value.partition("|")
            if place == str(n):
                chosen.setdefault(language, []).append(phrase)
        one = part.part(taken, entry.parent, chosen)
        if one is not None:
            found.append(one)
    return made.Split(theme, tuple(found))


class _Parts:
    """Several forms as one."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts
        self.errors: list[str] = []

    def is_valid(self) -> bool:
        return all(part.is_valid() for part in self.parts)

    def add_error(self, _field: None, text: str) -> None:
        self.errors.append(text)
