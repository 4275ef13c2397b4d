"""A section of docs/benchmarks.md: written by one measurement, replaced by the next one of the same name."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Measured by `make bench` on public data sets that lie beside the project and are not part of it. Each section names the
command that makes it; running it again replaces that section alone. Peers run in an environment of their own, one
thread each, as we do; processor time counts imports and loading of models. A peer's answer to the same job is kept, so
its date may be older than ours; `--fresh` measures it again. The machine is shared: ratios within a section hold
better than seconds. The sets were at hand while Balm was built; on companies it has not seen its figures may be lower.
"""


@dataclass(frozen=True)
class Section:
    """`verdict`: one or more plain sentences on whether the target is met; `body`: tables and notes, in Markdown."""

    title: str
    verdict: str
    body: str


def machine() -> str:
    return f"{os.cpu_count()} cores, no accelerator, Python {platform.python_version()}"


def write(name: str, command: str, section: Section, order: Sequence[str], page: Path = PAGE) -> None:
    """Put `section` into the page in the place `order` gives it."""
    parts = _parts(page.read_text("utf-8")) if page.exists() else {}
    lines = [
        f"## {section.title}",
        f"`{command}` · {dt.date.today().isoformat()} · {machine()}",
        section.verdict,
        section.body.strip(),
    ]
    parts[name] = "\n\n".join(lines)
    known = [n for n in order if n in parts]
    body = "\n\n".join(f"<!-- {n} -->\n{parts[n]}\n<!-- end of {n} -->" for n in known)
    page.write_text(f"{HEAD}\n{body}\n", "utf-8")


def _parts(text: str) -> dict[str, str]:
    return {m[1]: m[2] for m in re.finditer(r"<!-- (\w+) -->\n(.*?)\n<!-- end of \1 -->", text, re.S)}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
