"""Work to be done. A row is the truth: what is not done can be found by looking."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from balm.web.people.models import User, Workspace


class Job(models.Model):
    """One piece of work, and how far it is."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    class Reason(models.TextChoices):
        """Why it failed, was canceled, or waits for another try."""

        REFUSED = "refused", _("The input was refused")
        UNEXPECTED = "unexpected", _("Something unexpected happened; the log of the server says what")
        DIED = "died", _("Its process ended early again and again; most often memory ran out")
        ASKED = "canceled", _("Somebody canceled it")
        REPLACED = "replaced", _("The same work was waiting once more")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, blank=True)  # of two waiting jobs with one key, one is enough
    payload: Any = models.JSONField(default=dict)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stage = models.CharField(max_length=40, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    attempts = models.IntegerField(default=0)  # times it was begun
    failures = models.IntegerField(default=0)  # times it raised, or its process died
    losses = models.IntegerField(default=0)  # times its worker was gone
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    error = models.TextField(blank=True)  # for a person; empty where the reason says it
    canceling = models.BooleanField(default=False)  # somebody asked its worker to stop it
    created = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(null=True, blank=True)  # the wait before another try
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    claim = models.UUIDField(null=True, blank=True)  # of this run: who does not hold it may not write for the job
    beat = models.DateTimeField(null=True, blank=True)  # when its worker was last seen alive

    class Meta:
        ordering = ("-created",)
        indexes = [
            models.Index(fields=("state", "created"), name="job_state"),
            models.Index(fields=("workspace", "-created"), name="job_workspace"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("workspace", "key"),
                condition=models.Q(state="waiting") & ~models.Q(key=""),
                name="job_waiting_once",
            ),
            models.UniqueConstraint(
                fields=("workspace",), condition=models.Q(state="running"), name="job_one_at_a_time"
            ),
        ]


class Worker(models.Model):
    """A worker that was seen. Its row goes when it stops, or when others find it dead."""

    name = models.CharField(max_length=80, unique=True)
    host = models.CharField(max_length=120)
    pid = models.IntegerField()
    started = models.DateTimeField()
    beat = models.DateTimeField()

    class Meta:
        ordering = ("started",)
