"""Forms of cases: a new one, rules, macros, office hours and service times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from balm.core.calendar import WEEKDAYS, Calendar
from balm.core.types import LANGUAGES
from balm.mitigate import clock
from balm.web.cases import desk, selectors
from balm.web.cases.models import Case, Desk, Macro, Policy, Rule
from balm.web.feedback import words
from balm.web.people.forms import Dressed
from balm.web.people.models import Team, Workspace

HOUR = 3600.0


def _several(label: Any, choices: Any = ()) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.SelectMultiple(attrs={"size": 5})
    )


def _people(workspace: Workspace, empty: Any) -> list[tuple[str, Any]]:
    return [("", empty), *((str(user.pk), str(user)) for user in selectors.workers(workspace))]


class NewCase(Dressed):
    """A case by hand."""

    themes = _several(_("What it is about"))
    priority = forms.ChoiceField(label=_("Priority"), choices=Case.Priority.choices)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("none"))
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    text = forms.CharField(
        label=_("What whoever gets it should know"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, workspace: Workspace, themes: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = kwargs.get("initial", {}).get("themes", [])
        known = dict(themes)
        first = [(theme, known.get(theme, theme)) for theme in chosen]
        fields: Any = self.fields
        fields["themes"].choices = [*first, *(pair for pair in themes if pair[0] not in chosen)]
        fields["team"].queryset = Team.objects.filter(workspace=workspace)
        fields["owner"].choices = _people(workspace, _("nobody yet"))


class RuleForm(Dressed):
    """When a comment is a case, and whose. All conditions that are given must hold; of several values, one."""

    name = forms.CharField(label=_("Name"), max_length=120)
    opens = forms.BooleanField(label=_("Opens a case by itself"), required=False, initial=True)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
    theme = _several(_("Theme"))
    kind = _several(_("Kind of pain"), list(words.KIND.items()))
    target = _several(_("About"), list(words.TARGET.items()))
    urgency = _several(_("Urgency"), list(words.URGENCY.items()))
    intent = _several(_("Intent"), list(words.INTENT.items()))
    emotion = _several(_("Emotion"), list(words.EMOTION.items()))
    language = _several(_("Language"), list(words.LANGUAGE.items()))
    score = forms.FloatField(label=_("Score at most"), required=False)
    low = forms.BooleanField(label=_("The score is low on its scale"), required=False)
    attribute = forms.CharField(
        label=_("Attributes"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: channel = app, shop"),
    )  # fmt: skip
    team = forms.ChoiceField(label=_("Team"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False)
    policy = forms.ChoiceField(label=_("Service times"), required=False)
    macro = forms.ChoiceField(label=_("Macro to answer with"), required=False)

    WHEN = ("theme", "kind", "target", "urgency", "intent", "emotion", "language", "score", "low", "attribute")
    THEN = ("team", "owner", "priority", "policy", "macro")

    def __init__(self, workspace: Workspace, themes: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        known = dict(themes)
        more = [(t, t) for t in kwargs.get("initial", {}).get("theme", []) if t not in known]
        fields["theme"].choices = [*themes, *more]
        fields["priority"].choices = [("", _("as it comes")), *Case.Priority.choices]
        fields["owner"].choices = _people(workspace, _("by the team"))
        for name, model, empty in (
            ("team", Team, _("none")),
            ("policy", Policy, _("the usual ones")),
            ("macro", Macro, _("none")),
        ):
            rows = model.objects.filter(workspace=workspace)
            fields[name].choices = [("", empty), *((str(row.pk), str(row)) for row in rows)]

    @property
    def when_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHEN]

    @property
    def then_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.THEN]

    def clean_attribute(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["attribute"].splitlines())):
            name, sign, values = line.partition("=")
            kept = [value.strip() for value in re.split("[,，、]", values) if value.strip()]
            if not sign or not name.strip() or not kept:
                raise forms.ValidationError(gettext("Write “%(line)s” as: name = value, value") % {"line": line[:60]})
            found[name.strip()] = kept
        return found

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        when = {name: data[name] for name in self.WHEN if data[name] not in (None, "", [], {}, False)}
        then = {name: data[name] for name in self.THEN if data[name]}
        return {"name": data["name"], "when": when, "then": then, "opens": data["opens"], "active": data["active"]}

    @staticmethod
    def of(row: Rule) -> dict[str, Any]:
        """A rule as the form's initial values."""
        lines = "\n".join(f"{name} = {', '.join(values)}" for name, values in row.when.get("attribute", {}).items())
        return {**row.when, **row.then, "attribute": lines, "name": row.name, "opens": row.opens, "active": row.active}


_NAMES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}


class MacroForm(Dressed):
    """A text by language."""

    name = forms.CharField(label=_("Name"), max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in LANGUAGES:
            widget = forms.Textarea(attrs={"rows": 5, "class": "form-control", "lang": language})
            self.fields[language] = forms.CharField(
                label=_NAMES[language], required=False, max_length=4000, widget=widget
            )

    def texts(self) -> dict[str, str]:
        return {language: self.cleaned_data[language] for language in LANGUAGES}

    @staticmethod
    def of(row: Macro) -> dict[str, Any]:
        return {"name": row.name, **row.texts}


DAYS: dict[str, Any] = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}


class CalendarForm(Dressed):
    """Office hours."""

    zone = forms.CharField(label=_("Time zone"), max_length=60, help_text=_("Such as Asia/Shanghai or Asia/Taipei"))
    holidays = forms.CharField(
        label=_("Public holidays of"), required=False, max_length=12,
        help_text=_("A country such as CN, TW, HK or US-CA; make-up days count as open. Empty: none"),
    )  # fmt: skip
    closed = forms.CharField(
        label=_("Closed besides"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Days such as 2026-12-31, with a space or a line between them"),
    )  # fmt: skip
    open = forms.CharField(
        label=_("Open besides"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in WEEKDAYS:
            widget = forms.TextInput(attrs={"class": "form-control", "placeholder": "09:00-12:00, 13:00-18:00"})
            self.fields[day] = forms.CharField(label=DAYS[day], required=False, max_length=120, widget=widget)

    @property
    def day_fields(self) -> list[forms.BoundField]:
        return [self[day] for day in WEEKDAYS]

    def said(self) -> dict[str, Any]:
        """As `Calendar.from_json` reads it."""
        data = self.cleaned_data
        hours = {}
        for day in WEEKDAYS:
            spans = [part.strip() for part in re.split("[,，、;；]", data[day].replace("–", "-")) if part.strip()]
            if spans:
                hours[day] = [[end.strip() for end in span.split("-")] for span in spans]
        dates = {
            name: re.split(r"[\s,，、]+", data[name].strip()) if data[name].strip() else []
            for name in ("closed", "open")
        }
        return {"zone": data["zone"].strip(), "hours": hours, "holidays": data["holidays"].strip().upper(), **dates}

    @staticmethod
    def of(calendar: Calendar) -> dict[str, Any]:
        kept = calendar.to_json()
        hours = {day: ", ".join("-".join(span) for span in spans) for day, spans in kept["hours"].items()}
        return {**kept, **hours, "closed": " ".join(kept["closed"]), "open": " ".join(kept["open"])}


class DeskForm(Dressed):
    """What opens a case by itself, and who gets it."""

    open_urgent = forms.BooleanField(
        label=_("Urgent words open a case: wants to leave, safety, legal, urgent"), required=False
    )
    open_low = forms.BooleanField(label=_("A low score of a known customer opens a case"), required=False)
    days = forms.IntegerField(
        label=_("Days before the newest comment that count"), min_value=1, max_value=366,
        help_text=_("Older comments open nothing: the first import of years must not flood the queue."),
    )  # fmt: skip
    most = forms.IntegerField(label=_("Cases opened at once, at most"), min_value=1, max_value=5000)
    give = forms.ChoiceField(label=_("Who of a team gets a case"), choices=Desk.Give.choices)
    close_after = forms.IntegerField(
        label=_("A solved case closes by itself after so many days"), required=False, min_value=0, max_value=90,
        help_text=_("Empty: only by hand. After closing, the customer is asked whether it is solved."),
    )  # fmt: skip

    @staticmethod
    def of(row: Desk) -> dict[str, Any]:
        return {name: getattr(row, name) for name in DeskForm.base_fields}


_TO = ((desk.LEAD, _("Leads of the team")), (desk.MANAGERS, _("All who lead the workspace")), (desk.OWNER, _("Owner")))
STEPS = 4


class PolicyForm(Dressed):
    """Service times: hours of office time by priority, and who hears when."""

    name = forms.CharField(label=_("Name"), max_length=120)
    usual = forms.BooleanField(label=_("For every case that no rule gives other ones"), required=False)
    at_risk = forms.IntegerField(
        label=_("Little time is left from so many percent on"), min_value=1, max_value=100, initial=80
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for priority, _label in Case.Priority.choices:
            for which in ("first", "solve"):
                widget = forms.NumberInput(attrs={"class": "form-control", "step": "0.25"})
                self.fields[f"{priority}_{which}"] = forms.FloatField(
                    required=False, min_value=0, max_value=8784, widget=widget
                )
        whiches = (("first", _("First contact")), ("solve", _("Solution")))
        for i in range(STEPS):
            select = forms.Select(attrs={"class": "form-select"})
            number = forms.NumberInput(attrs={"class": "form-control"})
            self.fields[f"step{i}_to"] = forms.ChoiceField(
                choices=[("", _("nobody")), *_TO], required=False, widget=select
            )
            self.fields[f"step{i}_share"] = forms.IntegerField(
                required=False, min_value=1, max_value=1000, widget=number
            )
            self.fields[f"step{i}_of"] = forms.ChoiceField(
                choices=whiches, required=False, widget=forms.Select(attrs={"class": "form-select"})
            )

    @property
    def rows(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        return [(label, self[f"{p}_first"], self[f"{p}_solve"]) for p, label in Case.Priority.choices]

    @property
    def steps(self) -> list[tuple[int, forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [(i + 1, self[f"step{i}_to"], self[f"step{i}_share"], self[f"step{i}_of"]) for i in range(STEPS)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for priority, _label in Case.Priority.choices:
            first, solve = data.get(f"{priority}_first"), data.get(f"{priority}_solve")
            if first is not None and solve is not None and first > solve:
                self.add_error(f"{priority}_first", gettext("The first contact is promised later than the solution."))
        return data

    def terms(self) -> clock.Policy:
        data: Mapping[str, Any] = self.cleaned_data

        def seconds(name: str) -> float | None:
            return None if data[name] is None else data[name] * HOUR

        times = {p: clock.Target(seconds(f"{p}_first"), seconds(f"{p}_solve")) for p in clock.Priority}
        empty = clock.Target()
        targets = {p: target for p, target in times.items() if target != empty or p == clock.Priority.NORMAL}
        ladder = tuple(
            clock.Level(data[f"step{i}_to"], (data[f"step{i}_share"] or 100) / 100, of=data[f"step{i}_of"] or "solve")
            for i in range(STEPS)
            if data[f"step{i}_to"]
        )
        return clock.Policy(data["name"], targets, ladder, data["at_risk"] / 100)

    @staticmethod
    def of(terms: clock.Policy, name: str, usual: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"name": name, "usual": usual, "at_risk": round(terms.at_risk * 100)}
        for priority in clock.Priority:
            target = terms.target(priority)
            for which in ("first", "solve"):
                seconds = getattr(target, which)
                found[f"{priority}_{which}"] = None if seconds is None else seconds / HOUR
        for i, level in enumerate(terms.ladder[:STEPS]):
            found |= {f"step{i}_to": level.to, f"step{i}_share": round(level.share * 100), f"step{i}_of": level.of}
        return found
