"""Customers: who wrote what, and which keys are one person."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def url(workspace, name: str, *args) -> str:
    return reverse(f"customers:{name}", args=[workspace.slug, *args])


@pytest.fixture
def three(client_of, filled) -> list[str]:
    """The keys of the three customers with most comments."""
    page = client_of("analyst").get(url(filled, "list") + "?sort=comments")
    return [line.customer.key for line in page.context["lines"][:3]]


def test_the_list_counts_and_finds(client_of, filled, three) -> None:
    client = client_of("front_line")
    page = client.get(url(filled, "list"))
    assert page.context["total"] == 571 and len(page.context["lines"]) == 50
    line = page.context["lines"][0]
    assert line.negative.n == line.customer.comments
    assert "small" in page.content.decode()  # a handful of comments is no basis for a share
    found = client.get(url(filled, "list") + f"?q={three[0].lower()}")
    assert [line.customer.key for line in found.context["lines"]] == [three[0]]
    evidence = client.get(reverse("feedback:list", args=[filled.slug]) + f"?customer={three[0]}")
    assert evidence.context["counts"].comments == found.context["lines"][0].customer.comments
    assert "No customer has a key like this" in client.get(url(filled, "list") + "?q=zzz").content.decode()
    for strange in ("?page=x", "?page=99999", "?page=-1", "?sort=drop", "?page=2"):
        assert client.get(url(filled, "list") + strange).status_code == 200


def test_one_customer_in_order_of_time(client_of, filled, three) -> None:
    page = client_of("front_line").get(url(filled, "one", three[0]))
    comments = [item["comment"] for item in page.context["shown"]]
    assert len(comments) == page.context["line"].customer.comments
    assert [c.time for c in comments] == sorted((c.time for c in comments), reverse=True)
    figure = page.context["figure"]
    assert len(figure.table().rows) == sum(c.score is not None for c in comments)
    assert "Merge with another" not in page.content.decode()
    assert client_of("front_line").get(url(filled, "one", "nobody")).status_code == 404


def test_a_merge_makes_one_person_everywhere_and_can_be_undone(client_of, filled, three, member) -> None:
    from balm.web.customers.models import Merge
    from balm.web.customers.selectors import aliases
    from balm.web.jobs.models import Job
    from balm.web.people.models import AuditEntry

    client, (first, second, third) = client_of("analyst"), three
    before = {key: client.get(url(filled, "one", key)).context["line"].customer for key in three}
    preview = client.get(url(filled, "merge", first) + f"?other={second}")
    together = preview.context["together"].customer
    assert together.comments == before[first].comments + before[second].comments
    assert set(preview.context["keys"]) == {first, second}
    answer = client.post(url(filled, "merge", first), {"other": second, "reason": "same phone"}, follow=True)
    assert answer.context["line"].customer == together
    # a third one joins the second: it is the person that is merged, not the key
    client.post(url(filled, "merge", second), {"other": third, "reason": "wrote so"})
    assert aliases(filled) == {second: first, third: first}
    total = sum(customer.comments for customer in before.values())
    for key in three:
        assert client.get(url(filled, "one", key)).context["line"].customer.comments == total
        counts = client.get(reverse("feedback:list", args=[filled.slug]) + f"?customer={key}").context["counts"]
        assert (counts.comments, counts.customers) == (total, 1)
    assert client.get(url(filled, "list")).context["total"] == 569
    assert Job.objects.filter(workspace=filled, kind="refresh").count() == 1
    assert AuditEntry.objects.filter(action="customer.merge").count() == 2
    row = Merge.objects.order_by("pk")[0]
    assert (row.into, row.keys, row.reason, row.by) == (first, [second], "same phone", member("analyst"))
    client.post(url(filled, "unmerge", row.pk))
    assert aliases(filled) == {third: first}
    assert client.get(url(filled, "one", second)).context["line"].customer == before[second]
    row.refresh_from_db()
    assert row.undone_by == member("analyst")
    assert AuditEntry.objects.filter(action="customer.unmerge").count() == 1
    assert "taken back before" in client.post(url(filled, "unmerge", row.pk), follow=True).content.decode()


def test_what_cannot_be_merged_is_refused(client_of, filled, three, other_workspace) -> None:
    from balm.web.customers.models import Merge

    client, (first, second, third) = client_of("manager"), three
    client.post(url(filled, "merge", first), {"other": second, "reason": "x"})
    client.post(url(filled, "merge", third), {"other": first, "reason": "x"})
    for key, other, said in (
        (first, [first], "into itself"),
        (first, [second], "one customer already"),
        (second, [third], "one customer already"),  # a circle
        (first, [], "Choose the other customer"),
        (first, [f"x{i}" for i in range(101)], "At most 100"),
        (first, ["y" * 300], "At most 100"),
    ):
        answer = client.post(url(filled, "merge", key), {"other": other, "reason": "x"}, follow=True)
        assert said in answer.content.decode(), said
    assert Merge.objects.count() == 2
    assert "one customer already" in client.get(url(filled, "merge", first) + f"?other={second}").content.decode()
    assert "no customer with this key" in client.get(url(filled, "merge", first) + "?other=nobody").content.decode()
    for role in ("viewer", "front_line"):
        assert client_of(role).post(url(filled, "merge", first), {"other": second}).status_code == 403
        assert client_of(role).post(url(filled, "unmerge", Merge.objects.first().pk)).status_code == 403
    stranger = client_of("owner", other_workspace)
    assert stranger.post(url(filled, "merge", first), {"other": second}).status_code == 404
    stranger.post(url(other_workspace, "unmerge", Merge.objects.first().pk))
    assert not Merge.objects.exclude(undone=None).exists()


def test_merges_of_one_workspace_are_not_those_of_another(filled, member, other_workspace) -> None:
    from balm.web.customers.selectors import aliases
    from balm.web.customers.services import merge

    merge(filled, member("owner"), "a", ["b"])
    assert aliases(filled) == {"b": "a"}
    assert aliases(other_workspace) == {}


def test_alike_keys_are_only_suggested(client_of, workspace) -> None:
    import pyarrow as pa

    from balm.collect.columns import ColumnMap
    from balm.core.tables import FEEDBACK
    from balm.lake.feedback import FeedbackStore
    from balm.web.site.paths import workspace_dir

    keys = ["c 17", "C017", "17", "C17", "D1", None]
    given = {"feedback_id": list("abcdef"), "text": [f"comment {i}" for i in range(6)], "customer": keys}
    given |= {"source": ["f.csv"] * 6, "line": list(range(2, 8))}
    table = pa.table([pa.array(given.get(f.name, [None] * 6), f.type) for f in FEEDBACK], schema=FEEDBACK)
    with FeedbackStore(workspace_dir(workspace)) as store:
        store.begin("k", "f.csv", ColumnMap("text"))
        store.append(table, "k", 9)
        store.finish("k")
    client = client_of("analyst")
    groups = client.get(url(workspace, "alike")).context["groups"]
    assert [[c.key for c in group] for group in groups] == [["C17", "c 17"]]
    assert f"{url(workspace, 'alike')}?key=C17" in client.get(url(workspace, "one", "C17")).content.decode()
    page = client.get(url(workspace, "alike") + "?key=C17")
    assert [c.key for c in page.context["alike"]] == ["c 17"]
    assert "may be the same person" in page.content.decode()
    assert client.get(url(workspace, "alike") + "?key=D1").context["alike"] == []
    client.post(url(workspace, "merge", "C17"), {"other": "c 17", "reason": "typed with a space"})
    assert client.get(url(workspace, "alike")).context["groups"] == []
    assert client_of("front_line").get(url(workspace, "alike")).status_code == 403


def test_strangers_and_viewers_see_no_customers(client_of, filled, three, other_workspace) -> None:
    for name, args in (("list", ()), ("one", three[:1]), ("merge", three[:1]), ("alike", ())):
        assert client_of("owner", other_workspace).get(url(filled, name, *args)).status_code == 404
        assert client_of("viewer").get(url(filled, name, *args)).status_code == 403
    assert "No customers yet" in client_of("owner", other_workspace).get(url(other_workspace, "list")).content.decode()
