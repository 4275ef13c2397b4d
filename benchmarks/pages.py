"""Pages over a million comments: each page's time on the server, and each question beside the bare scan in DuckDB.

The comments are simulated, imported and analyzed once, into a data folder as `balm serve --data` has it; what is
measured runs in a process of its own, against the real views, without a network between.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import WORK
from benchmarks.section import Section, table

COMMENTS = 1_000_000
TIMES = 20
TARGET = 1.0
"""Seconds in which 95 of 100 pages must be made."""

THEME = "delivery.late"


def run(quick: bool = False) -> Section:
    """Measure and tell."""
    n = 20_000 if quick else COMMENTS
    found = measured(data_folder(n), 5 if quick else TIMES)
    slow = [p["name"] for p in found["pages"] if p["p95"] > TARGET]
    verdict = (
        f"With {n:,} comments every page is made within {TARGET:g} s, 95 times of 100."
        if not slow
        else f"With {n:,} comments these pages take longer than {TARGET:g} s, 95 times of 100: {', '.join(slow)}."
    )
    pages = table(
        ["page", "p50 ms", "p95 ms", "kB"],
        [[p["name"], ms(p["p50"]), ms(p["p95"]), f"{p['bytes'] / 1000:.0f}"] for p in found["pages"]],
    )
    questions = table(
        ["question", "p50 ms", "p95 ms", "bare scan p50 ms"],
        [[q["name"], ms(q["p50"]), ms(q["p95"]), ms(q["bare"])] for q in found["questions"]],
    )
    body = f"{pages}\n\n{questions}\n\nPeak memory of the process: {found['peak']:.0f} MB."
    return Section("Pages over a million comments", verdict, body)


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f}"


def data_folder(n: int) -> Path:
    """A data folder with a workspace of n simulated comments, analyzed; made once."""
    folder = WORK / f"pages-{n}"
    if not (folder / "done").exists():
        _child(folder, "build", str(n))
        (folder / "done").touch()
    return folder


def measured(folder: Path, times: int) -> dict[str, Any]:
    """What `_measure` finds, in a process of its own."""
    found: dict[str, Any] = json.loads(_child(folder, "measure", str(times)).splitlines()[-1])
    return found


def _child(folder: Path, *arguments: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    env = os.environ | {"BALM_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "balm.web.site.settings"}
    env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "benchmarks.pages", *arguments]
    return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def _build(n: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    import balm
    from balm.core.types import to_json
    from balm.lake import tables
    from balm.simulate import simulate
    from balm.web.painpoints.services import keep_figures
    from balm.web.people.models import Membership, User, Workspace
    from balm.web.site.paths import data_dir, workspace_dir

    call_command("migrate", verbosity=0)
    workspace, _ = Workspace.objects.get_or_create(name="Million", slug="million")
    user = User.objects.create_user("owner@million.example", "x" * 12)
    Membership.objects.create(user=user, workspace=workspace, role="owner")
    (data_dir() / "simulated").mkdir(exist_ok=True)
    file = simulate(comments=n, months=12, seed=3).write(data_dir() / "simulated")[0]
    folder = workspace_dir(workspace)
    made = balm.analyze(file, out=folder)
    from django.utils import timezone

    keep_figures(
        workspace,
        painpoints=list(made.painpoints),
        themes=list(made.themes),
        overview=made.overview,
        shown={"solvability": made.solvability, "topics": to_json(made.topics)},
        versions={name: tables.version(folder, name) or 0 for name in ("feedback", "mentions")},
        as_of=timezone.now(),
    )


def _measure(times: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    from balm.web.people.models import Workspace
    from balm.web.site.paths import workspace_dir

    workspace = Workspace.objects.get()
    folder = workspace_dir(workspace)
    pages = [_timed(name, load, times) for name, load in _pages(workspace)]
    questions = []
    for name, ask, bare in _questions(folder):
        one = _timed(name, ask, times)
        questions.append(one | {"bare": _timed(name, bare, times)["p50"]})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pages": pages, "questions": questions, "peak": peak}


def _timed(name: str, act: Callable[[], Any], times: int) -> dict[str, Any]:
    """The first time, which opens files, counts too."""
    spent, size = [], 0
    for _ in range(times):
        start = time.perf_counter()
        answer = act()
        spent.append(time.perf_counter() - start)
        size = len(answer) if isinstance(answer, bytes) else 0
    p95 = statistics.quantiles(spent, n=20, method="inclusive")[-1]
    return {"name": name, "p50": statistics.median(spent), "p95": p95, "bytes": size}


def _pages(workspace: Any) -> Sequence[tuple[str, Callable[[], bytes]]]:
    """Every page that shows figures, comments or customers, as an owner gets it."""
    from django.test import Client
    from django.urls import reverse

    from balm.lake.queries import Cursor
    from balm.web.feedback.selectors import room
    from balm.web.people.models import User

    client = Client()
    client.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    lake = room(workspace).lake
    [middle] = lake.page(_filter(), at=Cursor(_middle(), 0, 0), size=1).comments
    [busy] = lake.customers(order="comments", size=1)[0]

    def page(name: str, *args: Any, query: str = "") -> Callable[[], bytes]:
        url = reverse(name, args=[workspace.slug, *args]) + query

        def load() -> bytes:
            answer = client.get(url)
            assert answer.status_code == 200, (url, answer.status_code)
            return bytes(answer.content)

        return load

    far = f"?at={Cursor(_middle(), 1, 1)}"
    return [
        ("home", page("painpoints:home")),
        ("pain points", page("painpoints:list")),
        ("one pain point", page("painpoints:one", THEME)),
        ("priorities", page("painpoints:priorities")),
        ("codebook", page("codebook:tree")),
        ("one theme", page("codebook:theme", THEME)),
        ("imports", page("feedback:imports")),
        ("health", page("jobs:health")),
        ("feedback", page("feedback:list")),
        ("feedback, page 10,000", page("feedback:list", query=far)),
        ("feedback: theme, negative", page("feedback:list", query=f"?theme={THEME}&sentiment=negative")),
        ("feedback: two Chinese characters", page("feedback:list", query="?q=退款")),
        ("feedback: an English word", page("feedback:list", query="?q=refund")),
        ("feedback: five filters", page("feedback:list", query=FIVE)),
        ("filters with counts: all", page("feedback:facets")),
        ("filters with counts: theme, negative", page("feedback:facets", query=f"?theme={THEME}&sentiment=negative")),
        ("one comment", page("feedback:one", middle.feedback_id)),
        ("customers", page("customers:list")),
        ("customers, most negative first", page("customers:list", query="?sort=negative")),
        ("customers: search", page("customers:list", query="?q=c0012")),
        ("one customer", page("customers:one", busy.key)),
        ("keys that look alike", page("customers:alike")),
    ]


FIVE = f"?theme={THEME}&sentiment=negative&by:region=South&from=2026-02-01&score_max=3"


def _questions(folder: Path) -> Sequence[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """Each question as the pages ask it, and by hand in SQL."""
    import duckdb

    from balm.lake import tables
    from balm.lake.queries import Lake
    from balm.lake.query import engine

    lake = Lake.open(folder)
    bare = duckdb.connect(config={"threads": engine.THREADS})
    f, m = (f"read_parquet({tables.files(folder, name)!r})" for name in ("feedback", "mentions"))
    late = f"(SELECT part, row FROM {m} WHERE theme_id = '{THEME}' AND sentiment = 'negative')"
    top = "ORDER BY time DESC, part DESC, row DESC LIMIT 50"
    wanted = _filter(themes=(THEME,), sentiment=("negative",))

    def sql(text: str) -> Callable[[], Any]:
        return lambda: bare.execute(text).fetchall()

    return [
        ("counts, all", lambda: lake.counts(_filter()), sql(f"SELECT count(*), count(DISTINCT customer) FROM {f}")),
        (
            "counts, a theme's negative mentions",
            lambda: lake.counts(wanted),
            sql(f"SELECT count(*), count(DISTINCT customer) FROM {f} SEMI JOIN {late} USING (part, row)"),
        ),
        (
            "counts, two Chinese characters",
            lambda: lake.counts(_filter(text="退款")),
            sql(f"SELECT count(*), count(DISTINCT customer) FROM {f} WHERE contains(norm, '退款')"),
        ),
        ("newest 50, all", lambda: lake.page(_filter()), sql(f"SELECT part, row, text FROM {f} {top}")),
        (
            "newest 50, a theme's negative mentions",
            lambda: lake.page(wanted),
            sql(f"SELECT part, row, text FROM {f} SEMI JOIN {late} USING (part, row) {top}"),
        ),
        (
            "facet of themes",
            lambda: lake.facets(_filter(), ["themes"]),
            sql(f"SELECT theme_id, count(DISTINCT part * 4294967296 + row) FROM {m} GROUP BY 1"),
        ),
        (
            "customers by last contact",
            lake.customers,
            sql(f"SELECT customer, count(*), max(time) t FROM {f} GROUP BY 1 ORDER BY t DESC LIMIT 50"),
        ),
        (
            "series by week",
            lambda: lake.series(wanted, "week"),
            sql(f"SELECT date_trunc('week', time), count(*) FROM {f} SEMI JOIN {late} USING (part, row) GROUP BY 1"),
        ),
    ]


def _filter(**fields: Any) -> Any:
    from balm.lake.queries import Filter

    return Filter(**fields)


def _middle() -> Any:
    import datetime as dt

    return dt.datetime(2026, 7, 1)


if __name__ == "__main__":
    if sys.argv[1] == "build":
        _build(int(sys.argv[2]))
    else:
        print(json.dumps(_measure(int(sys.argv[2]))))
