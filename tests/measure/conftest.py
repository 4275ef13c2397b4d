"""Feedback with known pains, shared by the tests of measuring."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from balm.core.coded import Attribute, CodedFeedback


def make_feedback(
    x: np.ndarray,
    *,
    score: np.ndarray | None = None,
    customer: np.ndarray | None = None,
    day: np.ndarray | None = None,
    by: dict[str, Attribute] | None = None,
    names: Sequence[str] | None = None,
) -> CodedFeedback:
    """Comments × themes, True where a comment has a negative mention."""
    n, k = x.shape
    comment, theme = (a.astype(np.int32) for a in np.nonzero(x))
    bad = np.ones(len(comment), bool)
    return CodedFeedback(
        list(names or [f"t{i}" for i in range(k)]),
        comment,
        theme,
        bad,
        ~bad,
        np.arange(n, dtype=np.int32) if customer is None else customer.astype(np.int32),
        np.full(n, np.nan) if score is None else score,
        np.zeros(n, np.int32) if day is None else day.astype(np.int32),
        by or {},
    )


@pytest.fixture(scope="session", name="feedback")
def fixture_feedback() -> Callable[..., CodedFeedback]:
    return make_feedback
