"""Django's language codes and those of the library."""

from __future__ import annotations

from django.utils.translation import get_language

from balm.core.types import Labels

_OURS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


def current() -> str:
    """The reader's language as the library names it: one of `balm.core.types.LANGUAGES`."""
    return _OURS.get((get_language() or "en").lower(), "en")


def pick(labels: Labels | None) -> str:
    """The text in the reader's language; a missing one falls back to any there is."""
    if not labels:
        return ""
    wanted = current()
    order = {"zh-Hans": ("zh-Hans", "zh-Hant", "en"), "zh-Hant": ("zh-Hant", "zh-Hans", "en")}
    for name in order.get(wanted, ("en", "zh-Hans", "zh-Hant")):
        if labels.get(name):
            return labels[name]
    return next((text for text in labels.values() if text), "")
