"""The same work on many parts, in several processes. Results come in order."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

from balm.core.processes import die_with_parent

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2
"""Parts a process may be ahead of the one that takes the results: bounds what waits in memory or on disk."""


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ordered(
    work: Callable[[T], R],
    parts: Iterable[T],
    *,
    jobs: int,
    initializer: Callable[..., None] | None = None,
    arguments: tuple[Any, ...] = (),
) -> Iterator[R]:
    """`work` of each part, in the order of the parts. Processes start anew (spawn), so nothing is shared by accident.

    `work` and `initializer` must be importable functions.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _begin, (os.getpid(), initializer, arguments)) as pool:
        waiting: list[Future[R]] = []
        try:
            for part in parts:
                waiting.append(pool.submit(work, part))
                if len(waiting) >= jobs * AHEAD:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def _begin(parent: int, initializer: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    die_with_parent(parent)
    if initializer is not None:
        initializer(*arguments)
