"""Pages of cases: what each shows, what its buttons do, without JavaScript, to members and not to strangers."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from balm.lake.queries import Filter
from balm.web.cases import lines, looking, rules, selectors, services
from balm.web.cases.models import Case, Desk, LowScore, Macro, Policy, Rule
from balm.web.feedback import selectors as feedback

pytestmark = pytest.mark.django_db


def html(client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_the_front_line_opens_on_its_own_cases(workspace, client_of) -> None:
    assert client_of("front_line").get("/")["Location"] == "/w/lamps/cases/mine/"
    assert client_of("analyst").get("/")["Location"] == "/w/lamps/"


def test_one_tap_each_on_the_phone(workspace, member, client_of, opened, team) -> None:
    ann, client = member("front_line"), client_of("front_line")
    team("Repairs")
    opened("ann", owner=ann, quote="包裹迟了 <b>")
    page = html(client, "/w/lamps/cases/mine/")
    assert "包裹迟了 &lt;b&gt;" in page and "left" in page
    assert 'value="contact"' in page and 'value="solve"' not in page  # only what is allowed
    go = "/w/lamps/cases/1/do/"
    answer = client.post(go, {"action": "contact", "next": "mine"})
    assert answer["Location"] == "/w/lamps/cases/mine/"
    assert 'value="solve"' in html(client, "/w/lamps/cases/mine/")
    client.post(go, {"action": "solve", "next": "mine"})
    case = Case.objects.get(number=1)
    assert (case.state, case.outcome, case.reason) == ("solved", "mended", "delivery.late")
    assert "Nothing is yours to do" in html(client, "/w/lamps/cases/mine/")
    answer = client.post(go, {"action": "contact", "channel": "pigeon"}, follow=True)
    assert "This step needs: how the customer was contacted." in answer.content.decode()
    answer = client.post(go, {"action": "explode"}, follow=True)
    assert "There is no such step." in answer.content.decode()


def test_who_takes_gets_the_most_pressing(workspace, member, client_of, opened) -> None:
    opened("ann")
    opened("bob", priority="urgent")
    client = client_of("front_line")
    assert client.post("/w/lamps/cases/take/")["Location"] == "/w/lamps/cases/2/"
    client.post("/w/lamps/cases/1/do/", {"action": "take"})
    assert set(Case.objects.values_list("owner__email", flat=True)) == {"front_line@lamps.example"}
    late = client_of("analyst").post("/w/lamps/cases/1/do/", {"action": "take"}, follow=True)
    assert "Somebody else was quicker" in late.content.decode()
    assert "everything has an owner" in client.post("/w/lamps/cases/take/", follow=True).content.decode()


def test_the_queue_filters_and_leads_give_many(other_workspace, client_of, opened, team, member) -> None:
    ann = member("front_line")
    for i in range(4):
        opened(f"c{i}", priority="urgent" if i == 3 else "", owner=ann if i == 0 else None)
    opened("x", themes=["product.fault"], team=team("Repairs"))
    client = client_of("manager")
    shown = lambda query: [line.case.number for line in client.get(f"/w/lamps/cases/{query}").context["lines"]]  # noqa: E731
    assert shown("")[0] == 4 and len(shown("")) == 5
    assert shown("?who=nobody&team=0") == [4, 2, 3, 5] and shown(f"?who={ann.pk}") == [1]
    assert shown("?theme=product.fault") == [5] and shown("?late=1") == [] and shown("?priority=urgent") == [4]
    assert shown("?state=closed") == [] and len(shown("?state=all&source=hand")) == 5
    assert len(shown("?who=%00&team=x&state=%27&theme=%00&sort=nothing&page=99999999")) == 5
    client.post("/w/lamps/cases/give/", {"case": ["2", "3", "99"], "owner": ann.pk})
    assert Case.objects.filter(owner=ann).count() == 3
    assert client_of("front_line").post("/w/lamps/cases/give/", {"case": "4", "owner": ann.pk}).status_code == 403
    assert client_of("owner", other_workspace).get("/w/lamps/cases/").status_code == 404
    assert client_of("viewer").get("/w/lamps/cases/").status_code == 403


def test_a_case_from_a_comment_and_its_page(filled, member, client_of) -> None:
    client = client_of("analyst")
    negative = Filter(themes=("delivery.late",), sentiment=("negative",))
    comment = next(c for c in feedback.room(filled).lake.page(negative).comments if c.person)
    page = html(client, f"/w/lamps/cases/new/?feedback={comment.feedback_id}")
    assert "delivery.late" in page
    sent = {"themes": ["delivery.late"], "priority": "high", "owner": member("front_line").pk, "text": "She called"}
    answer = client.post(f"/w/lamps/cases/new/?feedback={comment.feedback_id}", sent)
    assert answer["Location"] == "/w/lamps/cases/1/"
    case = Case.objects.get()
    assert (case.customer, case.priority, case.source) == (comment.person, "high", "hand") and case.quote
    page = html(client, "/w/lamps/cases/1/")
    assert "She called" in page and comment.feedback_id in page and "First contact" in page
    again = client.post(f"/w/lamps/cases/new/?customer={comment.person}", sent | {"text": "Again"}, follow=True)
    assert "It joined case 1" in again.content.decode() and Case.objects.count() == 1
    assert "/cases/1/" in html(client, f"/w/lamps/customers/of/{comment.person}/")
    link = f"/w/lamps/cases/new/?feedback={comment.feedback_id}"
    assert link in html(client, f"/w/lamps/feedback/of/{comment.feedback_id}/")
    assert link not in html(client_of("viewer"), f"/w/lamps/feedback/of/{comment.feedback_id}/")
    assert client.get("/w/lamps/cases/new/?feedback=nobody").status_code == 404
    assert client.get("/w/lamps/cases/new/?customer=nobody").status_code == 404
    assert client.get("/w/lamps/cases/77/").status_code == 404


def test_macros_are_inserted_and_sent(workspace, member, client_of, opened, contact) -> None:
    ann = member("front_line")
    contact("ann", "zh-Hant")
    opened("ann", owner=ann)
    macro = rules.save_macro(workspace, member("manager"), "Sorry", {"en": "Hello", "zh-Hant": "案件 {number}"})
    client = client_of("front_line")
    page = html(client, f"/w/lamps/cases/1/?macro={macro.pk}")
    assert "案件 1</textarea>" in page
    token = re.search(r'name="token" value="(\w+)"', page)[1]
    sent = {"subject": "您的包裹", "text": "案件 1", "token": token}
    told = client.post("/w/lamps/cases/1/reply/", sent, follow=True).content.decode()
    assert "The mail is on its way." in told and "您的包裹" in told
    assert client.post("/w/lamps/cases/1/reply/", sent | {"text": " ", "token": "x"}, follow=True).status_code == 200
    assert Case.objects.get().contacts.count() == 1


def test_low_scores_are_read_one_by_one(filled, member, client_of) -> None:
    looking.look(filled)
    client = client_of("front_line")
    page = client.get("/w/lamps/cases/low-scores/?days=7")
    first, item = page.context["rows"][0]
    assert item["comment"].feedback_id == first.feedback_id
    n = page.context["coverage"].read.n
    said = {"row": first.pk, "decided": "thanked", "called": "mended", "note": "Glad", "days": "7"}
    assert client.post("/w/lamps/cases/low-scores/read/", said)["Location"].endswith("?days=7")
    page = client.get("/w/lamps/cases/low-scores/?days=7")
    assert first.pk not in [row.pk for row, _ in page.context["rows"]]
    assert page.context["coverage"].read.n == n and page.context["coverage"].called.value == 1 / n
    assert "Glad" in html(client, "/w/lamps/cases/low-scores/?read=1")
    other = LowScore.objects.filter(decided="", case=None).first()
    if other:
        client.post("/w/lamps/cases/low-scores/read/", {"row": other.pk, "decided": "case"})
        assert LowScore.objects.get(pk=other.pk).case.source == "hand"
    assert "Choose 1 to" in client.post("/w/lamps/cases/low-scores/read/", {}, follow=True).content.decode()


def test_settings_are_the_leads(filled, member, client_of, team) -> None:
    client = client_of("manager")
    logistics = team("Logistics")
    form = {"name": "Parcels", "opens": "on", "active": "on", "theme": ["delivery.late"], "score": "2",
            "attribute": "channel = app, shop\n", "team": logistics.pk, "priority": "high"}  # fmt: skip
    client.post("/w/lamps/cases/rules/new/", form)
    rule = Rule.objects.get()
    assert rule.when == {"theme": ["delivery.late"], "score": 2.0, "attribute": {"channel": ["app", "shop"]}}
    assert rule.then == {"team": str(logistics.pk), "priority": "high"}
    assert "name = value, value" in client.post("/w/lamps/cases/rules/new/", form | {"attribute": "x"}).content.decode()
    client.post("/w/lamps/cases/rules/new/", {"name": "Rest", "active": "on", "priority": "low"})
    client.post(f"/w/lamps/cases/rules/{rule.pk}/move/", {"to": "down"})
    assert [row.name for row in Rule.objects.all()] == ["Rest", "Parcels"]
    page = html(client, "/w/lamps/cases/rules/")
    assert "Late delivery" in page and "An earlier rule always decides" in page
    assert "Late delivery" in page and "would be" in html(client, "/w/lamps/cases/rules/try/")
    client.post(f"/w/lamps/cases/rules/{rule.pk}/", {"do": "remove"})
    hours = {"zone": "Asia/Taipei", "mon": "09:00-12:00, 13:00-18:00", "holidays": "tw", "closed": "2026-12-31"}
    client.post("/w/lamps/cases/times/", hours)
    assert selectors.calendar_of(filled).to_json()["hours"] == {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}
    for wrong, why in (({"zone": "Mars"}, "no such time zone"), ({"mon": "9 to 5"}, "write times as"),
                       ({"mon": ""}, "never opens"), ({"holidays": "XX"}, "no such country")):  # fmt: skip
        assert why in client.post("/w/lamps/cases/times/", hours | wrong).content.decode()
    policy = {"name": "Ours", "usual": "on", "at_risk": "80", "normal_first": "1.5", "normal_solve": "8",
              "step0_to": "managers", "step0_share": "50", "step0_of": "solve"}  # fmt: skip
    client.post("/w/lamps/cases/times/new/", policy)
    row = Policy.objects.get()
    assert row.terms["targets"] == {"normal": {"first": 5400.0, "solve": 28800.0}}
    assert row.terms["ladder"] == [{"to": "managers", "share": 0.5, "after": 0.0, "of": "solve"}]
    assert (
        "later than the solution"
        in client.post(f"/w/lamps/cases/times/{row.pk}/", policy | {"normal_first": "9"}).content.decode()
    )
    desk = {"days": "30", "most": "10", "give": "turn", "close_after": ""}
    client.post("/w/lamps/cases/times/desk/", desk)
    kept = Desk.objects.get(workspace=filled)
    assert (kept.open_low, kept.days, kept.give, kept.close_after) == (False, 30, "turn", None)
    client.post("/w/lamps/cases/macros/", {"name": "Sorry", "en": "Sorry, {nobody}"})
    assert not Macro.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_time_that_is_left_in_words(language: str) -> None:
    with override(language):
        told = [lines.duration(seconds) for seconds in (0, 59, 60 * 45, 3600 * 2 + 60, 3600 * 30)]
    assert told[0] == told[1] and len(set(told)) == 4
    assert all("0" not in text.split()[0] or text.startswith(("0", "30")) for text in told)


def test_numbers_of_the_report_are_those_of_the_rows(workspace, member, client_of, opened) -> None:
    ann = member("front_line")
    for i in range(3):
        opened(f"c{i}", owner=ann)
    for number in (1, 2):
        services.contact(workspace, number, ann, channel="phone", outcome="reached")
    services.solve(workspace, 1, ann, outcome="not_possible")
    services.step(workspace, 3, "cancel", ann, reason="A test")
    found = selectors.report(workspace, 7)
    assert (found.opened, found.closed, found.still_open, found.canceled) == (2, 1, 1, 1)
    assert (found.first_late.n, found.first_late.value, found.mended.value, found.reopened.n) == (2, 0.0, 0.0, 1)
    assert found.reasons == [("delivery.late", 1)]
    assert "n = 2" in html(client_of("analyst"), "/w/lamps/cases/report/?days=7")
    assert selectors.of_pain(workspace, "delivery.late").total == 2
