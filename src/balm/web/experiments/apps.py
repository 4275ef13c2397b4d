"""Registers the app with Django."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "balm.web.experiments"
    label = "experiments"
    default_auto_field = "django.db.models.BigAutoField"
