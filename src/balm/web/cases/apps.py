"""Registers the app with Django, and cases with those they listen to."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "balm.web.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_delete
        from django.utils.translation import gettext_lazy as _

        from balm.web.asks.signals import answered
        from balm.web.cases import receivers, selectors
        from balm.web.painpoints.signals import refreshed
        from balm.web.people.models import Membership
        from balm.web.plans import indicators

        refreshed.connect(receivers.on_refreshed, dispatch_uid="cases.refreshed")
        answered.connect(receivers.on_answered, dispatch_uid="cases.answered")
        post_delete.connect(receivers.on_left, sender=Membership, dispatch_uid="cases.left")
        indicators.add(
            "cases:in_time", _("Cases solved in time"), "process", lambda ws, _name: selectors.solved_in_time(ws)
        )
