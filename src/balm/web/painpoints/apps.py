"""Registers the app with Django."""

from django.apps import AppConfig


class PainpointsConfig(AppConfig):
    name = "balm.web.painpoints"
    label = "painpoints"
    default_auto_field = "django.db.models.BigAutoField"
