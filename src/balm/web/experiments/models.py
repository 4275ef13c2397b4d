"""Checks registered before a fix, experiments, verdicts, and what fixes brought."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.web.people.models import User, Workspace


class Check(models.Model):
    """How a fix will be proved or disproved. Once registered, `spec` and `lists` are under a seal."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("check", "Draft")
        REGISTERED = "registered", pgettext_lazy("check", "Registered")
        RUNNING = "running", pgettext_lazy("check", "Running")
        DUE = "due", pgettext_lazy("check", "Due")
        JUDGED = "judged", pgettext_lazy("check", "Judged")
        VOID = "void", pgettext_lazy("check", "Withdrawn")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="checks")
    plan = models.IntegerField(null=True, blank=True)  # number of the plan in the workspace
    title = models.CharField(max_length=200)
    themes: Any = models.JSONField(default=list)  # ids of the pain points it is about
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    spec: Any = models.JSONField(default=dict)  # see `spec.py`
    lists: Any = models.JSONField(default=dict)  # customer key → [unit, first day]; {} where an attribute tells
    starts = models.DateField(null=True, blank=True)  # first day on which anybody has the fix
    ends = models.DateField(null=True, blank=True)  # last day that counts
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    registered = models.DateTimeField(null=True, blank=True)
    registered_by = models.CharField(max_length=254, blank=True)  # as it was then: it is part of what is sealed
    seal = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # of the newest verdict that is not interim
    judged = models.DateTimeField(null=True, blank=True)
    resolved = models.DateTimeField(null=True, blank=True)  # when its verdict closed its pains
    regressed = models.DateTimeField(null=True, blank=True)  # when the pain came back among the exposed
    asked = models.DateTimeField(null=True, blank=True)  # when the affected customers were asked

    class Meta:
        ordering = ("-created", "-pk")
        indexes = [
            models.Index(fields=("workspace", "state"), name="checks_of_workspace"),
            models.Index(fields=("workspace", "plan"), name="checks_of_plan"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def from_db(cls, *args: Any, **options: Any) -> Check:
        """A row that was altered into another shape can still be looked at: its seal is broken."""
        made: Check = super().from_db(*args, **options)
        for name in ("spec", "lists"):
            if name in made.__dict__ and not isinstance(made.__dict__[name], dict):
                made.__dict__[name] = {}
        return made


class _Kept(models.Model):
    """A row that the database itself refuses to change or remove (see `guard.py`); it outlives what it names."""

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, related_name="+", db_constraint=False)
    check_of = models.ForeignKey(Check, models.DO_NOTHING, related_name="+", db_constraint=False)
    by = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    by_name = models.CharField(max_length=254, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class CheckChange(_Kept):
    """What was registered, and each later change of it."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", pgettext_lazy("check", "Registered")
        RESEALED = "resealed", _("Changed before the start and registered anew")
        CHANGED = "changed", _("Changed after the start")
        VOID = "void", _("Withdrawn")
        REPEATED = "repeated", _("Taken up again after its verdict")
        NOTED = "noted", _("A comparison unit got the fix")
        CLOSED = "closed", _("Closed by a person")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    before: Any = models.JSONField(default=dict)
    after: Any = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("created", "pk")
        indexes = [models.Index(fields=("check_of", "created"), name="changes_of_check")]


class VerdictRow(_Kept):
    """One look at a check: what was found, of which data. An interim one decides nothing."""

    interim = models.BooleanField(default=False)
    outcome = models.CharField(max_length=12)
    verdict: Any = models.JSONField()  # `core.verdicts.Verdict`
    data: Any = models.JSONField(default=dict)  # versions of the tables, last day, digest of the panel
    last_day = models.DateField(null=True)  # of the data

    class Meta:
        ordering = ("-created", "-pk")
        indexes = [models.Index(fields=("check_of", "-created"), name="verdicts_of_check")]


class Look(models.Model):
    """One look, after a pain was closed, whether it came back among the exposed."""

    check_of = models.ForeignKey(Check, models.CASCADE, related_name="looks")
    number = models.IntegerField()  # of the block of days since the verdict, from 1
    first = models.DateField()
    last = models.DateField()
    exposed: Any = models.JSONField()  # Estimate of the level in the block
    others: Any = models.JSONField(null=True)  # the same of the comparison
    rise: Any = models.JSONField()  # Estimate of the level − the level at the verdict, at the level of this look
    alpha = models.FloatField()
    returned = models.BooleanField(default=False)
    returned_others = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=("check_of", "number"), name="look_once")]


class Series(models.Model):
    """A measurement that comes from elsewhere: repeat contacts, handling time, …"""

    class Kind(models.TextChoices):
        SHARE = "share", _("Share: how many of n")
        MEAN = "mean", _("Mean of a value")
        RATE = "rate", _("Events per n")

    class Better(models.TextChoices):
        LOWER = "lower", _("Lower is better")
        HIGHER = "higher", _("Higher is better")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="series")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SHARE)
    better = models.CharField(max_length=8, choices=Better.choices, default=Better.LOWER)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("workspace", "name"), name="series_name_once")]

    def __str__(self) -> str:
        return self.name


class Measurement(models.Model):
    """One unit on one day: the sum of the value over `n` observations, and where it is told, the sum of squares."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="rows")
    unit = models.CharField(max_length=120)
    day = models.DateField()
    total = models.FloatField()
    n = models.FloatField()
    squares = models.FloatField(null=True)
    received = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("day", "unit")
        constraints = [models.UniqueConstraint(fields=("series", "unit", "day"), name="measurement_once")]


class Experiment(models.Model):
    """Arms that units are assigned to by chance. What is written down before the start stays as it is."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("experiment", "Draft")
        RUNNING = "running", pgettext_lazy("experiment", "Running")
        STOPPED = "stopped", pgettext_lazy("experiment", "Stopped")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="experiments")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    plan = models.IntegerField(null=True, blank=True)
    hypothesis = models.CharField(max_length=1000, blank=True)
    unit = models.CharField(max_length=40, default="customer")
    arms: Any = models.JSONField(default=list)  # [{"name", "ratio"}], the first is the control
    metrics: Any = models.JSONField(default=list)  # [{"name", "kind", "better", "margin", "role", "source"}]
    traffic = models.FloatField(default=1.0)  # share of the units that take part
    salt = models.CharField(max_length=64)
    planned = models.IntegerField(default=10_000)  # units at which the daily reading is to be sharpest
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    stopped = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=500, blank=True)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-created", "-pk")
        constraints = [models.UniqueConstraint(fields=("workspace", "key"), name="experiment_key_once")]

    def __str__(self) -> str:
        return self.title


class Exposure(models.Model):
    """A unit that was shown an arm: when for the first time. Two rows of one unit: it crossed over."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="exposures")
    unit = models.CharField(max_length=200)
    arm = models.CharField(max_length=60)
    first = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("experiment", "unit", "arm"), name="exposure_once")]


class OutcomeRow(models.Model):
    """A value of a metric of a unit. `key` names it, so that what is sent twice counts once; `before`: from before the
    exposure, to make the reading sharper (CUPED)."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="outcomes")
    unit = models.CharField(max_length=200)
    metric = models.CharField(max_length=60)
    key = models.CharField(max_length=120, blank=True)
    value = models.FloatField()
    before = models.BooleanField(default=False)
    time = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("experiment", "metric", "unit", "key"), name="outcome_once")]


class Reading(models.Model):
    """What an experiment showed on a day; one a day is kept, with the last when it was stopped."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="readings")
    day = models.DateField()
    final = models.BooleanField(default=False)
    data: Any = models.JSONField()
    created = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-day", "-pk")
        constraints = [models.UniqueConstraint(fields=("experiment", "day", "final"), name="reading_once")]
