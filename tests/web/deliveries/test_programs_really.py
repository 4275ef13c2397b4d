"""Webhooks and chats over real HTTP: signatures, what each service is sent, retries, and where nothing is ever sent."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from balm.web.deliveries import channel_services, claims, post, sealed, services, work
from balm.web.deliveries.channel_services import Wish
from balm.web.deliveries.models import Channel, Delivery
from balm.web.deliveries.ports import PORTS

PATHS = {
    "webhook": "/hook",
    "wecom": "/cgi-bin/webhook/send?key=k-1",
    "dingtalk": "/robot/send?access_token=t-1",
    "feishu": "/open-apis/bot/v2/hook/h-1",
    "slack": "/services/T/B/x",
}
FINE = {
    "webhook": b"",
    "wecom": b'{"errcode":0,"errmsg":"ok"}',
    "dingtalk": b'{"errcode":0,"errmsg":"ok"}',
    "feishu": b'{"code":0,"msg":"success","data":{}}',
    "slack": b"ok",
}


@pytest.fixture(autouse=True)
def quick(settings) -> None:
    settings.BALM_DELIVERY_PACE = 0.000002


@pytest.fixture
def channel(workspace, member, program):
    """`channel("slack")`: the channel and, of a webhook, its secret."""

    def make(kind: str, **more):
        wish = Wish(kind, ["plan.landed"], "en", program.url + PATHS[kind], more.get("secret", ""))
        program.answers = [(200, {}, FINE[kind])]
        return channel_services.add(workspace, member("manager"), kind, wish)

    return make


def notify(workspace, key: str = "k", **payload):
    title, text = {"en": "A fix <landed> & more", "zh-Hans": "改进已上线"}, {"en": "Plan 3", "zh-Hans": "计划 3"}
    (row,) = services.notify(workspace, "plan.landed", title, text, payload or {"plan": 3}, key)
    return row


def test_a_webhook_is_signed_as_the_standard_says(workspace, channel, program, pump) -> None:
    _channel, secret = channel("webhook")
    row = notify(workspace, plan=3, name="送货")
    pump()
    (got,) = program.got
    assert Webhook(secret).verify(got.body, got.headers) == got.json
    assert got.json["type"] == "plan.landed" and got.json["data"] == {"plan": 3, "name": "送货"}
    dt.datetime.fromisoformat(got.json["timestamp"])
    assert got.headers["webhook-id"] == f"msg_{row.uid}"
    assert got.headers["content-type"].startswith("application/json")
    row.refresh_from_db()
    assert (row.state, row.tries) == ("sent", 1)


def test_two_secrets_sign_while_one_is_changed_for_another(workspace, member, channel, program, pump) -> None:
    row, old = channel("webhook")
    _row, new = channel_services.rotate(workspace, member("manager"), row.pk)
    notify(workspace, "a")
    pump()
    for secret in (old, new):
        Webhook(secret).verify(program.got[0].body, program.got[0].headers)
    Channel.objects.update(old_until=timezone.now() - dt.timedelta(seconds=1))
    notify(workspace, "b")
    pump()
    Webhook(new).verify(program.got[1].body, program.got[1].headers)
    with pytest.raises(Exception, match="signature"):
        Webhook(old).verify(program.got[1].body, program.got[1].headers)


def test_every_try_has_the_same_id_and_body_and_a_new_time(workspace, channel, program, pump) -> None:
    _row, secret = channel("webhook")
    program.answers = [
        (500, {}, b"down"),
        (302, {"Location": "/elsewhere"}, b""),
        (429, {}, b""),
        (0, {}, b""),
        (204, {}, b""),
    ]
    row = notify(workspace)
    pump()
    row.refresh_from_db()
    assert (row.state, row.tries) == ("sent", 5)
    assert {got.path for got in program.got} == {"/hook"}  # no redirect is followed
    assert len({(got.headers["webhook-id"], got.body) for got in program.got}) == 1
    for got in program.got:
        Webhook(secret).verify(got.body, got.headers)
    assert [a.phase for a in row.attempts.all()] == ["500", "302", "429", "reply", "204"]


def test_the_schedule_is_that_of_the_standard(workspace, channel, program, settings) -> None:
    settings.BALM_DELIVERY_PACE = 1.0
    channel("webhook")
    program.answers = [(503, {}, b"down")]
    row = notify(workspace)
    waits, now = [], timezone.now()
    for _ in range(12):
        work.programs(now)
        row.refresh_from_db()
        if row.state == "dead":
            break
        waits.append(round((row.not_before - row.timed).total_seconds()))
        now = row.not_before + dt.timedelta(seconds=1)
    hour = 3600
    assert waits == [5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]
    assert (row.state, row.reason, row.tries, len(program.got)) == ("dead", "gave_up", 10, 10)


def test_an_address_that_is_gone_switches_the_channel_off(workspace, channel, program, pump) -> None:
    made, _secret = channel("webhook")
    first, second = notify(workspace, "a"), notify(workspace, "b")
    program.answers = [(410, {}, b"gone")]
    pump()
    made.refresh_from_db(), first.refresh_from_db(), second.refresh_from_db()
    assert (made.active, made.off) == (False, "gone")
    assert (first.state, second.state, second.reason) == ("dead", "skipped", "channel_off")
    assert len(program.got) == 1
    assert services.notify(workspace, "plan.landed", "S", "T", {}, "c") == []


def test_wecom_text(workspace, channel, program, pump) -> None:
    channel("wecom")
    notify(workspace)
    services.notify(workspace, "plan.landed", "标题", "字" * 2000, {}, "long")
    pump()
    assert program.got[0].path == PATHS["wecom"]
    assert program.got[0].json == {"msgtype": "text", "text": {"content": "A fix <landed> & more\nPlan 3"}}
    cut = program.got[1].json["text"]["content"]
    assert len(cut.encode()) <= 2048 and cut.endswith("字…")


def test_dingtalk_signs_time_and_secret(workspace, channel, program, pump) -> None:
    channel("dingtalk", secret="SECabc")
    notify(workspace)
    pump()
    (got,) = program.got
    said = {name: values[0] for name, values in parse_qs(urlsplit(got.path).query, strict_parsing=True).items()}
    assert said["access_token"] == "t-1" and abs(int(said["timestamp"]) / 1000 - timezone.now().timestamp()) < 60
    signed = hmac.new(b"SECabc", f"{said['timestamp']}\nSECabc".encode(), hashlib.sha256).digest()
    assert base64.b64decode(said["sign"]) == signed
    assert got.json == {"msgtype": "text", "text": {"content": "A fix <landed> & more\nPlan 3"}}


def test_feishu_signs_nothing_by_time_and_secret(workspace, channel, program, pump) -> None:
    channel("feishu", secret="s-1")
    notify(workspace)
    pump()
    said = program.got[0].json
    signed = hmac.new(f"{said['timestamp']}\ns-1".encode(), b"", hashlib.sha256).digest()
    assert said["sign"] == base64.b64encode(signed).decode()
    assert (said["msg_type"], said["content"]) == ("text", {"text": "A fix <landed> & more\nPlan 3"})


def test_feishu_without_a_secret_and_slack(workspace, channel, program, pump) -> None:
    made, _none = channel("feishu")
    notify(workspace, "a")
    pump()
    assert set(program.got[0].json) == {"msg_type", "content"}
    made.delete()
    channel("slack")
    notify(workspace, "b")
    pump()
    assert program.got[1].json == {"text": "A fix &lt;landed&gt; &amp; more\nPlan 3"}


@pytest.mark.parametrize(
    ("kind", "answer", "state", "tries"),
    [
        ("wecom", (200, {}, b'{"errcode":45009,"errmsg":"freq out of limit"}'), "sent", 2),
        ("wecom", (200, {}, b'{"errcode":93000,"errmsg":"invalid webhook url"}'), "dead", 1),
        ("wecom", (200, {}, b"<html>proxy</html>"), "dead", 1),
        ("dingtalk", (200, {}, b'{"errcode":130101,"errmsg":"send too fast"}'), "sent", 2),
        ("dingtalk", (200, {}, b'{"errcode":310000,"errmsg":"sign not match"}'), "dead", 1),
        ("feishu", (400, {}, b'{"code":11232,"msg":"frequency limited"}'), "sent", 2),
        ("feishu", (200, {}, b'{"code":19021,"msg":"sign match fail"}'), "dead", 1),
        ("slack", (429, {"Retry-After": "0"}, b"rate_limited"), "sent", 2),
        ("slack", (503, {}, b""), "sent", 2),
        ("slack", (404, {}, b"no_service"), "dead", 1),
    ],
)
def test_what_each_service_answers(workspace, channel, program, pump, *, kind, answer, state, tries) -> None:
    channel(kind, secret="SEC1" if kind == "dingtalk" else "")
    program.answers = [answer, (200, {}, FINE[kind])]
    row = notify(workspace)
    pump()
    row.refresh_from_db()
    assert (row.state, row.tries) == (state, tries), row.words


def test_a_chat_that_answers_nothing_may_have_it(workspace, channel, program, pump) -> None:
    channel("slack")
    program.answers = [(0, {}, b"")]
    row = notify(workspace)
    pump()
    row.refresh_from_db()
    assert (row.state, row.reason, len(program.got)) == ("dead", "unsure", 1)


def test_retry_after_is_kept(workspace, channel, program) -> None:
    channel("slack")
    program.answers = [(429, {"Retry-After": "90"}, b"")]
    row = notify(workspace)
    work.programs(timezone.now())
    row.refresh_from_db()
    assert round((row.not_before - row.timed).total_seconds()) == 90


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.100.100.200/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://0x7f.1/",
        "file:///etc/passwd",
        "https://user@example.com/",
        "https://exa mple.com/",
        "https://example.com:99999/",
    ],
)
def test_nothing_is_posted_inside(settings, address) -> None:
    settings.BALM_WEBHOOK_PRIVATE = False
    asked: list[bool] = []
    with pytest.raises((post.NotAllowed, post.Unreachable)) as refused:
        post.send(post.Request(address, b"{}", {}), lambda: asked.append(True) or True)
    assert not asked
    assert refused.type is post.NotAllowed


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/", "http://0.0.0.0/", "http://[fe80::1]/", "http://224.0.0.1/"]
)
def test_not_even_where_private_addresses_are_allowed(settings, address) -> None:
    settings.BALM_WEBHOOK_PRIVATE = True
    with pytest.raises(post.NotAllowed):
        post.send(post.Request(address, b"{}", {}), lambda: True)


def test_a_name_that_also_leads_inside_is_refused_and_looked_up_once(settings, monkeypatch) -> None:
    settings.BALM_WEBHOOK_PRIVATE = False
    calls = []

    def two_faced(host, port, **_more):
        calls.append(host)
        return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("10.0.0.5", port))]

    monkeypatch.setattr(post.socket, "getaddrinfo", two_faced)
    with pytest.raises(post.NotAllowed):
        post.send(post.Request("https://rebind.example/", b"{}", {}), lambda: True)
    assert calls == ["rebind.example"]


def test_a_channel_inside_is_a_dead_letter_that_says_so(workspace, channel, program, pump, settings) -> None:
    channel("webhook")
    settings.BALM_WEBHOOK_PRIVATE = False
    row = notify(workspace)
    pump()
    row.refresh_from_db()
    assert (row.state, row.reason, program.got) == ("dead", "bad_address", [])


def test_an_endless_answer_is_cut(program, monkeypatch) -> None:
    program.answers = [(200, {}, b"x" * 1_000_000)]
    answer = post.send(post.Request(program.url, b"{}", {}), lambda: True)
    assert answer is not None and len(answer.body) == post.REPLY
    program.hold = threading.Event()
    monkeypatch.setattr(post, "WHOLE", 0.2)
    with pytest.raises(post.Unreachable) as late:
        post.send(post.Request(program.url, b"{}", {}), lambda: True)
    program.hold.set()
    assert late.value.sent


def test_a_slow_channel_does_not_hold_up_the_others(workspace, member, channel, program, monkeypatch) -> None:
    from balm.web.deliveries import sending

    monkeypatch.setattr(sending, "SLOW", 0.0)
    channel("webhook")
    rows = [notify(workspace, f"k{n}") for n in range(5)]
    program.answers = [(503, {}, b"")]
    work.programs(timezone.now())
    assert len(program.got) == 1
    assert sum(1 for row in rows if Delivery.objects.get(pk=row.pk).tries) == 1


def test_secrets_are_sealed_and_each_kind_has_a_port(workspace, channel) -> None:
    made, secret = channel("webhook")
    assert secret.encode() not in bytes(made.secret) and sealed.open_text(workspace, made.secret) == secret
    assert set(PORTS) == set(Channel.Kind.values) - {"mail"}
    for port in PORTS.values():
        assert (
            len([name for name in vars(type(port)) if not name.startswith("_") and callable(getattr(port, name))]) <= 3
        )


def test_what_was_being_posted_when_the_worker_died_is_unsure(workspace, channel, program, settings) -> None:
    channel("webhook")
    row = notify(workspace)
    now = timezone.now()
    (taken,) = claims.take(tuple(PORTS), 5, now)
    assert claims.begin(taken)
    claims.lost(now + dt.timedelta(seconds=settings.BALM_DELIVERY_LEASE + 1))
    row.refresh_from_db()
    assert (row.state, row.reason, program.got) == ("dead", "unsure", [])
    assert json.loads(json.dumps(row.get_reason_display()))
