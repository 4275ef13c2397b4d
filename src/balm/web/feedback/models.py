"""Imports, and what people coded by hand. The comments themselves are in the lake."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from balm.web.jobs.models import Job
from balm.web.people.models import User, Workspace


class Import(models.Model):
    """One file: as it came, how its columns are read, and what became of its rows."""

    class State(models.TextChoices):
        CHECKING = "checking", _("To be checked")  # uploaded; a person looks at the mapping
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        TAKING_BACK = "taking_back", _("Being taken back")
        TAKEN_BACK = "taken_back", _("Taken back")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="imports")
    name = models.CharField(max_length=255)  # of the file, as the person sees it
    path = models.CharField(max_length=255)  # below the folder of uploads
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes: the key of the import in the lake
    columns: Any = models.JSONField(default=dict)  # role → column, as `ColumnMap.to_json`
    state = models.CharField(max_length=12, choices=State.choices, default=State.CHECKING)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    rows = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected: Any = models.JSONField(default=dict)  # reason → rows
    unread_cells: Any = models.JSONField(default=dict)  # reason → cells left empty in kept rows
    problem: Any = models.JSONField(default=dict)  # why it failed
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created", "-pk")
        indexes = [models.Index(fields=("workspace", "-created"), name="import_of_workspace")]


class Recode(models.Model):
    """A person's coding of one mention, which stands above the machine's. `theme` empty: no theme applies.

    The newest row of a mention counts; one that was undone does not.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="recodes")
    feedback_id = models.CharField(max_length=200)
    mention = models.IntegerField()
    start = models.IntegerField(default=0)  # code points in the comment: finds the mention when it is cut otherwise
    end = models.IntegerField(default=0)
    theme = models.CharField(max_length=120, blank=True)
    was = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    undone = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created", "pk")
        indexes = [models.Index(fields=("workspace", "feedback_id"), name="recode_of_comment")]
