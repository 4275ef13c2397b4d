"""Users, workspaces, roles, invitations, keys, and the audit trail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Rights come from memberships alone."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)  # empty: as the browser asks
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    OWNER = "owner", pgettext_lazy("role", "Owner")
    MANAGER = "manager", _("Manager")
    ANALYST = "analyst", _("Analyst")
    FRONT_LINE = "front_line", _("Front line")
    VIEWER = "viewer", _("Viewer")


class Workspace(models.Model):
    """A brand or a programme. Every row of every other table belongs to one."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=60, unique=True, allow_unicode=False)
    codebook = models.CharField(max_length=200, default="starter")  # packs, as `balm analyze --codebook`
    simulated = models.BooleanField(default=False, editable=False)  # a company that does not exist: its pages say so
    created = models.DateTimeField(auto_now_add=True)
    members: Any = models.ManyToManyField(User, through="Membership", related_name="workspaces")

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People of one workspace who work together; a pain point can be owned by one of them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="teams")
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("workspace", "name"), name="team_name_once")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a user is in a workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="memberships")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("user__email",)
        constraints = [models.UniqueConstraint(fields=("workspace", "user"), name="member_once")]


class Invitation(models.Model):
    """A link, sent by mail or handed over, that makes its holder a member. Only a hash of its secret is kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created",)


class SignInLink(models.Model):
    """A link that signs its holder in, once: for the first start, and for who has no password yet."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)


class Scope(models.TextChoices):
    INGEST = "ingest", _("Send feedback")
    READ = "read", _("Read")
    ADMIN = "admin", _("Administer")


class ApiKey(models.Model):
    """What lets a program in. `prefix` is shown to tell keys apart; of the rest a hash is kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="keys")
    name = models.CharField(_("name"), max_length=120)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope.choices)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created",)


class AuditEntry(models.Model):
    """Who did what, when. The database itself refuses to change or remove a row (see the migrations)."""

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    actor = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    actor_name = models.CharField(max_length=254)  # as it was then; a program's key by its prefix
    action = models.CharField(max_length=60)  # "import.take_back"
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("-created", "-pk")
        indexes = [models.Index(fields=("workspace", "-created"), name="audit_of_workspace")]
