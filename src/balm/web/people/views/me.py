"""One's own account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from balm.web.people import forms, selectors, services


@require_POST
def language(request: Any) -> HttpResponse:
    """Choose the language: kept with the user, or in a cookie for who is not signed in."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "")
    known = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if known else "home")
    if chosen in dict(settings.LANGUAGES):
        _speak(response, chosen)
        if request.user.is_authenticated:
            request.user.language = chosen
            request.user.save(update_fields=["language"])
    return response


def _speak(response: HttpResponse, chosen: str) -> None:
    translation.activate(chosen)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, samesite="Lax", max_age=31_536_000)


@login_required
@require_http_methods(["GET", "POST"])
def me(request: Any) -> HttpResponse:
    """Name, language, password, second factor, workspaces."""
    user = request.user
    form = forms.Profile(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        services.set_profile(user, name=form.cleaned_data["name"], language=form.cleaned_data["language"])
        response = redirect("people:me")
        if user.language:
            _speak(response, user.language)
        messages.success(request, _("Saved."))
        return response
    return render(request, "people/me.html", _around(request) | {"form": form})


def _around(request: HttpRequest) -> dict[str, Any]:
    from allauth.mfa.utils import is_mfa_enabled
    from allauth.socialaccount.models import SocialAccount

    providers = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    return {
        "mine": selectors.workspaces_with_role(request.user),  # type: ignore[arg-type]
        "second_factor": is_mfa_enabled(request.user),
        "company": providers[0]["name"] if providers else "",
        "connected": SocialAccount.objects.filter(user=request.user).exists(),  # type: ignore[misc]
    }


@login_required
@require_http_methods(["GET", "POST"])
def new_workspace(request: Any) -> HttpResponse:
    """Make a workspace; its maker becomes the owner."""
    form = forms.Name(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.new_workspace(request.user, form.cleaned_data["name"])
        return redirect("painpoints:home", made.slug)
    return render(request, "people/new_workspace.html", {"form": form})
