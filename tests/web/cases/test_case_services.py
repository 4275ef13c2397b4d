"""Opening a case, whose it becomes, and every step it takes: rows, history, audit, messages."""

from __future__ import annotations

import pytest

from balm.web.asks import services as asks
from balm.web.asks.models import Ask
from balm.web.cases import rules, selectors, services
from balm.web.cases.models import Case, CaseComment, CaseEvent
from balm.web.cases.refusals import WORDS, Refused
from balm.web.customers import services as customers
from balm.web.deliveries.models import Delivery
from balm.web.deliveries.sealed import open_json
from balm.web.people.models import AuditEntry, Membership

pytestmark = pytest.mark.django_db


def rule(workspace, by, name, when, then, **more):
    said = {"name": name, "when": when, "then": then, "opens": True, "active": True} | more
    return rules.save_rule(workspace, by, said)


def test_a_case_has_a_number_an_audit_row_and_a_message(workspace, member, opened) -> None:
    lead, first, second = member("manager"), opened("ann"), opened("bob")
    assert (first.number, second.number) == (1, 2)
    assert first.state == "new" and first.due is not None
    told = Delivery.objects.filter(workspace=workspace, purpose="case.opened")
    assert {row.user for row in told} == {lead}  # by whom it was opened is told nothing
    assert AuditEntry.objects.filter(workspace=workspace, action="case.open").count() == 2
    assert "ann" not in str([open_json(workspace, row.content) for row in told])


def test_a_comment_opens_one_case_for_one_reason(member, opened) -> None:
    first = opened("ann", feedback_id="f1", source="low_score")
    assert opened("ann", feedback_id="f1", source="urgent") == first
    assert opened("ann", feedback_id="f1", source="hand") == first  # joins: the case is still open
    services.step(first.workspace, 1, "cancel", member("front_line"), reason="A test")
    assert opened("ann", feedback_id="f1", source="rule") == first
    assert CaseComment.objects.filter(feedback_id="f1").count() == 2


def test_a_second_complaint_joins_the_open_case_of_the_person(workspace, member, opened) -> None:
    first = opened("ann", feedback_id="f1", source="rule")
    customers.merge(workspace, member("analyst"), "ann", ["ann.2"], "same address")
    again = opened("ann.2", feedback_id="f2", source="urgent", priority="urgent", quote="Third time!")
    assert again == first
    again.refresh_from_db()
    assert again.priority == "urgent"
    joined = again.events.get(kind="joined")
    assert joined.detail["quote"] == "Third time!" and joined.detail["priority"] == ["normal", "urgent"]
    assert opened("ann", feedback_id="f3", themes=["product.fault"]) != first
    assert opened("bob", feedback_id="f4") != first


def test_rules_say_whose_it_is(workspace, member, team, opened) -> None:
    lead = member("manager")
    logistics = team("Logistics", "li@x.example", "wu@x.example")
    rule(workspace, lead, "Parcels", {"theme": ["delivery.late"]}, {"team": str(logistics.pk), "priority": "high"})
    cases = [opened() for _ in range(4)]
    assert {case.team for case in cases} == {logistics} and {case.priority for case in cases} == {"high"}
    owners = [case.owner.email for case in cases]
    assert sorted(owners) == ["li@x.example"] * 2 + ["wu@x.example"] * 2  # fewest open cases first
    assert cases[0].why["routed"]["found"] == [["theme", ["delivery.late"]]]
    assert opened(themes=["product.fault"]).team is None
    told = Delivery.objects.filter(workspace=workspace, user__email="li@x.example", purpose="case.opened")
    assert told.count() == 2


def test_the_whole_way_of_a_case(workspace, member, opened, contact, settings) -> None:
    settings.BASE_URL = "https://balm.example.com"
    ann = member("front_line")
    contact("ann", "zh-Hant")
    case = opened("ann")
    with pytest.raises(Refused, match="Nobody has this case yet"):
        services.contact(workspace, 1, ann, channel="phone", outcome="reached")
    services.assign(workspace, 1, ann.pk, member("owner"))
    with pytest.raises(Refused, match="contact first"):
        services.solve(workspace, 1, ann, outcome="mended")
    services.contact(workspace, 1, ann, channel="phone", outcome="not_reached")
    case = services.contact(workspace, 1, ann, channel="phone", outcome="reached", text="Sends it again")
    assert (case.attempts, case.state, case.contacted is not None) == (1, "contacted", True)
    services.step(workspace, 1, "wait", ann, reason="The parcel must arrive")
    assert case.pauses.filter(ended=None).count() == 1
    case = services.solve(workspace, 1, ann, outcome="mended")
    assert case.reason == "delivery.late" and not case.pauses.filter(ended=None).exists()
    case = services.close(workspace, 1, ann)
    ask = Ask.objects.get(workspace=workspace, purpose="case", ref="1")
    assert ask.language == "zh-Hant" and ask.delivery.state in ("waiting", "held")
    asks.answer(ask, "no")
    asks.comment(ask, "Still broken")
    case.refresh_from_db()
    assert (case.state, case.reopened, case.owner, case.contacted) == ("reopened", 1, ann, None)
    answer = case.events.get(kind="answer")
    assert answer.detail["said"] == "no" and answer.text == "Still broken"
    assert case.began > case.opened and case.next_change is not None
    assert Delivery.objects.filter(user=ann, purpose="case.reopened").count() == 1
    asks.answer(ask, "yes")
    case.refresh_from_db()
    assert case.state == "reopened" and case.events.get(kind="answer").detail["said"] == "yes"
    for step in (lambda: services.contact(workspace, 1, ann, channel="chat", outcome="reached"),
                 lambda: services.solve(workspace, 1, ann, outcome="explained"),
                 lambda: services.close(workspace, 1, ann)):  # fmt: skip
        step()
    assert Ask.objects.filter(workspace=workspace, ref="1.1").exists()
    actions = set(AuditEntry.objects.filter(workspace=workspace, target="1").values_list("action", flat=True))
    assert {"case.open", "case.assign", "case.contact", "case.solve", "case.close", "case.reopen"} <= actions


def test_a_happy_customer_reopens_nothing(workspace, member, opened) -> None:
    ann = member("front_line")
    case = opened("ann", owner=ann)
    services.contact(workspace, 1, ann, channel="phone", outcome="reached")
    services.solve(workspace, 1, ann, outcome="mended")
    services.close(workspace, 1, ann)
    asks.answer(Ask.objects.get(workspace=workspace), "yes")
    case.refresh_from_db()
    assert case.state == "closed" and selectors.report(workspace, 30).satisfied.n == 1


def test_passed_on_it_is_another_teams(workspace, member, team, opened) -> None:
    ann = member("front_line")
    opened("ann", owner=ann)
    services.contact(workspace, 1, ann, channel="phone", outcome="reached")
    with pytest.raises(Refused, match="the team it goes to"):
        services.pass_on(workspace, 1, 0, ann)
    case = services.pass_on(workspace, 1, team("Repairs", "mia@x.example").pk, ann, "The lamp is broken")
    assert (case.state, case.team.name, case.owner.email) == ("assigned", "Repairs", "mia@x.example")
    with pytest.raises(Refused, match="contact first"):
        services.solve(workspace, 1, case.owner, outcome="mended")
    with pytest.raises(Refused, match="already"):
        services.pass_on(workspace, 1, case.team.pk, ann)


def test_a_reply_goes_out_once_in_the_language_of_the_customer(workspace, member, opened, contact) -> None:
    ann = member("front_line")
    contact("ann", "zh-Hans", consent="unknown")
    case = opened("ann", owner=ann)
    for _ in range(2):
        case = services.reply(workspace, 1, ann, subject="您的包裹", text="已重新寄出。", token="t1")
    sent = Delivery.objects.get(workspace=workspace, purpose="reply")
    assert (sent.language, sent.state in ("waiting", "held"), case.state) == ("zh-Hans", True, "contacted")
    assert case.contacts.get().delivery == sent
    other = opened("bob", owner=ann)
    other = services.reply(workspace, other.number, ann, subject="Hello", text="…", token="t2")
    assert (other.state, other.attempts, other.contacts.get().outcome) == ("assigned", 1, "not_reached")


def test_who_leaves_loses_no_case(workspace, member, opened) -> None:
    ann = member("front_line")
    opened("ann", owner=ann)
    Membership.objects.get(workspace=workspace, user=ann).delete()
    case = Case.objects.get(number=1)
    assert case.owner is None and selectors.summary(workspace).free == 1
    assert services.take_next(workspace, member("analyst")) == case
    workspace.delete()  # takes its members along, and nothing is written to cases that go


def test_a_macro_fills_its_places_and_nothing_else(workspace, member, opened) -> None:
    lead = member("manager")
    case = opened("ann")
    text = "Case {number}, {theme}: {name} of {company}. %s %(x)s"
    macro = rules.save_macro(workspace, lead, "Sorry", {"en": text, "zh-Hant": "您好，{number}"})
    assert rules.filled(macro, case, "zh-Hant", lead) == "您好，1"
    assert rules.filled(macro, case, "en", lead) == "Case 1, Late delivery: Lamps & Scent of Lamps & Scent. %s %(x)s"
    for bad in ("{number.__class__}", "{secret}"):
        if bad == "{secret}":
            with pytest.raises(Refused, match="secret"):
                rules.save_macro(workspace, lead, "Bad", {"en": bad})
        else:
            assert rules.filled(rules.save_macro(workspace, lead, bad, {"en": bad}), case, "en", lead) == bad


def test_strangers_things_are_not_there(workspace, other_workspace, member, opened, team) -> None:
    stranger, lead = member("owner", other_workspace), member("manager")
    opened("ann")
    with pytest.raises(Refused):
        services.assign(workspace, 1, stranger.pk, lead)
    with pytest.raises(Refused):
        services.note(other_workspace, 1, "Hello", stranger)
    with pytest.raises(Refused):
        services.take(workspace, 1, stranger)
    with pytest.raises(Refused):
        services.assign(workspace, 1, member("viewer").pk, lead)
    mine = team("Logistics")
    with pytest.raises(Refused):
        rule(other_workspace, stranger, "x", {}, {"team": str(mine.pk)})
    assert selectors.summary(other_workspace).open == 0
    assert not CaseEvent.objects.filter(kind="note").exists()


def test_every_refusal_of_the_machine_is_worded() -> None:
    from balm.mitigate.refused import TEXTS

    assert {code for code in TEXTS if code.startswith("case.")} == set(WORDS)
