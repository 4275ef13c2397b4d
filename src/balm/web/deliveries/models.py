"""Messages to people and programs: where they go, what became of each, and whom we may write to."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.web.people.models import User, Workspace

LANGUAGES = (("zh-Hans", "简体中文"), ("zh-Hant", "繁體中文"), ("en", "English"))


class Office(models.Model):
    """How a workspace writes to customers: under which name, and not at night."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    sender = models.CharField(max_length=120, blank=True)  # empty: the name of the workspace
    reply_to = models.EmailField(blank=True)
    quiet_from = models.TimeField(null=True, blank=True)  # by the clock of `zone`; both empty: no quiet hours
    quiet_to = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=60, blank=True)  # empty: the installation's


class Channel(models.Model):
    """Where events go: members by mail, a program, or a group chat. Address and secret are sealed."""

    class Kind(models.TextChoices):
        MAIL = "mail", pgettext_lazy("channel", "Mail to members")
        WEBHOOK = "webhook", "Webhook"
        WECOM = "wecom", _("WeCom group robot")
        DINGTALK = "dingtalk", _("DingTalk robot")
        FEISHU = "feishu", _("Feishu robot")
        SLACK = "slack", "Slack"

    class Off(models.TextChoices):
        BY_HAND = "by_hand", _("switched off by hand")
        GONE = "gone", _("the other side says that the address is gone (410)")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120)
    address = models.BinaryField(null=True)
    shown = models.CharField(max_length=120, blank=True)  # the address without what must not be seen
    secret = models.BinaryField(null=True)
    old_secret = models.BinaryField(null=True)  # still signs, until `old_until`
    old_until = models.DateTimeField(null=True)
    events: Any = models.JSONField(default=list)
    language = models.CharField(max_length=10, choices=LANGUAGES, default="en")
    members: Any = models.ManyToManyField(User, related_name="+", blank=True)  # of kind mail
    active = models.BooleanField(default=True)
    off = models.CharField(max_length=20, choices=Off.choices, blank=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Consent(models.TextChoices):
    GIVEN = "given", pgettext_lazy("consent", "given")
    REFUSED = "refused", pgettext_lazy("consent", "refused")
    UNKNOWN = "unknown", pgettext_lazy("consent", "unknown")


class Contact(models.Model):
    """How a customer can be reached. The address is sealed; `digest` finds it again without opening it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    customer = models.CharField(max_length=200)
    address = models.BinaryField()
    digest = models.CharField(max_length=64)
    shown = models.CharField(max_length=120)  # a•••@example.com
    language = models.CharField(max_length=10, choices=LANGUAGES, blank=True)  # empty: not known
    consent = models.CharField(max_length=10, choices=Consent.choices, default=Consent.UNKNOWN)
    consent_source = models.CharField(max_length=200, blank=True)
    consent_time = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)  # the file's name, or "" where a person typed it
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("customer",)
        constraints = [models.UniqueConstraint(fields=("workspace", "customer"), name="contact_once")]
        indexes = [models.Index(fields=("workspace", "digest"), name="contact_address")]


class ContactFile(models.Model):
    """A file of contacts. Its sealed bytes are kept until it is read; rows that could not be are kept with reasons."""

    class State(models.TextChoices):
        OPEN = "open", _("columns are to be chosen")
        DONE = "done", pgettext_lazy("contacts", "read")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    content = models.BinaryField(null=True)
    columns: Any = models.JSONField(default=list)
    mapping: Any = models.JSONField(default=dict)
    rows = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    refused: Any = models.JSONField(default=dict)  # reason → rows
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created", "-pk")


class RefusedRow(models.Model):
    """A row of a file of contacts that could not be read. Its cells are sealed: they hold addresses."""

    file = models.ForeignKey(ContactFile, models.CASCADE, related_name="refused_rows")
    line = models.IntegerField()
    reason = models.CharField(max_length=30)
    cells = models.BinaryField()

    class Meta:
        ordering = ("line",)


class Delivery(models.Model):
    """One message to one address. Asked for twice under one key, it is sent once."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "waiting")
        HELD = "held", _("held until the quiet hours end")
        SENDING = "sending", _("being sent")
        SENT = "sent", pgettext_lazy("delivery", "sent")
        DEAD = "dead", _("dead letter")
        SKIPPED = "skipped", _("not sent")

    class Reason(models.TextChoices):
        NO_ADDRESS = "no_address", _("no address is known")
        NO_CONSENT = "no_consent", _("the customer has not agreed to messages")
        ALREADY_TOLD = "already_told", _("this person was told before")
        CHANNEL_OFF = "channel_off", _("the channel was switched off or removed")
        NOT_MEMBER = "not_member", _("the person is no longer a member")
        BAD_ADDRESS = "bad_address", _("the address cannot be written to")
        NO_SERVER = "no_server", _("no mail server is set")
        REFUSED = "refused", _("the other side refused it")
        GAVE_UP = "gave_up", _("every try failed")
        UNSURE = "unsure", _("it may have arrived: the answer was lost")
        UNREADABLE = "unreadable", _("sealed with another key")
        DISMISSED = "dismissed", _("put aside by a person")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Channel.Kind.choices, default=Channel.Kind.MAIL)
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="+")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    customer = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=40)  # an event's name, or why a customer is written to
    about = models.CharField(max_length=120, blank=True)  # "theme:delivery.late", "plan:3"
    subject = models.CharField(max_length=250, blank=True)
    shown = models.CharField(max_length=120, blank=True)  # the address, masked
    language = models.CharField(max_length=10, choices=LANGUAGES, default="en")
    content = models.BinaryField(null=True)  # sealed: address, text, payload; gone after a while
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    words = models.CharField(max_length=500, blank=True)  # what the other side said last
    rank = models.SmallIntegerField(default=0)  # alarms before mail to customers
    tries = models.IntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    timed = models.DateTimeField(null=True)  # when `not_before` was set
    claim = models.UUIDField(null=True)
    claimed = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    uid: Any = models.UUIDField(default=uuid.uuid4, editable=False)  # names the message to the other side, every try

    class Meta:
        ordering = ("-created", "-pk")
        constraints = [models.UniqueConstraint(fields=("workspace", "key"), name="delivery_once")]
        indexes = [
            models.Index(fields=("workspace", "state", "-created"), name="delivery_of_workspace"),
            models.Index(
                fields=("rank", "created"), name="delivery_open", condition=Q(state__in=("waiting", "held", "sending"))
            ),
            models.Index(fields=("workspace", "customer"), name="delivery_of_customer", condition=~Q(customer="")),
        ]


class Attempt(models.Model):
    """One try to deliver."""

    class Outcome(models.TextChoices):
        SENT = "sent", pgettext_lazy("delivery", "sent")
        AGAIN = "again", _("to be tried again")
        DEAD = "dead", _("refused for good")
        UNSURE = "unsure", _("unsure whether it arrived")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.IntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    phase = models.CharField(max_length=20, blank=True)  # connect, MAIL, RCPT, DATA, reply; of HTTP: the status
    words = models.CharField(max_length=500, blank=True)
    began = models.DateTimeField()
    ended = models.DateTimeField()

    class Meta:
        ordering = ("number", "pk")


class Told(models.Model):
    """Who was told about what: once a person."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    about = models.CharField(max_length=120)
    customer = models.CharField(max_length=200)  # the key the person is counted as
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("workspace", "about", "customer"), name="told_once")]
