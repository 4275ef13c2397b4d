"""Teach a theme by example: sentences in, phrases out, with what else each would touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from balm.lake.queries import NO_THEME, Filter, spans
from balm.understand.codebook import edits as made
from balm.understand.codebook.refusal import EditRefused
from balm.understand.codebook.teach import PhraseProposal
from balm.web.codebook import forms, reading, selectors, words
from balm.web.codebook.changes import dressed, entry_of
from balm.web.codebook.previews import go
from balm.web.feedback.selectors import room
from balm.web.people.doors import MemberRequest, door
from balm.web.site.paths import workspace_dir

MOST = 200
"""Sentences that may be given at once."""
LOOKED_AT, SHOWN = 200, 20
"""Comments that a search looks through, the newest first, and sentences that it offers."""


@dataclass(frozen=True)
class Offer:
    """A phrase that could be added. `known`: whether the theme has it already."""

    found: PhraseProposal
    known: bool

    @property
    def value(self) -> str:
        return f"{self.found.language}|{self.found.phrase}"

    @property
    def lang(self) -> str:
        return "zh-Hans" if self.found.language == "zh" else "en"


@door("codebook", "change")
@require_http_methods(["GET", "POST"])
def teach(request: MemberRequest, theme: str) -> HttpResponse:
    """Choose sentences, then phrases, then see what they would recode."""
    entry = entry_of(request, theme)
    form = dressed(request, forms.Teach)
    picked = [text for text in request.POST.getlist("pick") if text.strip()][:MOST]
    search = (request.POST.get("q") or request.GET.get("q", "")).replace("\0", "")[:100].strip()
    context: dict[str, Any] = {
        "entry": entry,
        "form": form,
        "number": selectors.number(request.workspace),
        "search": search,
        "picked": picked,
        "back": reverse("codebook:theme", args=[request.workspace.slug, theme]),
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        do = request.POST.get("do", "")
        include = list(dict.fromkeys([*forms.lines(form.cleaned_data["include"]), *picked]))[:MOST]
        exclude = forms.lines(form.cleaned_data["exclude"])[:MOST]
        if do == "add":
            answer = _added(request, theme, include, exclude)
            if answer is not None:
                return answer
            status = 400
        if do in ("add", "propose"):
            context |= _offers(request, theme, include, exclude)
    context["found"] = _sentences(request, search, picked)
    return render(request, "codebook/teach.html", context, status=status)


def _offers(request: MemberRequest, theme: str, include: list[str], exclude: list[str]) -> dict[str, Any]:
    if not include:
        messages.error(request, _("Give at least one sentence that belongs to the theme."))
        return {}
    known = {
        (at, text)
        for role in words.ROLES
        for at, some in selectors.shown(request.workspace).phrases(theme, role).items()
        for text in some
    }
    found = reading.propose(str(workspace_dir(request.workspace)), include, exclude)
    offers = [Offer(one, (one.language, one.phrase) in known) for one in found]
    ticked = request.POST.getlist("phrase")
    return {"offers": offers, "asked": True, "ticked": ticked, "given": len(include)}


def _added(request: MemberRequest, theme: str, include: list[str], exclude: list[str]) -> HttpResponse | None:
    """The preview of the chosen phrases; None where they cannot be added, which is said."""
    chosen: dict[Any, list[str]] = {}
    for value in request.POST.getlist("phrase"):
        language, _bar, phrase = value.partition("|")
        chosen.setdefault(language, []).append(phrase)
    if not chosen:
        messages.error(request, _("Tick at least one phrase."))
        return None
    try:
        also = None
        if request.POST.get("keep") and (include or exclude):
            also = made.AddExamples(theme, tuple(include), tuple(exclude))
        edit = made.AddPhrases(theme, {at: tuple(some) for at, some in chosen.items()})
        back = reverse("codebook:theme", args=[request.workspace.slug, theme])
        return go(request, edit, back, form=True, also=also)
    except EditRefused as error:
        messages.error(request, words.refusal(error, request.workspace))
        return None


def _sentences(request: MemberRequest, search: str, picked: list[str]) -> list[str]:
    """Sentences without a theme that hold the words, to pick from; those picked before stay."""
    if not search:
        return []
    page = room(request.workspace).lake.page(Filter(themes=(NO_THEME,), text=search), size=LOOKED_AT)
    found = [m.text for comment in page.comments for m in comment.mentions if m.matched and spans(search, m.text)]
    return [text for text in dict.fromkeys(found) if text not in picked][:SHOWN]
