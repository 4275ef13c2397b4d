"""Registers the app with Django."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "balm.web.feedback"
    label = "feedback"
    default_auto_field = "django.db.models.BigAutoField"
