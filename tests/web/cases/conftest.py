"""What tests of cases share: a company with two teams, customers that can be written to, and a clock to turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

MONDAY = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)  # 9:00 in Shanghai


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """`turn(when)`: what the application takes for now; `turn()` gives it."""
    from django.utils import timezone

    state = {"now": MONDAY}
    monkeypatch.setattr(timezone, "now", lambda: state["now"])

    def to(when: dt.datetime | None = None, **later: float) -> dt.datetime:
        state["now"] = (when or state["now"]) + dt.timedelta(**later)
        return state["now"]

    return to


@pytest.fixture
def office(workspace, member):
    """Shanghai, Monday to Friday, 9 to 18, without holidays."""
    from balm.web.cases import desk

    week = {key: [["09:00", "18:00"]] for key in ("mon", "tue", "wed", "thu", "fri")}
    return desk.set_calendar(workspace, {"zone": "Asia/Shanghai", "hours": week}, member("owner"))


@pytest.fixture
def team(workspace, member) -> Callable:
    """`team("Logistics", "ann@x.example")`: a team with these members of the front line."""
    from balm.web.people.models import Membership, Team

    def make(name: str, *emails: str):
        made, _new = Team.objects.get_or_create(workspace=workspace, name=name)
        for email in emails:
            user = member("front_line", email=email)
            Membership.objects.filter(workspace=workspace, user=user).update(team=made)
        return made

    return make


@pytest.fixture
def contact(workspace, member) -> Callable:
    """`contact("ann")`: a customer who can be written to."""
    from balm.web.deliveries.contact_services import Entry, keep

    def make(customer: str, language: str = "en", consent: str = "given"):
        return keep(workspace, member("analyst"), Entry(customer, f"{customer}@example.com", language, consent))

    return make


@pytest.fixture
def opened(workspace, member) -> Callable:
    """`opened("ann", themes=["delivery.late"])`: a case; `opened(owner=user)` one that is assigned."""
    from balm.web.cases import services

    count = iter(range(1000))

    def make(customer: str = "", **said):
        said = {"source": "hand", "themes": ["delivery.late"], "by": member("owner")} | said
        return services.open_case(workspace, customer=customer or f"customer {next(count)}", **said)

    return make
