"""What others may react to."""

from __future__ import annotations

from django.dispatch import Signal

answered = Signal()
"""A customer answered, changed the answer, or added a comment: `ask`, the row. Sent inside the transaction, so a
receiver that fails undoes the answer; it may come several times for one ask and must then come to the same end."""
