"""Item 6: file to report in processor time and memory, beside BERTopic on the same comments; linear to a million."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.peers import WORK
from benchmarks.section import Section, table
from benchmarks.sets import mixed


@dataclass(frozen=True)
class Cost:
    """A finished process: `cpu` and `wall` in seconds, `peak` memory of it and its children together, in MB; `date`."""

    cpu: float
    wall: float
    peak: float
    date: str


def comments_file(n: int) -> Path:
    """A CSV of n mixed comments with an id, their own stars where they have any, and a date of our making; the real
    texts in turn where n exceeds them."""
    path = WORK / f"comments-{n}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        comments = list(mixed())
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["id", "text", "stars", "date"])
            for i, (text, stars) in enumerate(itertools.islice(itertools.cycle(comments), n)):
                out.writerow([f"M{i:07d}", text, stars, f"2026-{1 + i % 6:02d}-{1 + i // 6 % 28:02d}"])
    return path


def _tree_megabytes(pid: int) -> float:
    """Resident memory of a process and its children now, by proportional share where the kernel tells it."""
    total, todo = 0.0, [pid]
    while todo:
        one = todo.pop()
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text("ascii")
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
            todo += [int(c) for c in Path(f"/proc/{one}/task/{one}/children").read_text("ascii").split()]
        except (OSError, StopIteration):
            continue
    return total


def measure(command: list[str]) -> Cost:
    """Run a command to its end. Raises where it fails."""
    start = time.perf_counter()
    before = os.times()
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        peak = 0.0
        while child.poll() is None:
            peak = max(peak, _tree_megabytes(child.pid))
            time.sleep(0.1)
        if child.returncode:
            errors.seek(0)
            raise RuntimeError(errors.read().decode("utf-8", "replace")[-2000:])
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(cpu, time.perf_counter() - start, peak, dt.date.today().isoformat())


def ours(n: int) -> Cost:
    """`balm analyze FILE --out DIR`, a new process and a new folder."""
    with tempfile.TemporaryDirectory(dir=WORK) as out:
        return measure([str(Path(sys.executable).with_name("balm")), "analyze", str(comments_file(n)), "--out", out])


def _kept(n: int) -> Path:
    return WORK / f"bertopic-{n}.cost"


def bertopic(n: int) -> Cost:
    """BERTopic with its defaults on the same comments, a new process; from the last time where it was measured."""
    kept = _kept(n)
    if kept.exists() and not peers.fresh:
        return Cost(**json.loads(kept.read_text("utf-8")))
    with comments_file(n).open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    job = WORK / f"bertopic-{n}.job"
    job.write_text(json.dumps({"method": "bertopic", "texts": texts, "language": "en", "k": 0, "seed": 0}), "utf-8")
    answer = job.with_suffix(".answer")
    command = [str(peers.environment()), "-W", "ignore", str(peers.HERE / "run.py"), "topics", str(job), str(answer)]
    cost = measure(command)
    kept.write_text(json.dumps({"cpu": cost.cpu, "wall": cost.wall, "peak": cost.peak, "date": cost.date}), "utf-8")
    return cost


SIZES = (10_000, 100_000, 1_000_000)
RATIOS = {10_000: 100, 100_000: 20}
"""How many times less processor time than BERTopic is wanted."""


def run(quick: bool = False, only_ours: bool = False) -> Section:
    """`quick`: 10,000 comments. `only_ours`: BERTopic's figures are those kept, or none."""
    rows, costs = [], {}
    said = []
    for n in SIZES[:1] if quick else SIZES:
        costs[n] = a = ours(n)
        cells = [f"{n:,}", f"{a.cpu:.1f}", f"{n / a.cpu:,.0f}", f"{a.wall:.1f}", f"{a.peak:,.0f}"]
        print("  ours:", *cells, flush=True)
        if n in RATIOS and (not only_ours or _kept(n).exists()):
            b = bertopic(n)
            ratio = b.cpu / a.cpu
            cells += [f"{b.cpu:,.0f}", f"{b.wall:,.0f}", f"{b.peak:,.0f}", f"{ratio:.0f}×", b.date]
            met = "met" if ratio >= RATIOS[n] else "**missed**"
            said.append(f"{RATIOS[n]} times less processor time at {n:,}: {met}, {ratio:.0f} times.")
        rows.append((*cells, *["–"] * (len(HEAD) - len(cells))))
    if not quick:
        said += _million(costs)
    body = [
        table(HEAD, rows),
        "Ours: `balm analyze FILE --out DIR`, a new process and a new folder, file to report: import, redaction, "
        "coding, sentiment, discovery, measures, ranking, report. BERTopic: defaults, all-MiniLM-L6-v2 on torch, one "
        "thread, topics alone. Comments: real ones of eight public sets in Chinese and English, mixed; a million "
        "repeats them about eight times. Stars are the sets' own where they have any. MB: at the peak, all processes "
        "together. `python -m benchmarks speed --ours` measures ours again and keeps the peer's figures, `--fresh` "
        "both.",
    ]
    return Section("6. Speed", "Targets: " + " ".join(said), "\n\n".join(body))


HEAD = (
    "comments", "Balm: processor s", "comments / processor s", "wall s", "MB",
    "BERTopic: processor s", "wall s", "MB", "ratio", "BERTopic measured",
)  # fmt: skip


def _million(costs: dict[int, Cost]) -> list[str]:
    small, large = costs[SIZES[1]], costs[SIZES[2]]
    growth = large.cpu / small.cpu / (SIZES[2] / SIZES[1])
    return [
        f"Linear to a million: {'met' if growth <= 1.2 else '**missed**'}, a comment costs {growth:.2f} times what it "
        f"does at {SIZES[1]:,}.",
        f"Under 2 GB: {'met' if large.peak < 2_000 else '**missed**'}, {large.peak:,.0f} MB.",
        f"About a minute on 4 cores: {'met' if large.wall <= 75 else '**missed**'}, {large.wall:.0f} s.",
    ]
