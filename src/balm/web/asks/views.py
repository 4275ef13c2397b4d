"""Pages for customers: one question, and the end of our mail. The link is the key; nothing is kept in the browser."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from balm.web.asks import selectors, services
from balm.web.asks.models import Ask
from balm.web.deliveries import contact_services as contacts
from balm.web.deliveries.models import LANGUAGES, Contact
from balm.web.deliveries.sealed import stopped_by

OFTEN, WINDOW = 30, 600
"""Answers from one link, or from one address to links that are none, in so many seconds."""

_CODES = {"zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "en": "en"}


@csrf_exempt  # who knows the address has the right; a page of somebody else cannot know it
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """The question; after an answer, room for a word and a way back."""
    row = selectors.by_token(token)
    if row is None:  # a link that works is never refused: behind a proxy one guesser and all customers have one address
        if _too_often(f"ip:{get_adapter().get_client_ip(request)}"):
            return _shown(request, "busy", "", status=429)
        return _shown(request, "unknown", "", status=404)
    if request.method == "POST":
        return _take(request, row, token)
    return _page(request, row)


def _take(request: HttpRequest, row: Ask, token: str) -> HttpResponse:
    if _too_often(f"ask:{row.pk}"):
        return _shown(request, "busy", row.language, row=row, status=429)
    said, text = request.POST.get("answer", ""), request.POST.get("comment")
    done = ""
    try:
        if said in Ask.Answer.values:
            services.answer(row, said)
        elif text is not None:
            services.comment(row, text)
            done = "?done=1"
        else:
            return _shown(request, "question", row.language, row=row, missing=True, status=400)
    except services.Closed as closed:
        return _shown(request, str(closed), row.language, row=row, status=410)
    language = request.POST.get("lang", "")
    if language in _CODES and language != row.language:
        done += f"{'&' if done else '?'}lang={language}"
    return redirect(reverse("asks:ask", args=[token]) + done)


def _page(request: HttpRequest, row: Ask) -> HttpResponse:
    closed = services.closed(row)
    if closed:
        return _shown(request, closed, row.language, row=row, status=410 if closed == "expired" else 200)
    if not row.answer or "change" in request.GET:
        return _shown(request, "question", row.language, row=row)
    return _shown(request, "thanks" if "done" in request.GET else "comment", row.language, row=row)


@csrf_exempt  # one click of the mail program counts (RFC 8058); the signed token is the right
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more mail from this workspace to this address."""
    pk = stopped_by(token)
    contact = Contact.objects.select_related("workspace").filter(pk=pk).first() if pk else None
    if contact is None:
        return _shown(request, "unknown", "", status=404)
    if request.method == "POST":
        contacts.stop(contact)
        return _shown(request, "stopped", contact.language, workspace=contact.workspace)
    screen = "stopped" if contact.consent == "refused" else "stop"
    return _shown(request, screen, contact.language, workspace=contact.workspace, shown=contact.shown)


def _shown(request: HttpRequest, screen: str, language: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """One screen in the customer's language, or the one she chose on it."""
    asked = request.POST.get("lang") or request.GET.get("lang", "")
    code = _CODES.get(asked) or _CODES.get(language)
    row = context.get("row")
    context |= {
        "screen": screen,
        "languages": LANGUAGES,
        "workspace": context.get("workspace") or (row.workspace if row else None),
        "answers": Ask.Answer.choices,
    }
    with override(code or getattr(request, "LANGUAGE_CODE", "en")):
        context["lang"] = next((ours for ours, theirs in _CODES.items() if theirs == code), "")
        answer = render(request, "asks/page.html", context, status=status)
    if code:
        answer["Content-Language"] = code
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _too_often(who: str) -> bool:
    """Count one more; whether it is too many by now."""
    key = f"balm.asks:{who}"
    cache.add(key, 0, WINDOW)
    try:
        return int(cache.incr(key)) > OFTEN
    except ValueError:  # it was forgotten in this moment
        return False
