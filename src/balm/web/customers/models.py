"""Which keys are one customer."""

from __future__ import annotations

from typing import Any

from django.db import models

from balm.web.people.models import User, Workspace


class Merge(models.Model):
    """Several customer keys that are one person, until undone. `keys` are counted as `into`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="merges")
    into = models.CharField(max_length=200)
    keys: Any = models.JSONField()
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    undone = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("created", "pk")
