"""The peers' own environment: made on first use, then asked to do one job at a time."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WORK = HERE.parent / ".work"


@dataclass(frozen=True)
class Answer:
    """`values`: labels or scores, one a text. `seconds`: processor time, loading included; `megabytes`: at the peak."""

    values: list[Any]
    seconds: float
    megabytes: float


def environment() -> Path:
    """The interpreter of the peers' environment, installed where it is not there yet (some GB, some minutes)."""
    stamp = hashlib.blake2b((HERE / "requirements.txt").read_bytes(), digest_size=4).hexdigest()
    folder = WORK / f"peers-{stamp}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print("installing the peers' environment …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        requirements = (HERE / "requirements.txt").read_text("utf-8").splitlines()
        torch = [line for line in requirements if line.startswith("torch==")]
        subprocess.run([*pip, *torch], check=True)
        subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True)
        (folder / "ready").touch()
    return python


def ask(method: str, texts: list[str], *, language: str, k: int = 0, seed: int = 0, **extra: Any) -> Answer:
    """Run `method` of run.py on `texts` in the peers' environment. The same job is answered from the last answer."""
    job = json.dumps({"method": method, "texts": texts, "language": language, "k": k, "seed": seed, **extra})
    key = hashlib.blake2b((job + (HERE / "run.py").read_text("utf-8")).encode(), digest_size=10).hexdigest()
    source, target = WORK / "jobs" / f"{key}.json", WORK / "answers" / f"{key}.json"
    if not target.exists():
        source.parent.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(job, "utf-8")
        command = [str(environment()), "-W", "ignore", str(HERE / "run.py"), str(source), str(target)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    answer = json.loads(target.read_text("utf-8"))
    return Answer(answer["labels"], answer["seconds"], answer["megabytes"])
