"""How each kind of channel takes a message: one small module a service."""

from __future__ import annotations

from balm.web.deliveries.models import Channel
from balm.web.deliveries.ports import dingtalk, feishu, slack, webhook, wecom
from balm.web.deliveries.ports.port import Note, Port

PORTS: dict[str, Port] = {
    Channel.Kind.WEBHOOK: webhook.Webhook(),
    Channel.Kind.WECOM: wecom.WeCom(),
    Channel.Kind.DINGTALK: dingtalk.DingTalk(),
    Channel.Kind.FEISHU: feishu.Feishu(),
    Channel.Kind.SLACK: slack.Slack(),
}
"""Kind of channel → its port. Mail has none: it goes by SMTP."""

__all__ = ["PORTS", "Note", "Port"]
