"""Pain points: the figures of each refresh, and what people decide about them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from balm.web.people.models import Team, User, Workspace


class Figures(models.Model):
    """All figures of one refresh; the newest of a workspace are shown, older ones are kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="figures")
    codebook_version = models.IntegerField(default=0)  # `codebook.Version.number`, 0 before the first edit
    feedback_version = models.BigIntegerField()  # of the Delta tables they were computed from
    mentions_version = models.BigIntegerField()
    decisions: Any = models.JSONField(default=dict)  # fingerprint of merges, recodes and edits they hold
    overview: Any = models.JSONField()
    shown: Any = models.JSONField(default=dict)  # solvability, topics, models, digits: what renderers need beside
    comments = models.BigIntegerField(default=0)
    customers = models.BigIntegerField(default=0)
    as_of = models.DateTimeField()  # when its data were read
    created = models.DateTimeField(auto_now_add=True)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ("-created", "-pk")
        indexes = [models.Index(fields=("workspace", "-created"), name="figures_of_workspace")]


class PainFigures(models.Model):
    """The figures of one theme in one refresh."""

    figures = models.ForeignKey(Figures, models.CASCADE, related_name="rows")
    theme = models.CharField(max_length=120)
    rank = models.IntegerField(null=True)  # by customer impact; null: nobody is hurt by it
    data: Any = models.JSONField(null=True)  # `core.types.PainPoint`; null: nobody is hurt by it
    facts: Any = models.JSONField()  # `core.types.Theme`, with counts

    class Meta:
        ordering = ("rank", "theme")
        constraints = [models.UniqueConstraint(fields=("figures", "theme"), name="theme_figures_once")]


class PainPoint(models.Model):
    """What people know and decide about a pain point: it outlives every refresh. Its identity is its theme's."""

    class State(models.TextChoices):
        NEW = "new", _("New")
        ONGOING = "ongoing", _("Ongoing")
        ESCALATING = "escalating", _("Escalating")
        REGRESSED = "regressed", _("Regressed")
        RESOLVED = "resolved", _("Resolved")
        ARCHIVED = "archived", _("Archived")

    class Moscow(models.TextChoices):
        MUST = "must", _("Must")
        SHOULD = "should", _("Should")
        COULD = "could", _("Could")
        WONT = "wont", _("Won't this time")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="painpoints")
    theme = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="owned")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="owned")
    first_seen = models.DateTimeField(auto_now_add=True)  # by Balm; the data say since when customers have it
    since = models.DateField(null=True, blank=True)  # first day of a mention
    moscow = models.CharField(max_length=10, choices=Moscow.choices, blank=True)
    moscow_place = models.IntegerField(default=0)
    effort = models.CharField(max_length=10, blank=True)  # low, medium, high; empty: the codebook's prior
    effort_reason = models.CharField(max_length=500, blank=True)
    level = models.CharField(max_length=10, blank=True)  # a person's level, above the computed one
    level_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=("workspace", "theme"), name="painpoint_theme_once")]


class Activity(models.Model):
    """What happened to a pain point: notes, changes of state, owner, priority. Shown newest first."""

    painpoint = models.ForeignKey(PainPoint, models.CASCADE, related_name="activities")
    kind = models.CharField(max_length=30)  # note, state, owner, moscow, effort, level, merge, split
    text = models.TextField(blank=True)
    detail: Any = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created", "-pk")


class Vote(models.Model):
    """A stakeholder's vote: shown beside the data, never counted in it. 1 … 5."""

    painpoint = models.ForeignKey(PainPoint, models.CASCADE, related_name="votes")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    weight = models.SmallIntegerField()
    created = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("painpoint", "user"), name="vote_once")]


class SavedView(models.Model):
    """Filters of a list under a name: one's own, or shared with the workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="views")
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(max_length=30)  # painpoints, feedback
    name = models.CharField(max_length=120)
    query = models.TextField(blank=True)
    shared = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("workspace", "owner", "page", "name"), name="view_name_once")]
