"""Plans that remove a cause, the loops they belong to, and the office that leads them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.web.people.models import Team, User, Workspace


class Loop(models.Model):
    """A rhythm in which plans are reviewed: a small one over weeks, a large one over quarters."""

    class Size(models.TextChoices):
        SMALL = "small", _("Small loop")
        LARGE = "large", _("Large loop")

    class Unit(models.TextChoices):
        DAY = "day", _("days")
        WEEK = "week", _("weeks")
        MONTH = "month", _("months")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="loops")
    name = models.CharField(_("name"), max_length=120)
    size = models.CharField(max_length=5, choices=Size.choices, default=Size.SMALL)
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.WEEK)
    every = models.PositiveSmallIntegerField(default=1)  # so many units between two reviews
    anchor = models.DateField(null=True, blank=True)  # the first planned review
    goal = models.CharField(max_length=500, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="loops")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    next_review = models.DateField(null=True, blank=True)
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-size", "name")
        constraints = [models.UniqueConstraint(fields=("workspace", "name"), name="loop_name_once")]

    def __str__(self) -> str:
        return self.name


class Indicator(models.Model):
    """What a loop is steered by. Process indicators say what is done; outcome indicators say what customers have of it:
    they are kept apart, so that being busy is not taken for being better."""

    class Side(models.TextChoices):
        PROCESS = "process", _("Process indicator")
        OUTCOME = "outcome", _("Outcome indicator")

    loop = models.ForeignKey(Loop, models.CASCADE, related_name="indicators")
    side = models.CharField(max_length=8, choices=Side.choices)
    name = models.CharField(max_length=160)
    source = models.CharField(max_length=60, blank=True)  # "score:nps", "reach:<theme>", "cases:overdue", …; "" by hand
    target = models.FloatField(null=True, blank=True)
    better = models.CharField(max_length=6, default="lower")  # lower, higher
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("side", "place", "pk")


class IndicatorValue(models.Model):
    """What an indicator was on a day; for those that are read off the figures, kept at each review."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="values")
    day = models.DateField()
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.BigIntegerField(default=0)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-day", "-pk")
        constraints = [models.UniqueConstraint(fields=("indicator", "day"), name="indicator_day_once")]


class Review(models.Model):
    """One review of a loop: it comes by itself when it is due, and is minuted when it was held."""

    loop = models.ForeignKey(Loop, models.CASCADE, related_name="reviews")
    due = models.DateField()
    opened = models.DateTimeField(auto_now_add=True)
    held = models.DateTimeField(null=True, blank=True)
    present = models.CharField(max_length=500, blank=True)
    minutes = models.TextField(blank=True)
    decisions = models.TextField(blank=True)
    figures: Any = models.JSONField(default=dict)  # what stood on the table: indicators, plans, as they were
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-due", "-pk")
        constraints = [models.UniqueConstraint(fields=("loop", "due"), name="review_once")]


class Plan(models.Model):
    """What is done about a cause, by whom, until when, and what it is expected to bring."""

    class Kind(models.TextChoices):
        PROCESS = "process", pgettext_lazy("plan", "Process")
        PRODUCT = "product", pgettext_lazy("plan", "Product")
        SUPPORT = "support", pgettext_lazy("plan", "Support")
        EMOTIONAL = "emotional", pgettext_lazy("plan", "Emotional")
        COMMUNICATION = "communication", pgettext_lazy("plan", "Communication")
        SELF_SERVICE = "self_service", pgettext_lazy("plan", "Self-service")
        TRAINING = "training", pgettext_lazy("plan", "Training")
        POLICY = "policy", pgettext_lazy("plan", "Policy")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("plan", "Draft")
        READY = "ready", pgettext_lazy("plan", "Ready")
        RUNNING = "running", pgettext_lazy("plan", "Running")
        LANDED = "landed", pgettext_lazy("plan", "Landed, not judged")
        PROVEN = "proven", pgettext_lazy("plan", "Proven")
        FAILED = "failed", pgettext_lazy("plan", "Did not work")
        UNDECIDED = "undecided", pgettext_lazy("plan", "Cannot tell")
        PAUSED = "paused", pgettext_lazy("plan", "Paused")
        DROPPED = "dropped", pgettext_lazy("plan", "Dropped")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="plans")
    number = models.PositiveIntegerField()  # in the workspace, from 1
    title = models.CharField(max_length=200)
    hypothesis = models.TextField(blank=True)  # if we …, then …, because …
    kind = models.CharField(max_length=14, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    loop = models.ForeignKey(Loop, models.SET_NULL, null=True, blank=True, related_name="plans")
    playbook = models.CharField(max_length=60, blank=True)  # key of the playbook it was made from
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    spent = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    expected = models.CharField(max_length=500, blank=True)  # the effect, in words
    expected_effect = models.FloatField(null=True, blank=True)  # relative: −0.5 halves the pain
    place = models.IntegerField(default=0)  # on the board
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    landed = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("place", "-number")
        constraints = [models.UniqueConstraint(fields=("workspace", "number"), name="plan_number_once")]

    def __str__(self) -> str:
        return self.title


class PlanPain(models.Model):
    """A pain point that a plan is about, by its theme."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="pains")
    theme = models.CharField(max_length=120)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=("plan", "theme"), name="plan_pain_once")]
        indexes = [models.Index(fields=("theme",), name="plan_pain_theme")]


class PlanRole(models.Model):
    """Who does, who answers, who is asked, who is told. A person or a team; exactly one person is accountable."""

    class Part(models.TextChoices):
        RESPONSIBLE = "responsible", _("Responsible")
        ACCOUNTABLE = "accountable", _("Accountable")
        CONSULTED = "consulted", _("Consulted")
        INFORMED = "informed", _("Informed")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="roles")
    part = models.CharField(max_length=11, choices=Part.choices)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="plan_roles")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="plan_roles")

    class Meta:
        ordering = ("part", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("plan",), condition=models.Q(part="accountable"), name="plan_one_accountable"
            ),
            models.UniqueConstraint(fields=("plan", "part", "user"), name="plan_role_user_once"),
            models.UniqueConstraint(fields=("plan", "part", "team"), name="plan_role_team_once"),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, team__isnull=True)
                | (models.Q(user__isnull=True, team__isnull=False) & ~models.Q(part="accountable")),
                name="plan_role_somebody",
            ),
        ]


class Task(models.Model):
    """A step of a plan. A corrected promise or a mended page says how it will be known to be right."""

    class Kind(models.TextChoices):
        TASK = "task", _("Task")
        PROMISE = "promise", _("Promise to correct")
        PAGE = "page", _("Page to mend")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("task", "Open")
        DOING = "doing", pgettext_lazy("task", "In progress")
        DONE = "done", pgettext_lazy("task", "Done")
        DROPPED = "dropped", pgettext_lazy("task", "Dropped")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="tasks")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TASK)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="tasks")
    due = models.DateField(null=True, blank=True)
    done = models.DateTimeField(null=True, blank=True)
    where = models.CharField(max_length=300, blank=True)  # the promise's place, the page's address
    before = models.TextField(blank=True)  # as it was promised or written
    after = models.TextField(blank=True)  # as it shall read
    known_by = models.CharField(max_length=300, blank=True)  # how it will be known to be right
    verified = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("place", "pk")


class PlanEvent(models.Model):
    """What happened to a plan: states, roles, tasks, notes. Shown newest first."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    text = models.TextField(blank=True)
    detail: Any = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created", "-pk")


class Duty(models.Model):
    """Which team does which work of the customer-experience office, or leads a task force across departments."""

    class Kind(models.TextChoices):
        NEW_EXPERIENCE = "new_experience", _("New-experience team")
        CONTACT_CENTER = "contact_center", _("Contact-center team")
        DAILY_ANALYSIS = "daily_analysis", _("Daily-analysis team")
        TASK_FORCE = "task_force", _("Task force")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="duties")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    team = models.ForeignKey(Team, models.CASCADE, related_name="duties")
    lead = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    mission = models.CharField(max_length=500, blank=True)
    reports_to = models.CharField(max_length=120, blank=True)  # the reporting line to the top

    class Meta:
        ordering = ("kind", "pk")
        constraints = [models.UniqueConstraint(fields=("workspace", "kind", "team"), name="duty_once")]
