"""`python -m benchmarks [NAME…] [--quick] [--fresh]`: measure, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from benchmarks import peers
from benchmarks.section import write
from benchmarks.sets import DATA

ORDER = (
    "discovery",
    "codebook",
    "sentiment",
    "mentions",
    "redaction",
    "speed",
    "stability",
    "statistics",
    "proof",
    "pages",
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *ORDER], metavar="NAME", help=", ".join(ORDER))
    parser.add_argument("--quick", action="store_true", help="print only: fewer runs, no peer that takes minutes")
    parser.add_argument("--fresh", action="store_true", help="ask the peers again, also where their answer is kept")
    parser.add_argument("--ours", action="store_true", help="of speed: measure ours again, keep the peer's figures")
    asked = parser.parse_args(arguments)
    if asked.ours and (asked.names != ["speed"] or asked.fresh):
        parser.error("--ours is for `speed` alone and keeps what --fresh would measure")
    if not DATA.is_dir():
        print(f"the public data sets are not at {DATA}", file=sys.stderr)
        return 1
    peers.fresh = asked.fresh
    peers.WORK.mkdir(exist_ok=True)
    for name in asked.names or ORDER:
        print(f"{name} …", flush=True)
        start = time.perf_counter()
        run = importlib.import_module(f"benchmarks.{name}").run
        section = run(quick=asked.quick, **({"only_ours": True} if asked.ours else {}))
        print(f"{section.verdict}\n\n{section.body}\n({time.perf_counter() - start:.0f} s)\n", flush=True)
        if not asked.quick:
            write(name, f"python -m benchmarks {name}", section, ORDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
