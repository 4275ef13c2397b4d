"""What the test of killed senders runs in processes of their own: `python kill_tool.py make N`, `send` or `check`."""

from __future__ import annotations

import json
import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balm.web.site.settings")


def make(number: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from balm.web.deliveries import services
    from balm.web.people.models import Workspace

    workspace = Workspace.objects.create(name="Kill", slug="kill")
    for n in range(number):
        to = f"u{n}@example.com"
        services.mail(workspace, key=f"k{n}", to=to, subject=f"Nr. {n}", text="x" * 200, purpose="reply")


def send() -> None:
    """What a worker's clock does, until it is killed."""
    from django.utils import timezone

    from balm.web.deliveries import work

    print("ready", flush=True)
    while True:
        if not work.mail(timezone.now()):
            time.sleep(0.02)


def check() -> dict[str, list[str]]:
    from balm.web.deliveries.models import Delivery

    return {str(row.uid): [row.state, row.reason] for row in Delivery.objects.all()}


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "make":
        make(int(sys.argv[2]))
    elif sys.argv[1] == "send":
        send()
    else:
        print(json.dumps(check()))
