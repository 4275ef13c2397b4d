"""Registers the app with Django."""

from django.apps import AppConfig


class AsksConfig(AppConfig):
    name = "balm.web.asks"
    label = "asks"
    default_auto_field = "django.db.models.BigAutoField"
