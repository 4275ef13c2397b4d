"""How long to wait between two tries."""

from __future__ import annotations

from django.conf import settings

from balm.web.deliveries.models import Channel

MINUTE, HOUR = 60.0, 3600.0

WAITS: dict[str, tuple[float, ...]] = {
    # as mail servers do themselves; a greylist opens after one to fifteen minutes
    Channel.Kind.MAIL: (
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        HOUR,
        2 * HOUR,
        4 * HOUR,
        8 * HOUR,
        16 * HOUR,
        24 * HOUR,
    ),
    # Standard Webhooks
    Channel.Kind.WEBHOOK: (
        5.0,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
    ),
}
_CHAT = (MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR)
"""Group robots take twenty messages a minute; what is a day late helps nobody in a chat."""


def wait(kind: str, tries: int) -> float | None:
    """Seconds before the next try after `tries` of them; None when that was the last."""
    waits = WAITS.get(kind, _CHAT)
    return waits[tries - 1] * settings.BALM_DELIVERY_PACE if tries <= len(waits) else None


def lease() -> float:
    """Seconds after which what a worker began to send counts as left behind."""
    return float(settings.BALM_DELIVERY_LEASE)


def claim() -> float:
    """Seconds after which another worker may take what one has claimed and not begun: soon, since it does no harm."""
    return lease() / 8
