"""The board of plans: its columns, and what moving a card does."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.mitigate.plan import Action
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace
from balm.web.plans import services
from balm.web.plans.models import Plan
from balm.web.plans.refusals import Refused

State = Plan.State

COLUMNS = {
    "waiting": (gettext_lazy("To be started"), (State.DRAFT, State.READY)),
    "work": (gettext_lazy("At work"), (State.RUNNING, State.PAUSED)),
    "landed": (gettext_lazy("Landed: does it help?"), (State.LANDED,)),
    "judged": (gettext_lazy("Judged"), (State.PROVEN, State.FAILED, State.UNDECIDED)),
}
"""Column → its name, and the states that share it."""

_STEPS = {("waiting", "work"): Action.START, ("work", "landed"): Action.LAND}


def column_of(state: str) -> str:
    """The column of a state; "" for a plan that was dropped."""
    return next((name for name, (_label, states) in COLUMNS.items() if state in states), "")


@transaction.atomic
def move(workspace: Workspace, number: int, column: str, position: int, by: User) -> Plan:
    """Put a plan at `position` (from 0) of a column. To the next column it goes by taking that step, with all that the
    step demands; no card is moved to a verdict or back."""
    plan = services.held(workspace, number)
    here = column_of(plan.state)
    if column not in COLUMNS or not here:
        raise Refused(_("There is no such column."))
    if column != here:
        action = _STEPS.get((here, column))
        if action is None:
            if column == "judged":
                raise Refused(_("Only the verdict of its check ends a plan."))
            raise Refused(_("A plan is started, lands, is judged: it does not jump over a step or go back."))
        plan = services.step(workspace, number, action, by)
    _order(plan, column, position, by)
    return plan


@transaction.atomic
def shift(workspace: Workspace, number: int, by: User, *, up: bool) -> Plan:
    """One place up or down in its column."""
    plan = services.held(workspace, number)
    column = column_of(plan.state)
    if not column:
        raise Refused(_("There is no such column."))
    numbers = list(_of(workspace, column).values_list("number", flat=True))
    _order(plan, column, numbers.index(number) + (-1 if up else 1), by)
    return plan


def _of(workspace: Workspace, column: str) -> QuerySet[Plan]:
    return Plan.objects.filter(workspace=workspace, state__in=COLUMNS[column][1]).order_by("place", "-number")


def _order(plan: Plan, column: str, position: int, by: User) -> None:
    cards = list(_of(plan.workspace, column).select_for_update())
    before = [card.number for card in cards]
    cards = [card for card in cards if card.pk != plan.pk]
    cards.insert(min(max(position, 0), len(cards)), plan)
    if [card.number for card in cards] == before:
        return
    for place, card in enumerate(cards):
        card.place = place
    Plan.objects.bulk_update(cards, ["place"])
    record(plan.workspace, by, "plan.order", plan.number, column=column, place=plan.place)
