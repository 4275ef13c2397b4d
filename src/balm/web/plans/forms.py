"""Forms of plans, tasks, roles and loops."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.mitigate.playbooks import Playbook
from balm.web.people.forms import Dressed
from balm.web.people.models import Team, User, Workspace
from balm.web.plans import indicators
from balm.web.plans.loops import LoopDraft
from balm.web.plans.models import Indicator, Loop, Plan, PlanRole, Task
from balm.web.plans.services import Draft
from balm.web.plans.tasks import TaskDraft
from balm.web.site.language import pick


def _day(label: Any, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **more)


class PlanForm(Dressed):
    """What a plan says. Percentages are typed as people say them: 50 for “half as often”."""

    title = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Plan.Kind.choices)
    themes = forms.MultipleChoiceField(label=_("Pain points"), widget=forms.CheckboxSelectMultiple)
    hypothesis = forms.CharField(
        label=_("Hypothesis"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If we …, then …, because …"),
    )  # fmt: skip
    starts = _day(_("Starts"))
    ends = _day(_("Ends"))
    cost = forms.DecimalField(
        label=_("Cost, estimated"), required=False, min_value=Decimal(0), max_digits=13, decimal_places=2
    )
    currency = forms.CharField(label=_("Currency"), initial="CNY", min_length=3, max_length=3)
    less = forms.IntegerField(
        label=_("Expected effect: so many percent fewer"), required=False, min_value=-1000, max_value=100
    )
    expected = forms.CharField(label=_("Expected effect, in words"), required=False, max_length=500)
    loop = forms.ModelChoiceField(label=_("Loop"), queryset=Loop.objects.none(), required=False, empty_label=_("none"))
    playbook = forms.CharField(required=False, widget=forms.HiddenInput, max_length=60)

    def __init__(self, workspace: Workspace, themes: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["themes"].choices = themes  # type: ignore[attr-defined]
        self.fields["loop"].queryset = Loop.objects.filter(workspace=workspace)  # type: ignore[attr-defined]

    def draft(self) -> Draft:
        data = self.cleaned_data
        less = data["less"]
        return Draft(
            title=data["title"],
            kind=data["kind"],
            themes=tuple(data["themes"]),
            hypothesis=data["hypothesis"],
            starts=data["starts"],
            ends=data["ends"],
            cost=data["cost"],
            currency=data["currency"],
            expected=data["expected"],
            expected_effect=None if less is None else -less / 100,
            loop=data["loop"].pk if data["loop"] else None,
            playbook=data["playbook"],
        )

    @staticmethod
    def said(plan: Plan) -> dict[str, Any]:
        """A plan as the form's initial values."""
        effect = plan.expected_effect
        return {
            "title": plan.title,
            "kind": plan.kind,
            "themes": list(plan.pains.values_list("theme", flat=True)),
            "hypothesis": plan.hypothesis,
            "starts": plan.starts,
            "ends": plan.ends,
            "cost": plan.cost,
            "currency": plan.currency,
            "less": None if effect is None else round(-100 * effect),
            "expected": plan.expected,
            "loop": plan.loop_id,
            "playbook": plan.playbook,
        }

    @staticmethod
    def of_playbook(book: Playbook) -> dict[str, Any]:
        return {
            "title": pick(book.title), "kind": book.kind, "hypothesis": pick(book.hypothesis), "playbook": book.key,
        }  # fmt: skip


def _several(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple)


def _people(workspace: Workspace) -> list[tuple[str, str]]:
    members = User.objects.filter(memberships__workspace=workspace, is_active=True).order_by("name", "email")
    return [(f"u{user.pk}", str(user)) for user in members]


def _teams(workspace: Workspace) -> list[tuple[str, str]]:
    return [(f"t{team.pk}", f"{team} · {_('team')}") for team in Team.objects.filter(workspace=workspace)]


class RolesForm(Dressed):
    """RACI: who does, who answers, who is asked, who is told."""

    accountable = forms.ChoiceField(label=_("Accountable (one person)"), required=False)
    responsible = _several(_("Responsible (do it)"))
    consulted = _several(_("Consulted (asked before)"))
    informed = _several(_("Informed (told)"))

    def __init__(self, plan: Plan, *args: Any, **kwargs: Any) -> None:
        rows = list(plan.roles.all())
        held = {part: [_code(row) for row in rows if row.part == part] for part in PlanRole.Part.values}
        held["accountable"] = (held["accountable"] or [""])[0]  # type: ignore[assignment]
        super().__init__(*args, initial=held, **kwargs)
        people, teams = _people(plan.workspace), _teams(plan.workspace)
        self.fields["accountable"].choices = [("", _("nobody yet")), *people]  # type: ignore[attr-defined]
        for name in ("responsible", "consulted", "informed"):
            self.fields[name].choices = [*people, *teams]  # type: ignore[attr-defined]

    def roles(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        found = [("accountable", data["accountable"])] if data["accountable"] else []
        found += [(name, code) for name in ("responsible", "consulted", "informed") for code in data[name]]
        return [{"part": part, "user" if code[0] == "u" else "team": int(code[1:])} for part, code in found]


def _code(row: PlanRole) -> str:
    return f"u{row.user_id}" if row.user_id else f"t{row.team_id}"


class TaskForm(Dressed):
    """A step; for a promise or a page, what it says now and what it shall say."""

    title = forms.CharField(label=_("What is to be done"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Task.Kind.choices)
    owner = forms.ModelChoiceField(
        label=pgettext_lazy("task", "Who"), queryset=User.objects.none(), required=False, empty_label=_("nobody yet")
    )
    due = _day(_("Until"))
    where = forms.CharField(label=_("Where it stands (promise or page)"), required=False, max_length=300)
    before = forms.CharField(
        label=_("It says now"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=4000
    )
    after = forms.CharField(
        label=_("It shall say"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=4000
    )
    known_by = forms.CharField(label=_("How we know that it is right"), required=False, max_length=300)

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = User.objects.filter(memberships__workspace=workspace, is_active=True)
        self.fields["owner"].queryset = members.order_by("name", "email")  # type: ignore[attr-defined]

    MORE = ("where", "before", "after", "known_by")

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.MORE]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Those that only a promise or a page has."""
        return [self[name] for name in self.MORE]

    @property
    def says_more(self) -> bool:
        return self["kind"].value() in (Task.Kind.PROMISE, Task.Kind.PAGE)

    def draft(self) -> TaskDraft:
        data = dict(self.cleaned_data)
        owner = data.pop("owner")
        return TaskDraft(owner=owner.pk if owner else None, **data)


class LoopForm(Dressed):
    """A rhythm of reviews."""

    name = forms.CharField(label=_("Name"), max_length=120)
    size = forms.ChoiceField(label=_("Size"), choices=Loop.Size.choices)
    every = forms.IntegerField(label=_("A review every"), min_value=1, max_value=90, initial=2)
    unit = forms.ChoiceField(label=_("days, weeks or months"), choices=Loop.Unit.choices, initial="week")
    anchor = forms.DateField(
        label=_("First review"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )
    goal = forms.CharField(label=_("Goal"), required=False, max_length=500)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("none"))
    owner = forms.ModelChoiceField(
        label=_("Who calls it"), queryset=User.objects.none(), required=False, empty_label=_("nobody yet")
    )

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = User.objects.filter(memberships__workspace=workspace, is_active=True)
        self.fields["owner"].queryset = members.order_by("name", "email")  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.filter(workspace=workspace)  # type: ignore[attr-defined]

    def draft(self) -> LoopDraft:
        data = dict(self.cleaned_data)
        team, owner = data.pop("team"), data.pop("owner")
        return LoopDraft(team=team.pk if team else None, owner=owner.pk if owner else None, **data)


class IndicatorForm(Dressed):
    """What a loop is steered by."""

    side = forms.ChoiceField(label=_("About"), choices=Indicator.Side.choices)
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    source = forms.ChoiceField(label=_("Read from"), required=False)
    target = forms.FloatField(
        label=pgettext_lazy("indicator", "Target"), required=False, min_value=-1e12, max_value=1e12,
        help_text=_("Of a share, in percent: 5 for 5%."),
    )  # fmt: skip
    better = forms.ChoiceField(label=_("Better is"), choices=(("lower", _("lower")), ("higher", _("higher"))))

    def __init__(self, themes: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        read = [(name, label) for name, (label, _side, _read) in indicators.SOURCES.items() if name != "reach"]
        reach = [(f"reach:{theme}", f"{indicators.SOURCES['reach'][0]}: {name}") for theme, name in themes[:60]]
        self.fields["source"].choices = [("", _("written down by hand")), *read, *reach]  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        if not data["name"] and data["source"]:
            data["name"] = str(dict(self.fields["source"].choices)[data["source"]])  # type: ignore[attr-defined]
        if data["target"] is not None and data["source"] and indicators.unit_of(data["source"])[0] == "share":
            data["target"] /= 100
        return data
