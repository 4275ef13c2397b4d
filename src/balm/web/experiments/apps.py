"""Registers the app with Django."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "balm.web.experiments"
    label = "experiments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from balm.web.asks.signals import answered
        from balm.web.experiments import returning
        from balm.web.painpoints.signals import refreshed

        refreshed.connect(returning.on_refreshed, dispatch_uid="experiments.refreshed")
        answered.connect(returning.on_answered, dispatch_uid="experiments.answered")
