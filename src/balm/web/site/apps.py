"""Registers the app with Django."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "balm.web.site"
    label = "balm_site"
    default_auto_field = "django.db.models.BigAutoField"
