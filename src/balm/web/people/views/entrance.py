"""Ways in: one-time links, invitations, a forgotten password."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

import requests
from allauth.account import views as account
from allauth.account.utils import perform_login
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from balm.web.people import forms, mail, selectors, services
from balm.web.people.models import Invitation, User

log = logging.getLogger(__name__)

GONE = 410


def closed(request: HttpRequest) -> HttpResponse:
    """Where others let anybody make an account."""
    return render(request, "people/closed.html", status=403)


def password_reset(request: HttpRequest) -> HttpResponse:
    """A link by mail; without a mail server, or where it refuses, what to do instead."""
    if not mail.there_is_a_server():
        return render(request, "people/no_mail.html", {"why": "none"})
    try:
        return account.password_reset(request)
    except (OSError, SMTPException) as error:
        log.warning("the mail server did not take a message: %s", error)
        return render(request, "people/no_mail.html", {"why": "refused"}, status=503)


def company_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the company's sign-in."""
    return _trusting(request, oidc.login, provider_id)


def company_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from it, with its answer."""
    return _trusting(request, oidc.callback, provider_id)


def _trusting(request: HttpRequest, view: Any, provider_id: str) -> HttpResponse:
    """A provider that is not there, or answers what is no OpenID Connect, must not break the page."""
    try:
        return view(request, provider_id)
    except (requests.RequestException, LookupError, TypeError, ValueError) as error:
        log.warning("the company's sign-in failed: %s: %s", type(error).__name__, error)
        return render(request, "socialaccount/authentication_error.html", status=502)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: Any, token: str) -> HttpResponse:
    """A page with one button: a program that looks at the link must not use it up."""
    link, fault = selectors.link_of(token)
    if link is None or fault:
        return _no(request, "people/link_refused.html", fault)
    if request.method == "GET":
        return render(request, "people/link.html", {"link": link})
    if not services.use_sign_in_link(link):
        return _no(request, "people/link_refused.html", "used")
    return _let_in(request, link.user)


def _no(request: HttpRequest, template: str, fault: str, **context: Any) -> HttpResponse:
    return render(request, template, {"fault": fault, **context}, status=404 if fault == "wrong" else GONE)


def _let_in(request: Any, user: User, to: str | None = None) -> HttpResponse:
    """Sign in as allauth does, so that a second factor is still asked for."""
    if request.user.is_authenticated and request.user.pk != user.pk:
        logout(request)
    return perform_login(request, user, redirect_url=to)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: Any, token: str) -> HttpResponse:
    """Accept an invitation: with the account of its address, or by making that account."""
    found, fault = selectors.invitation_of(token)
    if found is None or fault:
        return _no(request, "people/invitation_refused.html", fault, invitation=found)
    if request.user.is_authenticated:
        return _accept_as(request, found)
    if User.objects.filter(email=found.email).exists():
        return render(request, "people/invitation_sign_in.html", {"invitation": found})
    form = forms.Accept(request.POST or None, email=found.email)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        user = services.accept(found, name=data["name"], password=data["password"])
        if user is None:
            return _no(request, "people/invitation_refused.html", "used", invitation=found)
        return _let_in(request, user, f"/w/{found.workspace.slug}/")
    return render(request, "people/invitation.html", {"invitation": found, "form": form})


def _accept_as(request: Any, found: Invitation) -> HttpResponse:
    if request.user.email.lower() != found.email:
        return render(request, "people/invitation_other.html", {"invitation": found}, status=403)
    if request.method == "GET":
        return render(request, "people/invitation_accept.html", {"invitation": found})
    if services.accept(found, user=request.user) is None:
        return _no(request, "people/invitation_refused.html", "used", invitation=found)
    return redirect("painpoints:home", found.workspace.slug)
