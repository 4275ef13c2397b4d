"""What becomes of one try to deliver."""

from __future__ import annotations

from dataclasses import dataclass

from balm.web.deliveries.models import Attempt, Delivery

Outcome, Reason = Attempt.Outcome, Delivery.Reason


@dataclass(frozen=True)
class Result:
    """`phase`: how far it came; `words`: what the other side said; `wait`: seconds it asked to be left alone;
    `reason`: why it is dead; `gone`: the address is no longer there at all."""

    outcome: str
    phase: str = ""
    words: str = ""
    wait: float = 0.0
    reason: str = ""
    gone: bool = False


def sent(phase: str, words: str = "") -> Result:
    return Result(Outcome.SENT, phase, words)


def again(phase: str, words: str, wait: float = 0.0) -> Result:
    """It certainly did not arrive, or a second time does no harm: to be tried again."""
    return Result(Outcome.AGAIN, phase, words, wait)


def dead(phase: str, words: str, reason: str = Reason.REFUSED, *, gone: bool = False) -> Result:
    """Trying again would come to the same."""
    return Result(Outcome.DEAD, phase, words, reason=reason, gone=gone)


def unsure(phase: str, words: str) -> Result:
    """It may have arrived: a person decides."""
    return Result(Outcome.UNSURE, phase, words, reason=Reason.UNSURE)
