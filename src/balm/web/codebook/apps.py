"""Registers the app with Django."""

from django.apps import AppConfig


class CodebookConfig(AppConfig):
    name = "balm.web.codebook"
    label = "codebook"
    default_auto_field = "django.db.models.BigAutoField"
