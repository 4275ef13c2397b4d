"""Registers the app with Django."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "balm.web.plans"
    label = "plans"
    default_auto_field = "django.db.models.BigAutoField"
