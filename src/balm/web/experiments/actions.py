"""What the actions of experiments are called in the audit trail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "check.ask": _("Asked affected customers whether it is solved"),
    "check.change": _("Changed a check after its start"),
    "check.close": _("A check closed its pain points"),
    "check.draft": _("Wrote a check down"),
    "check.judge": _("A check was read"),
    "check.look": _("Asked for a look at a check"),
    "check.measure": _("Kept measurements"),
    "check.note": _("Noted that a comparison unit got the fix"),
    "check.register": _("Registered a check"),
    "check.regressed": _("A closed pain came back among the exposed"),
    "check.repeat": _("Ran a check again"),
    "check.reseal": _("Changed a check before its start and registered it anew"),
    "check.step": _("A check began or ended"),
    "check.withdraw": _("Withdrew a check"),
    "experiment.make": _("Wrote an experiment down"),
    "experiment.start": _("Started an experiment"),
    "experiment.stop": _("Stopped an experiment"),
}

KINDS: dict[str, Any] = {
    "check": _("Checks"),
    "experiment": _("Experiments"),
}
