"""The ledger: cost and effect, nothing counted twice."""

from __future__ import annotations

import runpy
from decimal import Decimal
from pathlib import Path

from balm.web.experiments import ledgers, services
from balm.web.experiments.models import Check, VerdictRow

FIRM = runpy.run_path(str(Path(__file__).with_name("conftest.py")))


def test_an_effect_counts_once_and_a_cost_too(check, judged, workspace, client_of, other_workspace) -> None:
    from balm.web.plans.models import Plan

    Plan.objects.create(workspace=workspace, number=1, title="Faster answers", kind="process", cost=Decimal(900))
    Check.objects.filter(pk=check.pk).update(plan=1)
    judged()
    one = ledgers.of(workspace)
    assert [row.line.counted > 0 for row in one.rows] == [True]
    assert (one.sums.cost, one.currency) == (900.0, "CNY")
    gain = one.sums.gains["repeat contacts|support.no_reply"]
    # 5 stores × 40 contacts × 49 days, of which 18 points fewer have it
    assert abs(gain.value - 5 * 40 * 49 * 0.18) < 200
    assert gain.low < gain.value < gain.high

    first = VerdictRow.objects.get()
    again = Check.objects.create(
        workspace=workspace, title="The same again", themes=check.themes, spec=check.spec, plan=1, state="judged",
        outcome="gone", registered=services.timezone.now(), starts=check.starts, ends=check.ends,
    )  # fmt: skip
    VerdictRow.objects.create(
        workspace=workspace, check_of=again, outcome="gone", verdict=first.verdict, data=first.data,
        last_day=first.last_day,
    )  # fmt: skip
    two = ledgers.of(workspace)
    assert two.sums.gains == one.sums.gains
    assert two.sums.cost == 900.0
    assert two.rows[1].line.left_out == "all counted before"
    html = client_of("viewer").get("/w/lamps/proof/ledger/").content.decode()
    assert "all of it counts for Answer within a day" in html
    assert "900 CNY" in html
    assert (
        "Answer within a day" not in client_of("owner", other_workspace).get("/w/other/proof/ledger/").content.decode()
    )


def test_what_cannot_be_told_counts_nothing(check, judged, workspace) -> None:
    Check.objects.filter(pk=check.pk).update(spec={**check.spec, "margin": 0.5})
    judged()
    page = ledgers.of(workspace)
    assert page.rows[0].line.left_out == "cannot tell"
    assert page.gains == ()
