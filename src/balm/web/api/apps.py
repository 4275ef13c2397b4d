"""Registers the app with Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "balm.web.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
