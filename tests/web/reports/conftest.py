"""A plan whose check was judged, on a simulated firm of known truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

THEME = "delivery.late"


@pytest.fixture
def judged(filled: Any, member: Any) -> Callable[..., Any]:
    """`judged(effect=-0.9)`: a check of a plan about late deliveries with its verdict, kept as the worker keeps it."""
    from balm.proof.verdict import judge
    from balm.simulate.firms import firm
    from balm.web.experiments import judging, reading
    from balm.web.experiments import spec as specs
    from balm.web.experiments.models import Check, CheckChange
    from balm.web.plans import services
    from balm.web.plans.models import Plan

    def make(effect: float = -0.9, title: str = "Late parcels, south first", seed: int = 1) -> Check:
        owner = member("owner")
        draft = services.Draft(f"Plan: {title}", "process", (THEME,), cost=Decimal(48000), currency="CNY")
        plan = services.create(filled, draft, owner)
        Plan.objects.filter(pk=plan.pk).update(state=Plan.State.RUNNING)
        made = firm("did", seed, effect=effect)
        panel, asked = made.panel, made.registered
        starts = specs.date(min(asked.exposed.values()))
        spec = {
            "metric": "mentions", "kind": "share", "by": "region", "known": "attribute", "themes": [THEME],
            "exposed": {unit: specs.date(day).isoformat() for unit, day in asked.exposed.items()},
            "comparison": [unit for unit in panel.units if unit not in asked.exposed], "excluded": [],
            "design": asked.design.value, "better": asked.better, "margin": asked.margin,
            "remainder": asked.remainder, "soak": asked.soak, "baseline": asked.baseline, "selected": asked.selected,
            "minimum": asked.minimum, "step": panel.step, "seed": asked.seed, "worth": 3.5,
        }  # fmt: skip
        when = dt.datetime.combine(starts - dt.timedelta(days=30), dt.time(9), dt.UTC)
        seal = specs.seal(spec, {}, when, owner.email)
        check = Check.objects.create(
            workspace=filled, plan=plan.number, title=title, themes=[THEME], state=Check.State.DUE, spec=spec,
            starts=starts, ends=specs.date(panel.days[-1]), registered=when, registered_by=owner.email, seal=seal,
        )  # fmt: skip
        CheckChange.objects.create(workspace=filled, check_of=check, kind="registered", seal=seal, by_name=owner.email)
        last = specs.date(panel.days[-1])
        read = reading.Read(judge(panel, asked), panel, asked, last, reading.digest(panel))
        judging.keep(check, read, {}, interim=False, by=None)
        check.refresh_from_db()
        return check

    return make
