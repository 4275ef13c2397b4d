"""A plan from a pain point to its end: roles, checks, tasks, history; nothing skips a step."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from balm.core.verdicts import Outcome
from balm.mitigate import plan as machine
from balm.mitigate.playbooks import named, playbooks
from balm.web.experiments.models import Check
from balm.web.painpoints.models import Activity, PainPoint
from balm.web.people.models import AuditEntry, Team
from balm.web.plans import selectors, services, tasks
from balm.web.plans.models import Plan, PlanRole, Task
from balm.web.plans.refusals import Refused

DRAFT = services.Draft("Pack it better", "process", ("delivery.late",), hypothesis="If we …", expected_effect=-0.5)


@pytest.fixture
def manager(filled: Any, member: Any) -> Any:
    return member("manager")


@pytest.fixture
def plan(filled: Any, manager: Any) -> Plan:
    return services.create(filled, DRAFT, manager)


def raci(accountable: Any, *responsible: Any) -> list[dict[str, Any]]:
    rows = [{"part": "accountable", "user": accountable.pk}]
    return rows + [{"part": "responsible", "user": one.pk} for one in responsible]


def registered(plan: Plan, state: str = "registered") -> Check:
    return Check.objects.create(
        workspace=plan.workspace, plan=plan.number, title="c", themes=["delivery.late"], state=state
    )


def test_numbers_follow_each_other_and_the_pain_points_history_tells_it(filled: Any, manager: Any, plan: Plan) -> None:
    second = services.create(filled, DRAFT, manager)
    assert (plan.number, second.number) == (1, 2)
    row = PainPoint.objects.get(workspace=filled, theme="delivery.late")
    assert [a.detail["number"] for a in Activity.objects.filter(painpoint=row, kind="plan")] == [2, 1]
    assert selectors.of_pains(filled)["delivery.late"][0].number == 2


def test_a_plan_starts_only_with_one_accountable_and_a_registered_check(
    filled: Any, manager: Any, member: Any, plan: Plan
) -> None:
    step = lambda action, **more: services.step(filled, plan.number, action, manager, **more)  # noqa: E731
    with pytest.raises(Refused, match="accountable"):
        step("prepare")
    with pytest.raises(Refused, match="Exactly one person is accountable; there are 2"):
        services.assign(filled, 1, [*raci(manager, manager), *raci(member("analyst"))], manager)
    services.assign(filled, 1, raci(manager), manager)
    with pytest.raises(Refused, match="responsible"):
        step("prepare")
    services.assign(filled, 1, raci(manager, member("analyst")), manager)
    step("prepare")
    with pytest.raises(Refused, match="registered check"):
        step("start")
    registered(plan, "draft")
    with pytest.raises(Refused, match="registered check"):
        step("start")
    Check.objects.update(state="registered")
    assert step("start").state == "running"
    with pytest.raises(Refused, match="accountable"):
        services.assign(filled, 1, [], manager)
    with pytest.raises(Refused, match="Only the verdict"):
        step("judge")
    assert services.missing(plan) == [] or plan.state == "draft"


def test_only_the_verdict_ends_it_and_says_how(filled: Any, manager: Any, member: Any, plan: Plan) -> None:
    services.assign(filled, 1, raci(manager, manager), manager)
    registered(plan)
    for action in ("prepare", "start", "land"):
        services.step(filled, 1, action, manager)
    for outcome, state in machine.ENDED.items():
        ended = services.ended(filled, 1, outcome)
        assert ended and ended.state == state.value
    assert services.ended(filled, 99, Outcome.GONE) is None
    told = AuditEntry.objects.filter(workspace=filled, action="plan.ended")
    assert told.count() == len(machine.ENDED)


def test_a_verdict_on_a_plan_that_runs_says_that_its_fix_has_landed(filled: Any, manager: Any, plan: Plan) -> None:
    assert services.ended(filled, 1, Outcome.GONE) is None  # a draft has nothing to judge
    services.assign(filled, 1, raci(manager, manager), manager)
    registered(plan)
    for action in ("prepare", "start", "pause"):
        services.step(filled, 1, action, manager)
    ended = services.ended(filled, 1, Outcome.CANNOT_TELL)
    assert ended and ended.state == "undecided" and ended.landed


def test_what_a_plan_is_about_is_fixed_once_it_is_ready(filled: Any, manager: Any, plan: Plan) -> None:
    import dataclasses

    more = dataclasses.replace(DRAFT, themes=("delivery.late", "app.crash"), cost=Decimal("1200.50"))
    services.update(filled, 1, more, manager)
    assert set(plan.pains.values_list("theme", flat=True)) == {"delivery.late", "app.crash"}
    services.assign(filled, 1, raci(manager, manager), manager)
    services.step(filled, 1, "prepare", manager)
    with pytest.raises(Refused, match="only while it is a draft"):
        services.update(filled, 1, DRAFT, manager)
    changed = plan.events.filter(kind="changed").first()
    assert changed and changed.detail["changed"]["cost"] == [None, "1200.50"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": " "}, "name"),
        ({"kind": "magic"}, "kind"),
        ({"themes": ()}, "1 to 20"),
        ({"themes": ("no.such",)}, "not there"),
        ({"starts": dt.date(2026, 5, 2), "ends": dt.date(2026, 5, 1)}, "before it starts"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"currency": "money"}, "three letters"),
        ({"expected_effect": -2.0}, "between"),
        ({"loop": 99}, "loop"),
        ({"title": "x" * 300}, "200"),
    ],
)
def test_bad_drafts_are_refused_with_the_reason(filled: Any, manager: Any, change: dict[str, Any], said: str) -> None:
    import dataclasses

    with pytest.raises(Refused, match=said):
        services.create(filled, dataclasses.replace(DRAFT, **change), manager)
    assert not Plan.objects.exists()


def test_strangers_and_teams_cannot_be_accountable(
    filled: Any, manager: Any, member: Any, other_workspace: Any, plan: Plan
) -> None:
    stranger = member("owner", other_workspace)
    with pytest.raises(Refused, match="does not belong"):
        services.assign(filled, 1, raci(stranger), manager)
    team = Team.objects.create(workspace=filled, name="Depot")
    with pytest.raises(Refused, match="not a team"):
        services.assign(filled, 1, [{"part": "accountable", "team": team.pk}], manager)
    services.assign(filled, 1, [*raci(manager), {"part": "responsible", "team": team.pk}], manager)
    assert PlanRole.objects.filter(plan=plan).count() == 2


def test_a_promise_is_found_right_by_somebody_else(filled: Any, manager: Any, member: Any, plan: Plan) -> None:
    with pytest.raises(Refused, match="where the promise"):
        tasks.add(filled, 1, tasks.TaskDraft("Correct it", kind="promise"), manager)
    draft = tasks.TaskDraft(
        "Correct it", "promise", manager.pk, dt.date(2026, 5, 1), "site", "24 h", "3 days", "9 of 10 kept"
    )
    task = tasks.add(filled, 1, draft, manager)
    with pytest.raises(Refused, match="done"):
        tasks.verify(filled, 1, task.pk, manager)
    tasks.move(filled, 1, task.pk, "done", manager)
    with pytest.raises(Refused, match="other than its owner"):
        tasks.verify(filled, 1, task.pk, manager)
    assert tasks.verify(filled, 1, task.pk, member("analyst")).verified
    tasks.change(filled, 1, task.pk, tasks.TaskDraft("Correct it all", "promise", where="site", known_by="x"), manager)
    assert Task.objects.get().verified is None


def test_the_agenda_holds_this_months_tasks_and_late_ones(filled: Any, manager: Any, plan: Plan) -> None:
    today = timezone.localdate()
    first, last = today.replace(day=1), today.replace(day=28)
    tasks.add(filled, 1, tasks.TaskDraft("long late", due=today - dt.timedelta(days=60)), manager)
    tasks.add(filled, 1, tasks.TaskDraft("this month", owner=manager.pk, due=last), manager)
    tasks.add(filled, 1, tasks.TaskDraft("some day"), manager)
    gone = tasks.add(filled, 1, tasks.TaskDraft("dropped", due=last), manager)
    tasks.move(filled, 1, gone.pk, "dropped", manager)
    found = selectors.agenda(filled, first, last)
    assert [(line.what, line.late) for line in found] == [("long late", True), ("this month", last < today)]
    assert found[1].who == str(manager)


def test_pages(filled: Any, client_of: Any, manager: Any, plan: Plan, other_workspace: Any) -> None:
    client: Client = client_of("manager")
    stranger = client_of("owner", other_workspace)
    for path in (
        "plans/",
        "plans/timeline/",
        "plans/new/?theme=delivery.late&playbook=keep_posted",
        "plans/1/",
        "plans/1/edit/",
    ):
        assert client.get(f"/w/lamps/{path}").status_code == 200, path
        assert stranger.get(f"/w/lamps/{path}").status_code == 404, path
    assert client.get("/w/lamps/plans/2/").status_code == 404
    html = client.get("/w/lamps/plans/1/").content.decode()
    assert "Name the one person who is accountable" in html and "A plan starts only with a registered check" in html


def test_a_plan_made_in_the_browser_from_a_playbook_has_its_steps(filled: Any, client_of: Any) -> None:
    client: Client = client_of("manager")
    page = client.get("/w/lamps/plans/new/", {"theme": "delivery.late", "playbook": "keep_posted"})
    given = {k: v for k, v in page.context["form"].initial.items() if v is not None}
    today = timezone.localdate()
    sent = {**given, "currency": "CNY", "less": "50", "starts": str(today), "ends": str(today + dt.timedelta(days=50))}
    assert client.post("/w/lamps/plans/new/?theme=delivery.late", sent).status_code == 302
    made = Plan.objects.get()
    book = named("keep_posted")
    assert book and made.expected_effect == -0.5 and made.tasks.count() == len(book.tasks)
    timeline = client.get("/w/lamps/plans/timeline/").content.decode()
    assert made.title in timeline
    bad = client.post("/w/lamps/plans/new/", {**sent, "ends": str(today - dt.timedelta(days=1))})
    assert bad.status_code == 200 and "ends before it starts" in bad.content.decode()
    assert len(playbooks()) == len(client.get("/w/lamps/plans/new/").context["books"])


def test_forms_of_one_plan(filled: Any, client_of: Any, manager: Any, plan: Plan) -> None:
    client: Client = client_of("manager")
    send = lambda path, **data: client.post(f"/w/lamps/plans/1/{path}", data, follow=True).content.decode()  # noqa: E731
    assert "Saved." in send("roles/", accountable=f"u{manager.pk}", responsible=[f"u{manager.pk}"])
    assert "Added." in send("tasks/", **{"task-title": "Call the depot", "task-kind": "task"})
    task = Task.objects.get()
    assert "Task done: Call the depot" in send(f"tasks/{task.pk}/move/", state="done")
    assert "number from 0 up" in send("spend/", spent="NaN")
    assert "Spent: – → 12.50" in send("spend/", spent="12.5")
    assert "is now: Ready" in send("step/", action="prepare")
    assert "registered check" in send("step/", action="start")
    assert "Give a reason" in send("step/", action="drop")
    assert "Nothing came of it" in send("step/", action="drop", reason="Nothing came of it")
    assert "was dropped" in send("note/", text="x") or plan.events.filter(kind="note").exists()
