"""Forms of channels, contacts and settings, and what is wrong with them in plain words."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.web.deliveries import events
from balm.web.deliveries.models import LANGUAGES, Channel, Consent, Contact
from balm.web.people.forms import Dressed
from balm.web.people.models import User, Workspace

PROBLEMS: dict[str, Any] = {
    "address_scheme": _("The address must start with https://."),
    "address_host": _("This is not a whole address, or it holds a password or letters that no address has."),
    "address_private": _("This address lies in this machine's own network. An administrator can allow that."),
    "address_wecom": _("WeCom's addresses end in “key=…”: copy it from the robot's page."),
    "address_dingtalk": _("DingTalk's addresses end in “access_token=…”: copy it from the robot's page."),
    "address_feishu": _("Feishu's addresses hold “/hook/…”: copy it from the robot's page."),
    "address_slack": _("Slack's addresses hold “/services/…”: copy it from the app's page."),
    "secret_dingtalk": _("Choose “sign” in the robot's security settings and copy the secret that starts with SEC."),
    "secret_webhook": _("This is not a secret of the form whsec_…"),
    "no_customer": _("the customer's key is missing"),
    "bad_customer": _("the customer's key is too long, or holds what no key has"),
    "no_address": _("the e-mail address is missing"),
    "bad_address": _("this is not an e-mail address"),
    "bad_language": _("this is none of the three languages"),
    "bad_consent": _("this says neither yes nor no nor unknown"),
    "twice": _("the customer stands further up in this file already"),
    "file_workbook": _("This is a workbook. Save the sheet as CSV and upload that."),
    "file_encoding": _("The text of this file cannot be read. Save it as CSV in UTF-8."),
    "file_broken": _("The rows of this file break off. Save it as CSV again."),
    "file_empty": _("This file has no rows below its heading."),
    "file_rows": _("A file may have 50,000 rows. Divide it."),
    "file_columns": _("A file may have 200 columns. Leave out what is not about contacts."),
    "file_large": _("A file may have 5 MB. Divide it."),
    "file_none": _("Choose a file first."),
    "file_gone": _("The file was not kept. Upload it again."),
}
"""What a code of a service means to a person."""


def problem(code: str) -> Any:
    return PROBLEMS.get(code, code)


_ADDRESS = {
    Channel.Kind.WEBHOOK: _("Where messages are posted to. They are signed as Standard Webhooks lay down."),
    Channel.Kind.WECOM: _("In the group: add a group robot, and copy its webhook address."),
    Channel.Kind.DINGTALK: _("In the group: add a custom robot with “sign”, and copy its webhook address."),
    Channel.Kind.FEISHU: _("In the group: add a custom robot, and copy its webhook address."),
    Channel.Kind.SLACK: _("Add an incoming webhook to a Slack app, and copy its address."),
}


class Members(forms.ModelMultipleChoiceField):
    """Members by number; one that no database can hold is as unknown as any other."""

    def clean(self, value: Any) -> Any:
        """Raises ValidationError for a number that is nobody's."""
        for one in value or ():
            if str(one).isdecimal() and len(str(one)) > 18:
                raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": one})
        return super().clean(value)


class ChannelForm(Dressed):
    """Name, address and events of a channel; which fields there are depends on its kind."""

    name = forms.CharField(label=_("Name"), max_length=120)
    address = forms.CharField(label=_("Address"), max_length=1000)
    secret = forms.CharField(label=_("Secret"), max_length=200, required=False, strip=True)
    members = Members(label=_("Members"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    events = forms.MultipleChoiceField(
        label=_("Events"), widget=forms.CheckboxSelectMultiple, help_text=_("What the channel hears of.")
    )

    def __init__(
        self, *args: Any, kind: str, workspace: Workspace, there: Channel | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["events"].choices = list(events.EVENTS.items())
        fields["members"].queryset = User.objects.filter(memberships__workspace=workspace, is_active=True)
        keep = _("Leave it empty to keep the one there is.")
        if kind == Channel.Kind.MAIL:
            del fields["address"], fields["secret"]
            fields["language"].help_text = _("For members who have not chosen one.")
            return
        del fields["members"]
        fields["address"].help_text = keep if there else _ADDRESS[Channel.Kind(kind)]
        fields["address"].required = there is None
        fields["address"].widget.attrs["autocomplete"] = "off"
        if kind not in (Channel.Kind.DINGTALK, Channel.Kind.FEISHU):
            del fields["secret"]
            return
        fields["secret"].widget = forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "off"})
        needed = _("The secret of the robot's security settings.")
        fields["secret"].help_text = keep if there and there.secret else needed
        fields["secret"].required = kind == Channel.Kind.DINGTALK and there is None


class ContactForm(Dressed):
    """How one customer can be reached."""

    customer = forms.CharField(label=_("Customer key"), max_length=200)
    email = forms.CharField(label=_("E-mail address"), max_length=254)
    language = forms.ChoiceField(label=_("Language"), required=False)
    consent = forms.ChoiceField(label=_("Agrees to messages"), choices=Consent.choices, initial=Consent.UNKNOWN)
    source = forms.CharField(
        label=_("How this is known"),
        max_length=200,
        required=False,
        help_text=_("For example: on the phone, order form."),
    )

    def __init__(self, *args: Any, there: Contact | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["language"].choices = [("", _("not known")), *LANGUAGES]
        if there is not None:
            del fields["customer"]
            fields["email"].required = False
            fields["email"].help_text = _("Leave it empty to keep the one there is.")


class Columns(forms.Form):
    """Which column of a file of contacts is which."""

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", pgettext_lazy("column", "none")), *((str(i), name) for i, name in enumerate(names))]
        labels = {
            "customer": _("Customer key"),
            "email": _("E-mail address"),
            "language": _("Language"),
            "consent": _("Agrees to messages"),
        }
        for name, label in labels.items():
            required = name in ("customer", "email")
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=required)
            self.fields[name].widget.attrs["class"] = "form-select"

    @property
    def mapping(self) -> dict[str, int | None]:
        return {name: int(value) if value else None for name, value in self.cleaned_data.items()}


def _zones() -> list[tuple[str, str]]:
    named = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix")))
    return [(name, name.replace("_", " ")) for name in named]


class OfficeForm(Dressed):
    """In whose name customers are written to, and when not."""

    sender = forms.CharField(
        label=_("Name of the sender"), max_length=120, required=False, help_text=_("Empty: the name of the workspace.")
    )
    reply_to = forms.EmailField(
        label=_("Answers go to"), max_length=254, required=False, help_text=_("Empty: to the sender's address.")
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=forms.TimeInput({"type": "time"}))
    quiet_to = forms.TimeField(label=_("Quiet until"), required=False, widget=forms.TimeInput({"type": "time"}))
    zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["zone"].choices = [("", str(ZoneInfo(settings.TIME_ZONE))), *_zones()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("quiet_from") is None) != (data.get("quiet_to") is None):
            self.add_error("quiet_to", _("Give both times, or none."))
        return data
