"""One question to one customer, behind a link of its own."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.web.deliveries.models import LANGUAGES, Delivery
from balm.web.people.models import User, Workspace


class Ask(models.Model):
    """Whether it is solved, asked of one customer about one case or check."""

    class Purpose(models.TextChoices):
        CASE = "case", _("After a case")
        CHECK = "check", _("For a check")

    class Answer(models.TextChoices):
        YES = "yes", pgettext_lazy("solved", "Yes")
        PARTLY = "partly", pgettext_lazy("solved", "Partly")
        NO = "no", pgettext_lazy("solved", "No")

    uid: Any = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    customer = models.CharField(max_length=200)  # the key the person was counted as
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    ref = models.CharField(max_length=120)  # which case or check; the caller's
    question: Any = models.JSONField(default=dict)  # what it is about, in each language
    language = models.CharField(max_length=10, choices=LANGUAGES, default="en")
    digest = models.CharField(max_length=64, unique=True)  # of the token in the link
    delivery = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    comment = models.CharField(max_length=2000, blank=True)
    answered = models.DateTimeField(null=True, blank=True)  # first
    changed = models.DateTimeField(null=True, blank=True)  # last

    class Meta:
        ordering = ("-created", "-pk")
        constraints = [
            models.UniqueConstraint(fields=("workspace", "purpose", "ref", "customer"), name="ask_once"),
        ]
        indexes = [models.Index(fields=("workspace", "customer"), name="ask_of_customer")]
