"""A made-up shop: ten pains in three scripts, about 3,000 mentions, every number counted from them."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("communicate_example", Path(__file__).with_name("example.py"))
assert _SPEC is not None and _SPEC.loader is not None
example = importlib.util.module_from_spec(_SPEC)
sys.modules["communicate_example"] = example
_SPEC.loader.exec_module(example)


@pytest.fixture(scope="session")
def shop():
    """The parts of the made-up report, keyed by the names of `build_report`'s arguments."""
    return example.parts()


@pytest.fixture(scope="session")
def report(shop):
    from balm.communicate import build_report

    return build_report(**shop)


@pytest.fixture(scope="session")
def large():
    """A report of the size of real data: 180 pain points with long names, about 10,000 comments."""
    from balm.communicate import build_report

    return build_report(**example.large())


@pytest.fixture
def day():
    return dt.date(2025, 3, 3)
