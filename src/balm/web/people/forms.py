"""Forms of people and settings."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.core.types import Labels
from balm.web.people.actions import KINDS, named
from balm.web.people.models import Role, Scope, Team, User, Workspace
from balm.web.site.language import pick


def dress(form: forms.BaseForm) -> None:
    """Classes that the style sheet knows."""
    for field in form.fields.values():
        widget = field.widget
        if isinstance(widget, forms.CheckboxSelectMultiple | forms.CheckboxInput | forms.RadioSelect):
            widget.attrs["class"] = "form-check-input"
        else:
            widget.attrs["class"] = "form-select" if isinstance(widget, forms.Select) else "form-control"


class Dressed(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class Name(Dressed):
    """A workspace or a team by its name."""

    name = forms.CharField(label=_("Name"), max_length=120)


class Profile(Dressed):
    """One's own name and language."""

    name = forms.CharField(label=_("Your name"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}
        choices = [("", _("As the browser asks")), *((code, known[code]) for code, _name in settings.LANGUAGES)]
        self.fields["language"].choices = choices  # type: ignore[attr-defined]


class Accept(Dressed):
    """Name and password of an invited person."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password"].help_text = password_validators_help_text_html()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password"):
            try:
                validate_password(data["password"], User(email=self.email, name=data.get("name", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class Invite(Dressed):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ANALYST)

    def __init__(self, *args: Any, inviter: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if inviter != Role.OWNER:
            self.fields["role"].choices = [c for c in Role.choices if c[0] != Role.OWNER]  # type: ignore[attr-defined]


class Member(Dressed):
    """Role and team of a member."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("no team")
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(workspace=workspace)  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] += " w-auto"  # they stand in a row of a table


class Key(Dressed):
    """What a key is for and what it may."""

    name = forms.CharField(label=_("What it is for"), max_length=120)
    scope = forms.ChoiceField(label=_("It may"), choices=Scope.choices, initial=Scope.READ)


@cache
def _labels() -> tuple[tuple[str, Labels], ...]:
    from balm.understand.codebook import load

    return tuple((name, load.load(name).packs[0].labels) for name in load.available())


def packs() -> list[tuple[str, str]]:
    """The packs of codebooks, with their names in the reader's language."""
    return [(name, pick(labels)) for name, labels in _labels()]


class General(Dressed):
    """Name and codebook packs of a workspace."""

    name = forms.CharField(label=_("Name of the workspace"), max_length=120)
    every = forms.TypedChoiceField(
        label=_("Codebook packs"),
        choices=[("yes", _("All packs")), ("no", _("Only these"))],
        widget=forms.RadioSelect,
    )
    packs = forms.MultipleChoiceField(label=_("Packs"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["packs"].choices = packs()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("every") == "no" and not data.get("packs") and "packs" not in self.errors:
            self.add_error("packs", _("Choose at least one pack."))
        return data

    @property
    def codebook(self) -> str:
        """The choice as `balm analyze --codebook` takes it."""
        chosen = set(self.cleaned_data["packs"])
        names = [name for name, _label in self.fields["packs"].choices]  # type: ignore[attr-defined]
        return "starter" if self.cleaned_data["every"] == "yes" else ",".join(n for n in names if n in chosen)


def general_initial(workspace: Workspace) -> dict[str, Any]:
    """What the form shows first."""
    named = [name.strip() for name in workspace.codebook.split(",") if name.strip()]
    return {
        "name": workspace.name,
        "every": "yes" if "starter" in named else "no",
        "packs": [name for name, _label in packs()] if "starter" in named else named,
    }


class AuditFilter(Dressed):
    """What of the audit trail to show."""

    actor = forms.CharField(label=_("Who"), max_length=254, required=False)
    action = forms.ChoiceField(label=pgettext_lazy("audit", "What"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, actions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted({action.split(".")[0] for action in actions})
        found = [("", _("Everything"))]
        for kind in kinds:
            of = [(action, named(action)) for action in actions if action.startswith(f"{kind}.")]
            found.append((KINDS.get(kind, kind), [(kind, _("All of these")), *of]))
        self.fields["action"].choices = found  # type: ignore[attr-defined]
