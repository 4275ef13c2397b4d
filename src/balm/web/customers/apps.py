"""Registers the app with Django."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "balm.web.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
