"""The tests run on the database they were asked to run on."""

from __future__ import annotations

import os

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for() -> None:
    want = "postgresql" if os.environ.get("BALM_TEST_DATABASE") == "postgresql" else "sqlite"
    assert connection.vendor == want
