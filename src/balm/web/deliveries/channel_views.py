"""Pages of channels."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.web.deliveries import channel_services as services
from balm.web.deliveries import selectors
from balm.web.deliveries.channel_services import BadChannel, Wish
from balm.web.deliveries.forms import ChannelForm, problem
from balm.web.deliveries.models import Channel
from balm.web.people.doors import MemberRequest, door
from balm.web.site.language import current

ICONS = {
    Channel.Kind.MAIL: "mail",
    Channel.Kind.WEBHOOK: "webhook",
    Channel.Kind.WECOM: "messages",
    Channel.Kind.DINGTALK: "messages",
    Channel.Kind.FEISHU: "messages",
    Channel.Kind.SLACK: "messages",
}


@door("delivery", "read")
@require_safe
def channels(request: MemberRequest) -> HttpResponse:
    """Where events go."""
    kinds = [(kind, name, ICONS[Channel.Kind(kind)]) for kind, name in Channel.Kind.choices]
    context = {"lines": selectors.channels(request.workspace), "kinds": kinds, "tab": "channels"}
    return render(request, "deliveries/channels.html", context)


@door("delivery", "manage")
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest, kind: str) -> HttpResponse:
    """Add a channel; the secret of a webhook is shown once."""
    if kind not in Channel.Kind.values:
        raise Http404("no such kind of channel")
    initial = {"language": current()}
    form = ChannelForm(request.POST or None, kind=kind, workspace=request.workspace, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = services.add(request.workspace, request.user, kind, _wish(form))
        except BadChannel as bad:
            form.add_error(bad.field if bad.field in form.fields else None, problem(str(bad)))
        else:
            return _added(request, row, secret)
    context = {"form": form, "kind": Channel.Kind(kind).label, "tab": "channels"}
    return render(request, "deliveries/channel_new.html", context, status=400 if request.method == "POST" else 200)


def _wish(form: ChannelForm) -> Wish:
    data: dict[str, Any] = form.cleaned_data
    return Wish(**{name: data[name] for name in form.fields})


def _added(request: MemberRequest, row: Channel, secret: str) -> HttpResponse:
    if secret:
        return render(request, "deliveries/secret.html", {"row": row, "secret": secret, "tab": "channels"})
    messages.success(request, _("Added. Try it before you rely on it."))
    return redirect("deliveries:channel", request.workspace.slug, row.pk)


@door("delivery", "manage")
@require_http_methods(["GET", "POST"])
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """Change a channel; its last messages."""
    row = _found(request, pk)
    initial = {"name": row.name, "events": row.events, "language": row.language, "members": row.members.all()}
    form = ChannelForm(request.POST or None, kind=row.kind, workspace=request.workspace, there=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(request.workspace, request.user, pk, _wish(form))
        except BadChannel as bad:
            form.add_error(bad.field if bad.field in form.fields else None, problem(str(bad)))
        else:
            messages.success(request, _("Saved."))
            return redirect("deliveries:channel", request.workspace.slug, pk)
    last = selectors.deliveries(request.workspace, channel=row.pk)[:10]
    context = {"row": row, "form": form, "last": last, "tab": "channels"}
    return render(request, "deliveries/channel.html", context, status=400 if request.method == "POST" else 200)


def _found(request: MemberRequest, pk: int) -> Channel:
    row = Channel.objects.filter(workspace=request.workspace, pk=pk).first()
    if row is None:
        raise Http404("no such channel")
    return row


@door("delivery", "manage")
@require_POST
def test(request: MemberRequest, pk: int) -> HttpResponse:
    """Send a message that says it is a try."""
    _found(request, pk)
    if services.test(request.workspace, request.user, pk):
        messages.success(request, _("A try is on its way. What became of it shows below in a moment."))
    else:
        messages.error(request, _("This channel reaches nobody: choose a member first."))
    return redirect("deliveries:channel", request.workspace.slug, pk)


@door("delivery", "manage")
@never_cache
@require_POST
def rotate(request: MemberRequest, pk: int) -> HttpResponse:
    """A new secret for a webhook, shown once."""
    if _found(request, pk).kind != Channel.Kind.WEBHOOK:
        raise Http404("only webhooks have a secret of ours")
    row, secret = services.rotate(request.workspace, request.user, pk)
    return render(request, "deliveries/secret.html", {"row": row, "secret": secret, "rotated": True, "tab": "channels"})


@door("delivery", "manage")
@require_POST
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Switch a channel on or off."""
    _found(request, pk)
    on = request.POST.get("on") == "1"
    services.switch(request.workspace, request.user, pk, on=on)
    messages.success(request, _("The channel is on.") if on else _("The channel is off."))
    return redirect("deliveries:channel", request.workspace.slug, pk)


@door("delivery", "manage")
@require_POST
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Remove a channel."""
    _found(request, pk)
    services.remove(request.workspace, request.user, pk)
    messages.success(request, _("The channel was removed."))
    return redirect("deliveries:channels", request.workspace.slug)
