"""Cases: one customer's trouble until it is solved, the rules that open and route them, the promises they are under."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.web.people.models import Team, User, Workspace


class Policy(models.Model):
    """Service times: what is promised by priority, and who hears when it is not kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="policies")
    name = models.CharField(_("name"), max_length=120)
    terms: Any = models.JSONField()  # `mitigate.clock.Policy.to_json`
    usual = models.BooleanField(default=False)  # of cases that no rule gives another one

    class Meta:
        ordering = ("-usual", "name")
        constraints = [
            models.UniqueConstraint(fields=("workspace", "name"), name="policy_name_once"),
            models.UniqueConstraint(fields=("workspace",), condition=Q(usual=True), name="policy_usual_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Desk(models.Model):
    """How a workspace works on cases; without a row, as an installation begins."""

    class Give(models.TextChoices):
        """Who of the team a rule names gets the case."""

        NOBODY = "nobody", _("Nobody: the team takes them one by one")
        LEAST = "least", _("Whoever has the fewest open cases")
        TURN = "turn", _("Everybody in turn")

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    calendar: Any = models.JSONField(null=True)  # `core.calendar.Calendar.to_json`; null: Monday to Friday, 9 to 18
    give = models.CharField(max_length=10, choices=Give.choices, default=Give.LEAST)
    open_low = models.BooleanField(default=True)
    open_urgent = models.BooleanField(default=True)
    days = models.PositiveSmallIntegerField(default=14)  # before the newest comment; older ones open nothing
    most = models.PositiveSmallIntegerField(default=200)  # cases that one look at new comments opens
    close_after = models.PositiveSmallIntegerField(null=True, default=2)  # days a solved case waits; null: by hand
    last: Any = models.JSONField(default=dict)  # what the newest look found and left out


class Look(models.Model):
    """A part of the comments that was looked at: none of it opens a case again."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    import_key = models.CharField(max_length=64)
    part = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("workspace", "import_key", "part"), name="case_look_once")]


class Macro(models.Model):
    """A text that is sent often, by language."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="macros")
    name = models.CharField(_("name"), max_length=120)
    texts: Any = models.JSONField(default=dict)  # language → text; {number}, {theme}, {name} and {company} are filled

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("workspace", "name"), name="macro_name_once")]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """Which comments are a case, and whose. Read from the first to the last."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="rules")
    place = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=120)
    when: Any = models.JSONField(default=dict)  # as `mitigate.routing.to_json`
    then: Any = models.JSONField(default=dict)  # the same; team, owner, policy and macro by number
    opens = models.BooleanField(default=True)  # else it only says whose case it is
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("place", "pk")


class Case(models.Model):
    """One customer's trouble. What changes it goes through `balm.mitigate.case`."""

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("case", "New")
        ASSIGNED = "assigned", _("Assigned")
        CONTACTED = "contacted", _("Contacted")
        WAITING = "waiting", pgettext_lazy("case", "Waiting")
        SOLVED = "solved", pgettext_lazy("case", "Solved")
        CLOSED = "closed", pgettext_lazy("case", "Closed")
        REOPENED = "reopened", _("Still dissatisfied")
        CANCELED = "canceled", _("Not a case")

    class Source(models.TextChoices):
        RULE = "rule", _("A rule")
        LOW_SCORE = "low_score", _("A low score")
        URGENT = "urgent", _("An urgent word")
        HAND = "hand", pgettext_lazy("case", "By hand")
        ASKED = "asked", _("An answer to a question")
        REOPENED = "reopened", _("Still dissatisfied")

    class Priority(models.TextChoices):
        URGENT = "urgent", _("Urgent")
        HIGH = "high", pgettext_lazy("priority", "High")
        NORMAL = "normal", pgettext_lazy("priority", "Normal")
        LOW = "low", pgettext_lazy("priority", "Low")

    class Outcome(models.TextChoices):
        MENDED = "mended", _("Mended")
        EXPLAINED = "explained", _("Explained")
        COMPENSATED = "compensated", _("Made good: refund, exchange, voucher")
        NOT_POSSIBLE = "not_possible", _("Could not be mended")
        UNREACHABLE = "unreachable", _("The customer could not be reached")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="cases")
    number = models.PositiveIntegerField()
    customer = models.CharField(max_length=200, blank=True)  # the key the person was counted as; "": not known
    feedback_id = models.CharField(max_length=200, blank=True)  # the comment it began with; "": none
    quote = models.TextField(blank=True)  # of that comment, identifiers redacted
    kind = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=20, blank=True)
    attributes: Any = models.JSONField(default=dict)  # of the comment: channel, touchpoint, store …
    language = models.CharField(max_length=10, default="en")
    score = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    why: Any = models.JSONField(default=dict)  # which rule opened and routed it, and what it found
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="cases")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="cases")
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, blank=True, related_name="+")
    macro = models.ForeignKey(Macro, models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=15, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=120, blank=True)  # a theme: what it was in the end
    attempts = models.PositiveSmallIntegerField(default=0)  # contacts that did not reach the customer
    reopened = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField(default=0)  # steps of escalation, by the clock and by hand
    opened = models.DateTimeField()
    began = models.DateTimeField()  # when the clock that runs now began: as `opened`, or the newest reopening
    contacted = models.DateTimeField(null=True, blank=True)
    solved = models.DateTimeField(null=True, blank=True)
    closed = models.DateTimeField(null=True, blank=True)
    # the clock as it stood when the row was written; `next_change`: when it has to be looked at again
    first_due = models.DateTimeField(null=True, blank=True)
    solve_due = models.DateTimeField(null=True, blank=True)
    due = models.DateTimeField(null=True, blank=True)  # the nearest promise that still runs
    late_first = models.BooleanField(default=False)
    late_solve = models.BooleanField(default=False)
    next_change = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=("workspace", "number"), name="case_number_once")]
        indexes = [
            models.Index(fields=("workspace", "state", "due"), name="case_queue"),
            models.Index(fields=("workspace", "customer"), name="case_customer"),
            models.Index(fields=("next_change",), name="case_clock"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class CaseTheme(models.Model):
    """A theme that a case is about, as it was found; what it was merged into since is looked up."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="themes")
    theme = models.CharField(max_length=120)
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("place", "pk")
        constraints = [models.UniqueConstraint(fields=("case", "theme"), name="case_theme_once")]
        indexes = [models.Index(fields=("theme",), name="case_theme")]


class CaseComment(models.Model):
    """A comment that opened a case or joined one: for one reason it does so once, however often it is looked at."""

    class Family(models.TextChoices):
        RULES = "rules", _("by itself")
        HAND = "hand", pgettext_lazy("case", "By hand")
        ASKED = "asked", _("An answer to a question")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, models.CASCADE, related_name="comments")
    feedback_id = models.CharField(max_length=200)
    family = models.CharField(max_length=6, choices=Family.choices)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=("workspace", "feedback_id", "family"), name="case_comment_once")]


class Pause(models.Model):
    """A time that does not count: the case waited for the customer or for somebody outside."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="pauses")
    began = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("began", "pk")
        constraints = [models.UniqueConstraint(fields=("case",), condition=Q(ended=None), name="pause_one_at_a_time")]


class Alarm(models.Model):
    """Something the clock said, once: `name` is at_risk:first, overdue:solve, level:solve:1:0:lead …, of one run of
    the clock."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="alarms")
    run = models.PositiveSmallIntegerField()  # `Case.reopened` at the time
    name = models.CharField(max_length=30)
    due = models.DateTimeField(null=True)  # what was promised
    raised = models.DateTimeField()

    class Meta:
        ordering = ("raised", "pk")
        constraints = [models.UniqueConstraint(fields=("case", "run", "name"), name="alarm_once")]


class CaseEvent(models.Model):
    """What happened to a case. Shown newest first."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)  # opened, joined, state, owner, note, alarm, reply, answer …
    text = models.TextField(blank=True)
    detail: Any = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created", "-pk")


class CaseContact(models.Model):
    """A contact with the customer, or a try."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        MAIL = "mail", pgettext_lazy("contact", "Mail")
        CHAT = "chat", _("Chat")
        SHOP = "shop", _("In the shop")
        OTHER = "other", pgettext_lazy("contact", "Other")

    class Direction(models.TextChoices):
        OUT = "out", _("We to the customer")
        IN = "in", _("The customer to us")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NOT_REACHED = "not_reached", _("Not reached")
        CALLBACK = "callback", _("Reached; wants to be called again")

    case = models.ForeignKey(Case, models.CASCADE, related_name="contacts")
    channel = models.CharField(max_length=6, choices=Channel.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    text = models.TextField(blank=True)
    callback = models.DateTimeField(null=True, blank=True)
    delivery = models.ForeignKey("deliveries.Delivery", models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created", "-pk")


class LowScore(models.Model):
    """A comment with a low score, which a person reads and, where it helps, calls back about."""

    class Decided(models.TextChoices):
        CASE = "case", _("A case was opened")
        NOTHING = "nothing", _("Read: nothing to be done")
        KNOWN = "known", _("Read: known, a plan is on it")
        THANKED = "thanked", _("Read: the customer was thanked")

    class Called(models.TextChoices):
        MENDED = "mended", _("Reached, and put right")
        REACHED = "reached", _("Reached, not put right")
        NOT_REACHED = "not_reached", _("Not reached")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    feedback_id = models.CharField(max_length=200)
    import_key = models.CharField(max_length=64)
    time = models.DateTimeField(null=True)  # of the comment, as its source has it
    score = models.FloatField()
    customer = models.CharField(max_length=200, blank=True)
    found = models.DateTimeField(auto_now_add=True)
    decided = models.CharField(max_length=10, choices=Decided.choices, blank=True)  # empty: not read yet
    note = models.CharField(max_length=500, blank=True)
    read = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    called = models.CharField(max_length=12, choices=Called.choices, blank=True)  # by hand; else off the case
    case = models.ForeignKey(Case, models.SET_NULL, null=True, related_name="low_scores")

    class Meta:
        ordering = ("-time", "-pk")
        constraints = [models.UniqueConstraint(fields=("workspace", "feedback_id"), name="low_score_once")]
        indexes = [models.Index(fields=("workspace", "decided", "-time"), name="low_score_queue")]
