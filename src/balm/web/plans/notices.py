"""What others are told about plans and reviews: channels that listen, and people with a role, in three languages."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from balm.core.types import LANGUAGES, Labels
from balm.web.people.models import User
from balm.web.plans.models import Plan, PlanRole, Review

_SUBJECTS = {
    "plan.started": gettext_noop("A plan was started: %(title)s"),
    "plan.landed": gettext_noop("A fix has landed: %(title)s"),
    "plan.ended": gettext_noop("A plan was ended by its check: %(title)s"),
    "review.due": gettext_noop("A review is due: %(title)s"),
}
_TEXTS = {
    "plan.started": gettext_noop("%(title)s is running; %(who)s is accountable. %(link)s"),
    "plan.landed": gettext_noop("%(title)s: the fix is in place. Its check says whether it helps. %(link)s"),
    "plan.ended": gettext_noop("%(title)s: %(state)s. %(link)s"),
    "review.due": gettext_noop(
        "The review of “%(title)s” is due on %(due)s: what was done, what customers have of it, what next. %(link)s"
    ),
}


def _said(template: str, **facts: str | Labels) -> Labels:
    found: Labels = {}
    for language in LANGUAGES:
        with override(language.lower()):
            filled = {k: v.get(language, "") if isinstance(v, dict) else v for k, v in facts.items()}
            found[language] = _(template) % filled
    return found


def tell(plan: Plan, event: str, by: User | None) -> None:
    """Tell the channels that listen, and those who are to be informed."""
    from balm.web.deliveries.sealed import absolute
    from balm.web.deliveries.services import notify, tell_user
    from balm.web.plans.selectors import address

    path = address(plan.workspace.slug, plan.number)
    roles = list(plan.roles.select_related("user"))
    accountable = next((str(role.user) for role in roles if role.part == PlanRole.Part.ACCOUNTABLE), "–")
    states: Labels = {}
    for language in LANGUAGES:
        with override(language.lower()):
            states[language] = str(plan.get_state_display())
    facts = {"title": plan.title, "who": accountable, "state": states, "link": absolute(path) or path}
    subject, text = _said(_SUBJECTS[event], **facts), _said(_TEXTS[event], **facts)
    happened = plan.ended or plan.landed or plan.started or plan.created
    key = f"{event}:{plan.number}:{happened:%Y%m%dT%H%M%S}"
    payload = {"plan": plan.number, "title": plan.title, "state": plan.state}
    notify(plan.workspace, event, subject, text, payload, key)
    for role in roles:
        if role.user and role.user != by and role.part in (PlanRole.Part.INFORMED, PlanRole.Part.ACCOUNTABLE):
            tell_user(
                plan.workspace, role.user, key=f"{key}@{role.user.pk}", subject=subject, text=text, event=event, by=by
            )


def review_due(review: Review) -> None:
    """A review has come: tell the channels that listen, and who owns the loop."""
    from balm.web.deliveries.sealed import absolute
    from balm.web.deliveries.services import notify, tell_user
    from balm.web.plans.selectors import review_address

    loop = review.loop
    path = review_address(loop.workspace.slug, review.pk)
    facts = {"title": loop.name, "due": review.due.isoformat(), "link": absolute(path) or path}
    subject, text = _said(_SUBJECTS["review.due"], **facts), _said(_TEXTS["review.due"], **facts)
    key = f"review.due:{review.pk}"
    notify(loop.workspace, "review.due", subject, text, {"loop": loop.pk, "review": review.pk}, key)
    if loop.owner:
        tell_user(
            loop.workspace, loop.owner, key=f"{key}@{loop.owner.pk}", subject=subject, text=text, event="review.due"
        )
