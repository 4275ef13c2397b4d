"""Looking at new comments: what opens a case, what is left out, and that nothing opens twice."""

from __future__ import annotations

import pytest

from balm.lake.queries import Filter
from balm.mitigate.lowscores import is_low
from balm.web.cases import desk, looking, lowscores, rules, selectors, services
from balm.web.cases.models import Case, CaseComment, Desk, Look, LowScore
from balm.web.cases.refusals import Refused
from balm.web.deliveries.models import Delivery
from balm.web.feedback import selectors as feedback
from balm.web.jobs.models import Job
from balm.web.jobs.worker import drain

pytestmark = pytest.mark.django_db


def test_only_the_last_days_open_cases_and_the_rest_is_told(filled, member) -> None:
    member("manager")
    assert Job.objects.filter(workspace=filled, kind="open_cases", state="waiting").count() == 1
    drain()
    looker = looking.Looker.of(filled)
    told = Desk.objects.get(workspace=filled).last
    everything = looker.room.lake.page(Filter(), size=3000).comments
    first = looker.room.snapshot.overview.last_day.toordinal() - 14
    recent = [c for c in everything if c.time and c.time.toordinal() >= first]
    assert told["looked"] == len(recent) and told["older"] == len([c for c in everything if c.time]) - len(recent)
    low = {c.feedback_id for c in recent if c.score is not None and is_low(c.score, looker.scale)}
    assert low and set(LowScore.objects.values_list("feedback_id", flat=True)) == low
    wanted = {c.feedback_id for c in recent if looker.judge(c).source}
    assert set(CaseComment.objects.values_list("feedback_id", flat=True)) == wanted
    assert told["opened"] == Case.objects.count() > 5
    assert told["opened"] + told["joined"] == len(wanted)
    for case in Case.objects.filter(source="low_score"):
        assert case.customer and case.quote and case.language in ("zh-Hans", "zh-Hant", "en")
    assert set(looker.room.lake.parts()) == set(Look.objects.values_list("import_key", "part"))


def test_urgent_ones_reach_a_person_and_the_rest_comes_in_one_message(filled, member) -> None:
    lead = member("manager")
    desk.set_desk(filled, member("analyst"), days=30)
    looking.look(filled)
    urgent = Case.objects.filter(source="urgent").count()
    assert urgent
    mails = Delivery.objects.filter(workspace=filled, user=lead, purpose="case.opened")
    assert mails.count() == min(urgent, looking.LOUD) + 1


def test_looked_at_again_nothing_opens_twice(filled, member) -> None:
    looking.look(filled)
    before = list(Case.objects.order_by("number").values_list("number", "feedback_id", "state"))
    assert looking.look(filled).looked == 0
    rules.look_again(filled, member("owner"))
    again = looking.look(filled)
    assert again.looked and again.opened == 0
    assert list(Case.objects.order_by("number").values_list("number", "feedback_id", "state")) == before


def test_a_look_that_died_half_way_is_done_to_the_end(filled, member, monkeypatch) -> None:
    member("manager")
    whole, n = looking._one, iter(range(100))

    def dies(*arguments, **more):
        if next(n) == 3:
            raise KeyboardInterrupt
        return whole(*arguments, **more)

    monkeypatch.setattr(looking, "_one", dies)
    with pytest.raises(KeyboardInterrupt):
        looking.look(filled)
    assert Case.objects.count() == 3 and not Look.objects.exists()
    monkeypatch.setattr(looking, "_one", whole)
    looking.look(filled)
    assert CaseComment.objects.count() == CaseComment.objects.values("feedback_id").distinct().count()
    numbers = sorted(Case.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 5


def test_the_limit_keeps_the_most_pressing(filled, member) -> None:
    desk.set_desk(filled, member("owner"), most=3, days=30)
    done = looking.look(filled)
    assert Case.objects.count() + done.joined == 3 and done.over == done.wanted - 3 > 0
    assert desk.of(filled).last["over"] == done.over
    assert Case.objects.filter(source="urgent").exists()  # the oldest of them: older low scores gave way to it


def test_rules_open_what_they_say_and_are_tried_out_first(filled, member) -> None:
    lead = member("owner")
    desk.set_desk(filled, lead, open_low=False, open_urgent=False)
    assert rules.try_out(filled).opened == 0
    said = {"name": "Parcels", "when": {"theme": ["delivery"]}, "then": {"priority": "high"}}
    top = looking.Looker.of(filled).room.choices
    theme = next((id_ for id_, _name in top if id_ == "delivery.late"), top[0][0])
    said["when"] = {"theme": [theme]}
    rules.save_rule(filled, lead, said | {"opens": True, "active": True})
    trial = rules.try_out(filled)
    negative = Filter(themes=(theme,), sentiment=("negative",))
    newest = {c.feedback_id for c in feedback.room(filled).lake.page(Filter(), size=rules.TRIED).comments}
    complaints = {c.feedback_id for c in feedback.room(filled).lake.page(negative, size=1500).comments}
    assert trial.opened == len(newest & complaints) > 0 and Case.objects.count() == 0
    assert trial.by_rule == [("Parcels", trial.opened)]
    looking.look(filled)
    found = Case.objects.all()
    assert found and {case.source for case in found} == {"rule"} and {case.priority for case in found} == {"high"}
    assert all(case.why["opened"]["name"] == "Parcels" for case in found)


def test_every_low_score_is_read_and_the_share_is_a_number(filled, member) -> None:
    by = member("front_line")
    desk.set_desk(filled, member("owner"), open_low=False, open_urgent=False)
    looking.look(filled)
    rows = list(lowscores.unread(filled))
    assert lowscores.coverage(lowscores.rows(filled)).read.value == 0
    lowscores.read(filled, by, [rows[0].pk], decided="nothing")
    lowscores.read(filled, by, [rows[1].pk], decided="thanked", called="mended", note="Was glad")
    [row] = lowscores.read(filled, by, [rows[2].pk], decided="case")
    assert row.case.feedback_id == row.feedback_id and row.case.quote
    told = lowscores.coverage(lowscores.rows(filled))
    n = len(rows)
    assert (told.read.n, round(told.read.value * n), told.called.n, told.mended.value) == (n, 3, n, 1.0)
    services.assign(filled, row.case.number, by.pk, by)
    services.contact(filled, row.case.number, by, channel="phone", outcome="not_reached")
    told = lowscores.coverage(lowscores.rows(filled))
    assert (told.reached.n, told.reached.value) == (2, 0.5)
    assert lowscores.unread(filled).count() == n - 3 == selectors.summary(filled).unread
    with pytest.raises(Refused):
        lowscores.read(filled, by, [rows[0].pk], decided="whatever")
    with pytest.raises(Refused):
        lowscores.read(filled, by, [10**9], decided="nothing")


def test_working_on_a_case_reads_its_low_score(filled, member) -> None:
    by = member("front_line")
    looking.look(filled)
    row = LowScore.objects.exclude(case=None).filter(case__source="low_score").first()
    assert row.decided == ""
    services.take(filled, row.case.number, by)
    services.contact(filled, row.case.number, by, channel="phone", outcome="reached")
    services.solve(filled, row.case.number, by, outcome="mended")
    row.refresh_from_db()
    assert (row.decided, row.called, row.read_by) == ("case", "mended", by)


def test_without_comments_there_is_nothing_to_look_at(workspace) -> None:
    assert looking.look(workspace).looked == 0 and not Desk.objects.exists()
