"""Versions of a workspace's codebook, and samples that people code blind."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from balm.web.people.models import User, Workspace


class Version(models.Model):
    """The codebook after an edit: all edits in force, so that any version can be read by itself.

    Undo writes a new version whose list lacks the edit; nothing is ever taken away.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="codebook_versions")
    number = models.IntegerField()
    edits: Any = models.JSONField(default=list)  # as `balm.understand.codebook.edits` writes them
    change: Any = models.JSONField(default=dict)  # what this version did: {"do": edit} or {"undo": edit}
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    # the figures before and after it, for the restated trend
    figures_before = models.ForeignKey("painpoints.Figures", models.SET_NULL, null=True, related_name="+")
    figures_after = models.ForeignKey("painpoints.Figures", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=("workspace", "number"), name="codebook_version_once")]


class Draft(models.Model):
    """An edit, or the undoing of one, that somebody looks at before it is made: what it would change."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="drafts")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    edit: Any = models.JSONField()  # what is to be made, or taken back
    undo = models.IntegerField(null=True)  # the version whose edit is to be taken back
    seen = models.IntegerField(default=0)  # number of the version that it was looked at with
    form: Any = models.JSONField(default=dict)  # {"path", "data"}: where it was written and what was typed there
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    result: Any = models.JSONField(default=dict)  # see `looking.Look`
    error = models.TextField(blank=True)
    job = models.UUIDField(null=True)
    made = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="+")  # once it was applied
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created",)


class Sample(models.Model):
    """Mentions drawn by chance for people to code without seeing what the machine said."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="samples")
    name = models.CharField(max_length=120)
    seed = models.IntegerField(default=0)
    version = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="+")
    drawn_from = models.BigIntegerField(default=0)  # mentions there were
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created",)


class SampleItem(models.Model):
    """One mention of a sample, with the machine's coding at the time."""

    sample = models.ForeignKey(Sample, models.CASCADE, related_name="items")
    place = models.IntegerField()
    feedback_id = models.CharField(max_length=200)
    mention = models.IntegerField()
    start = models.IntegerField(default=0)  # in the comment as it is shown
    end = models.IntegerField(default=0)
    text = models.TextField()
    machine = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("place",)
        constraints = [models.UniqueConstraint(fields=("sample", "place"), name="sample_place_once")]


class HandCode(models.Model):
    """What one person said of one item. `theme` empty: none applies."""

    item = models.ForeignKey(SampleItem, models.CASCADE, related_name="codes")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    theme = models.CharField(max_length=120, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("item", "user"), name="hand_code_once")]
