"""Registers the app with Django."""

from django.apps import AppConfig


class DeliveriesConfig(AppConfig):
    name = "balm.web.deliveries"
    label = "deliveries"
    default_auto_field = "django.db.models.BigAutoField"
