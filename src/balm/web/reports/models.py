"""What customers are told of what was done: only from verdicts."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from balm.web.people.models import User, Workspace


class SaidPage(models.Model):
    """Whether a workspace's page for customers can be opened, and how the firm is called there."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="said_page")
    open = models.BooleanField(default=False)
    firm = models.CharField(_("name"), max_length=120, blank=True)


class Said(models.Model):
    """One entry of that page: what customers said, what was done. It stands on a verdict, and shows only while that
    verdict does."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="said")
    check_of = models.ForeignKey("experiments.Check", models.CASCADE, related_name="said")
    texts: Any = models.JSONField(default=dict)  # language → {"said", "did"}
    published = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-published", "-pk")
        constraints = [models.UniqueConstraint(fields=("check_of",), name="said_once")]
