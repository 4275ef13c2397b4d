"""Registers the app with Django."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "balm.web.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"
