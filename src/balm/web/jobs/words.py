"""What kinds of work and their stages are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Any] = {
    "refresh": _("New figures"),
    "import": _("Import of a file"),
    "take_back": _("Taking an import back"),
    "import.clear": _("Clearing up after an import"),
    "preview": _("Preview of an edit of the codebook"),
    "judge": _("Reading a check"),
    "watch": _("Looking whether a closed pain came back"),
    "read_experiment": _("Reading an experiment"),
    "open_cases": _("Looking for cases among new comments"),
}

DOING: dict[str, Any] = {
    "refresh": _("New figures are being computed"),
    "import": _("A file is being imported"),
    "take_back": _("An import is being taken back"),
}
"""Kind → what a reader of figures should know while it runs; no other kind moves them."""

STAGES: dict[str, Any] = {
    "read": _("reading"),
    "learn": _("finding themes"),
    "understand": _("reading what the comments say"),
    "measure": _("counting and comparing"),
    "report": _("writing"),
    "panel": _("counting by unit and period"),
    "verdict": _("reading the check"),
    "look": _("looking at new comments"),
}


def kind(name: str) -> Any:
    return KINDS.get(name, name)


def doing(name: str) -> Any:
    return DOING.get(name, "")


def stage(name: str) -> Any:
    return STAGES.get(name, "")
