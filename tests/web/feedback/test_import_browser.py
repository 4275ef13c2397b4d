"""In a real browser: from an empty workspace and a GB18030 export to ranked pain points."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.once]

WORDS = [
    "物流太慢了，等了五天才到，电话13812345678没人接", "客服态度很好，很耐心，下次还来", "包装破损，退货要自己出运费",
    "灯泡用了一周就坏了，质量太差", "价格便宜，值得买", "安装师傅迟到两个小时", "发票一直没开，催了三次", "",
    "退款等了半个月还没到账",
]  # fmt: skip

SEED = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from balm.web.people.models import Membership, User, Workspace
workspace = Workspace.objects.create(name="Lamps", slug="lamps")
user = User.objects.create_user("a@lamps.example", "correct horse battery")
Membership.objects.create(workspace=workspace, user=user, role="analyst")
from django.test import Client
client = Client()
client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
print(client.cookies["sessionid"].value)
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A running server's address and a session of an analyst."""
    env = os.environ | {
        "BALM_DATA": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "balm.web.site.settings",
        "BALM_UPLOAD_BYTES": "300000",
    }
    env.pop("DATABASE_URL", None)
    seeded = subprocess.run([sys.executable, "-c", SEED], env=env, capture_output=True, text=True, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    balm = Path(sys.executable).with_name("balm")
    command = [balm, "serve", "--port", str(port), "--data", tmp_path / "data"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=2).read()
                break
            except OSError:
                time.sleep(0.2)
        yield address, seeded.stdout.strip().splitlines()[-1]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def export(rows: int = 600) -> bytes:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(("编号", "评论内容", "评分", "日期", "客户编号", "渠道"))
    for i in range(rows):
        words = WORDS[i % len(WORDS)]
        text = words and f"{words}（第{i}单）"
        sheet.writerow(
            (f"A{i}", text, i * 7 % 5 + 1, f"2024-0{i % 9 + 1}-1{i % 9}", f"K{i % 200}", ["电商", "门店"][i % 2])
        )
    return out.getvalue().encode("gb18030")


@pytest.mark.parametrize(("width", "language"), [(1280, "zh-CN"), (390, "zh-TW")])
def test_from_an_empty_workspace_to_ranked_pain_points(
    served, browser, tmp_path: Path, width: int, language: str
) -> None:
    address, session = served
    (good := tmp_path / "三月反馈.csv").write_bytes(export())
    (large := tmp_path / "groß.csv").write_bytes(b"text\n" + b"slow delivery\n" * 40_000)
    (picture := tmp_path / "bild.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 900)
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}/w/lamps/")
    page.locator("main a[href*='/imports/']").first.click()
    page.set_input_files("input[type=file]", large)
    page.wait_for_selector("[data-upload-progress] [role=alert]")
    assert page.url.endswith("/imports/") or page.url.endswith("/imports/new/")
    page.set_input_files("input[type=file]", picture)
    page.wait_for_selector("main .alert-danger")
    assert "bild.xlsx" in page.inner_text("main .alert-danger")
    page.set_input_files("input[type=file]", good)
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    assert "[PHONE]" in page.inner_text("#mapping")
    page.focus("#map-scale")
    page.select_option("#map-scale", "label")
    page.wait_for_selector("#mapping:not(.htmx-request) .alert-warning")
    page.select_option("#map-scale", "stars")
    page.wait_for_selector("#mapping .alert-warning", state="detached")
    assert page.evaluate("document.activeElement.id") == "map-scale", "the focus stays where the person is"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#mapping button[type=submit]:not([formaction])")
    page.wait_for_selector("#import-progress")
    page.wait_for_url(re.compile(r"/painpoints/$"), timeout=120_000)
    assert page.locator("main table tbody tr").count() >= 3
    refused = [text for text in said if "Content Security Policy" in text or "Error" in text]
    assert not refused
    context.close()
