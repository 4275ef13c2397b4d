"""The simulated past of the demo: in a simulated workspace, in one thread, for one block; nowhere else."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.utils import timezone

from balm.core.errors import WrongUse
from balm.web.site.demo_clock import at

PAST = dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def simulated(workspace):
    workspace.simulated = True
    workspace.save()
    return workspace


def test_another_workspace_has_no_simulated_past(workspace) -> None:
    real = timezone.now
    with pytest.raises(WrongUse, match="only a simulated workspace"), at(workspace, PAST):
        pass
    assert timezone.now is real


def test_the_future_cannot_be_simulated(simulated) -> None:
    with pytest.raises(WrongUse, match="before today"), at(simulated, timezone.now() + dt.timedelta(days=1)):
        pass


def test_only_the_thread_that_asked_is_in_the_past(simulated) -> None:
    real, seen = timezone.now, []
    with pytest.raises(ZeroDivisionError), at(simulated, PAST):
        assert timezone.now() == PAST and timezone.localdate() == PAST.date()
        other = threading.Thread(target=lambda: seen.append(timezone.now()))
        other.start()
        other.join()
        raise ZeroDivisionError
    assert seen[0] - PAST > dt.timedelta(days=1)
    assert timezone.now is real


def test_members_of_a_simulated_company_cannot_register_for_a_day_that_is_over(simulated, member) -> None:
    """The story may; a person at a page has today's clock there too, and is told so on each page."""
    from balm.web.experiments import services
    from balm.web.painpoints.models import PainPoint

    start = timezone.localdate() - dt.timedelta(days=1)
    PainPoint.objects.create(workspace=simulated, theme="delivery.late", state="ongoing")
    spec = {
        "metric": "mentions", "kind": "share", "by": "region", "known": "attribute", "how": "The log", "soak": 7,
        "exposed": {"South": start.isoformat()}, "comparison": ["North"], "design": "did", "margin": 0.02,
        "end": (start + dt.timedelta(days=60)).isoformat(), "failure": "Half of it is left",
    }  # fmt: skip
    owner = member("owner")
    check = services.draft(simulated, owner, title="Late parcels", themes=["delivery.late"], spec=spec)
    with pytest.raises(services.Refused, match="registered before"):
        services.register(simulated, check.pk, owner)


def test_a_simulated_company_says_so_on_its_pages(simulated, client_of, other_workspace) -> None:
    said = "A simulated company"
    assert said in client_of("viewer").get("/w/lamps/").content.decode()
    assert said not in client_of("viewer", other_workspace).get("/w/other/").content.decode()
