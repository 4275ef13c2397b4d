"""Runs one peer on one job, in the peers' own environment. Reads a job as JSON, writes its answer as JSON.

Usage: python run.py MODULE JOB.json ANSWER.json. A job: {"method", "texts", "k", "language", "keywords", "seed", …}.
An answer: {"values", "seconds" (processor time of the work, imports and loading of models included), "megabytes"}.
"""

from __future__ import annotations

import os
import sys
import time

for name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "TOKENIZERS_PARALLELISM",
):
    os.environ.setdefault(name, "1")
os.environ["HF_HUB_OFFLINE"] = "1"


def main() -> None:
    start = time.process_time()
    import importlib
    import json
    import resource
    from pathlib import Path

    module, source, target = sys.argv[1:]
    job = json.loads(Path(source).read_text("utf-8"))
    values = getattr(importlib.import_module(module), job["method"])(job)
    seconds = time.process_time() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"values": values, "seconds": seconds, "megabytes": megabytes}
    Path(target).write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
