"""Pages of rules and macros: what opens a case, whose it is, and what is answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.web.cases import desk, selectors
from balm.web.cases import rules as service
from balm.web.cases.forms import MacroForm, RuleForm
from balm.web.cases.models import Macro, Rule
from balm.web.cases.refusals import Refused
from balm.web.feedback import selectors as feedback
from balm.web.people.doors import MemberRequest, door
from balm.web.site.language import pick


@door("case", "manage")
@require_safe
def rules(request: MemberRequest) -> HttpResponse:
    """All rules in the order they are read."""
    found = list(Rule.objects.filter(workspace=request.workspace))
    context = {
        "rows": [(row, _words(request, row)) for row in found],
        "hidden": service.unreachable(request.workspace),
        "desk": desk.of(request.workspace),
        "tab": "rules",
    }
    return render(request, "cases/rules.html", context)


def _words(request: MemberRequest, row: Rule) -> dict[str, Any]:
    """What a rule says, by names."""
    form = RuleForm(request.workspace, feedback.room(request.workspace).choices, initial=RuleForm.of(row))
    names = selectors.names(request.workspace)
    when, then = [], []
    for name in RuleForm.WHEN:
        value, field = row.when.get(name), form.fields[name]
        if not value and value != 0:
            continue
        if name == "attribute":
            when += [(key, ", ".join(values)) for key, values in value.items()]
        elif name == "theme":
            when.append((field.label, ", ".join(pick(names.get(theme)) or theme for theme in value)))
        elif isinstance(value, list):
            known = dict(field.choices)  # type: ignore[attr-defined]
            when.append((field.label, ", ".join(str(known.get(one, one)) for one in value)))
        else:
            when.append((field.label, "" if value is True else f"{value:g}"))
    for name in RuleForm.THEN:
        if value := row.then.get(name):
            known = dict(form.fields[name].choices)  # type: ignore[attr-defined]
            then.append((form.fields[name].label, str(known.get(value, "–"))))
    return {"when": when, "then": then}


@door("case", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: MemberRequest) -> HttpResponse:
    """A new rule, read last."""
    return _rule(request, None)


@door("case", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: MemberRequest, pk: int) -> HttpResponse:
    """Change a rule, or remove it."""
    row = Rule.objects.filter(workspace=request.workspace, pk=pk).first()
    if row is None:
        raise Http404("no such rule")
    if request.method == "POST" and request.POST.get("do") == "remove":
        return _told(request, "cases:rules", _("The rule was removed."), service.remove_rule, pk)
    return _rule(request, row)


def _rule(request: MemberRequest, row: Rule | None) -> HttpResponse:
    themes = feedback.room(request.workspace).choices
    initial = RuleForm.of(row) if row else {"opens": True, "active": True}
    form = RuleForm(request.workspace, themes, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            service.save_rule(request.workspace, request.user, form.said(), row.pk if row else None)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The rule was saved; it is read from the next import on."))
            return redirect("cases:rules", request.workspace.slug)
    return render(request, "cases/rule.html", {"form": form, "rule": row, "tab": "rules"})


def _told(request: MemberRequest, where: str, said: str, act: Any, *arguments: Any) -> HttpResponse:
    try:
        act(request.workspace, request.user, *arguments)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect(where, request.workspace.slug)


@door("case", "manage")
@require_POST
def rule_move(request: MemberRequest, pk: int) -> HttpResponse:
    """One place earlier or later."""
    if not Rule.objects.filter(workspace=request.workspace, pk=pk).exists():
        raise Http404("no such rule")
    up = request.POST.get("to") == "up"
    return _told(request, "cases:rules", _("The order was changed."), service.move_rule, pk, up)


@door("case", "manage")
@require_safe
def trial(request: MemberRequest) -> HttpResponse:
    """What the rules would have done with the newest comments."""
    names = selectors.names(request.workspace)
    found = service.try_out(request.workspace)
    context = {"trial": found, "names": names, "tab": "rules", "most": service.TRIED}
    return render(request, "cases/trial.html", context)


@door("case", "manage")
@require_POST
def look_again(request: MemberRequest) -> HttpResponse:
    """Look at the comments of the last days anew."""
    said = _("The comments of the last days are being looked at again.")
    return _told(request, "cases:rules", said, service.look_again)


@door("case", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def macros(request: MemberRequest) -> HttpResponse:
    """Texts that are sent often, and a form for one more."""
    form = MacroForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _saved(request, form, None):
        return redirect("cases:macros", request.workspace.slug)
    rows = list(Macro.objects.filter(workspace=request.workspace))
    context = {"form": form, "rows": rows, "places": service.PLACES, "tab": "macros"}
    return render(request, "cases/macros.html", context)


@door("case", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def macro(request: MemberRequest, pk: int) -> HttpResponse:
    """Change a macro, or remove it."""
    row = Macro.objects.filter(workspace=request.workspace, pk=pk).first()
    if row is None:
        raise Http404("no such macro")
    if request.method == "POST" and request.POST.get("do") == "remove":
        return _told(request, "cases:macros", _("The macro was removed."), service.remove_macro, pk)
    form = MacroForm(request.POST or None, initial=MacroForm.of(row))
    if request.method == "POST" and form.is_valid() and _saved(request, form, pk):
        return redirect("cases:macros", request.workspace.slug)
    context = {"form": form, "macro": row, "places": service.PLACES, "tab": "macros"}
    return render(request, "cases/macros.html", context)


def _saved(request: MemberRequest, form: MacroForm, pk: int | None) -> bool:
    try:
        service.save_macro(request.workspace, request.user, form.cleaned_data["name"], form.texts(), pk)
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("The macro was saved."))
    return True
