"""Settings of sending: how long tries wait, and whether programs on the intranet may be reached."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured


def _number(name: str, otherwise: float) -> float:
    said = os.environ.get(name, "").strip()
    try:
        found = float(said) if said else otherwise
    except ValueError:
        found = 0.0
    if not 0 < found < 1e6:
        raise ImproperlyConfigured(f"{name} must be a number above 0, not “{said}”")
    return found


BALM_DELIVERY_PACE = _number("BALM_DELIVERY_PACE", 1.0)
"""What every wait between two tries is multiplied by; below 1 for tests."""

BALM_DELIVERY_LEASE = _number("BALM_DELIVERY_LEASE", 120.0)
"""Seconds after which a delivery that a worker began and never ended counts as left behind."""

BALM_WEBHOOK_PRIVATE = os.environ.get("BALM_WEBHOOK_PRIVATE", "").lower() in ("1", "true", "yes", "on")
"""Whether webhooks may go to private and loopback addresses, and by http."""
