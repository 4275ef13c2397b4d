"""The simulated company as files that follow each other, and as a workspace whose clock a test turns."""

from __future__ import annotations

import csv
import datetime as dt
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import turning

from balm.simulate import simulate

MAIL_SERVER = Path(__file__).resolve().parent / "deliveries" / "mail_server.py"
BALM = str(Path(sys.executable).with_name("balm"))
CUSTOMERS, SEED = 3000, 21
ASKED = 24
"""Customers whose address is known."""

PATIENCE = 120_000


@dataclass(frozen=True)
class Part:
    """A file of some months. `sufferers`: customers in the South who wrote of a late parcel."""

    file: Path
    sufferers: list[str]


def part(folder: Path, start: dt.date, **what: Any) -> Part:
    """Comments from `start` on, by the same people as in the parts before. `what`: as of `simulate`."""
    made = simulate(customers=CUSTOMERS, seed=SEED, start=start, **what)
    file, _truth = made.write(folder / f"{start:%Y-%m}")
    named = file.rename(file.with_name(f"lumen-{start:%Y-%m}.csv"))
    rows = made.feedback.select(["customer_id", "region"]).to_pylist()
    late = {
        row["customer_id"]
        for row, said in zip(rows, made.said, strict=True)
        if row["region"] == "South" and "late_delivery" in said
    }
    return Part(named, sorted(late))


def contacts(folder: Path, part: Part) -> Path:
    """Addresses of some of those who had late parcels, each in a language of her own."""
    target = folder / "contacts.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["customer_id", "email", "language", "consent"])
        for n, customer in enumerate(part.sufferers[:ASKED]):
            rows.writerow([customer, f"{customer.lower()}@example.com", ("zh-Hans", "zh-Hant", "en")[n % 3], "yes"])
    return target


class Post:
    """A real SMTP server in a process of its own, and what it took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = [sys.executable, str(MAIL_SERVER), str(folder), "0", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = f"smtp://127.0.0.1:{int(self._process.stdout.readline())}"

    def close(self) -> None:
        with self._process as process:
            process.terminate()

    def mails(self, wanted: Callable[[Any], bool], least: int, seconds: float = 60) -> list[Any]:
        """Mails of a kind, once there are so many."""
        end = time.monotonic() + seconds
        while True:
            found = [mail for mail in map(self._read, sorted(self.folder.iterdir())) if wanted(mail)]
            if len(found) >= least:
                return found
            assert time.monotonic() < end, f"{len(found)} of {least} mails came"
            time.sleep(0.3)

    @staticmethod
    def _read(path: Path) -> Any:
        return message_from_bytes(path.read_bytes())


def words(mail: Any) -> str:
    """The text of a mail."""
    return str(mail.get_payload(decode=True).decode())


@dataclass
class Way:
    """Somebody at her browser, before a server whose clock is turned."""

    server: Any
    browser: Any
    clock: turning.TurnedClock
    environment: dict[str, str]
    pictures: Path | None
    problems: list[str] = field(default_factory=list)
    page: Any = None
    home: str = ""

    def enter(self, link: str) -> None:
        """Sign in by a link, in a new window: sessions end after two weeks."""
        if self.page is not None:
            self.page.context.close()
        context = self.browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
        context.clock.set_system_time(self.clock.now())  # "two weeks ago" is worked out by the browser
        self.page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", lambda said: said.type == "error" and self.problems.append(said.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(link)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(re.compile("/w/"))
        self.home = re.match(r".*/w/[^/]+/", self.page.url)[0]  # type: ignore[index]

    def link(self) -> str:
        """A new link for the owner, as an administrator makes one."""
        command = [BALM, "user", "add", "owner@localhost", "--role", "owner", "--data", str(self.server.data)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def turn_to(self, day: dt.date, hour: int = 9) -> None:
        self.clock.turn_to(dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC))

    def go(self, path: str) -> None:
        self.page.goto(self.home + path)

    @property
    def text(self) -> str:
        """What the page says."""
        return str(self.page.inner_text("main"))

    def row(self, theme: str) -> Any:
        """The row of a pain point on the first page."""
        return self.page.locator(".home-table tbody tr", has=self.page.locator(f"a[href*='{theme}']")).first

    def shot(self, name: str) -> None:
        """A page on a phone does not scroll sideways; pictures of both, where somebody wants to look at them."""
        page = self.page
        if self.pictures:
            page.screenshot(path=self.pictures / f"{name}.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if self.pictures:
            page.screenshot(path=self.pictures / f"{name}-390.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        assert wide <= 390, f"{name} is {wide} px wide on a phone"

    def bring(self, file: Path) -> None:
        """Import a file: choose it, look at its columns, start, wait for the figures."""
        page = self.page
        self.go("imports/new/")
        page.set_input_files("main input[type=file]", file)
        page.wait_for_url(re.compile(r"/imports/\d+/"), timeout=PATIENCE)
        page.click("main button.btn-primary[type=submit]")
        page.wait_for_url(re.compile("/painpoints/"), timeout=PATIENCE)

    def until(self, wanted: str, seconds: float = 150) -> str:
        """Load the page again until it says so, as somebody does who waits."""
        end = time.monotonic() + seconds
        while not re.search(wanted, self.text):
            assert time.monotonic() < end, f"{self.text}\n{self.server.said}"
            time.sleep(1)
            self.page.reload()
        return self.text
