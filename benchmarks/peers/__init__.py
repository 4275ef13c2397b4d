"""The peers' own environment, made on first use, then asked to do one job at a time; ours by the same harness."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = HERE.parent / ".work"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
MODULES = {
    "vader": "feelings",
    "textblob": "feelings",
    "snownlp": "feelings",
    "linear": "supervised",
    "statsmodels": "effects",
    "components": "effects",
    "causalpy": "effects",
    "causalpy_pymc": "effects",
}
"""Where a method is; all others are in topics.py."""
REQUIREMENTS = {"effects": "requirements-effects.txt"}
"""Of modules with an environment of their own; all others share requirements.txt."""

fresh = False
"""Whether peers are asked again although they answered the same job before (`--fresh`)."""


@dataclass(frozen=True)
class Answer:
    """`values`: labels or scores, one a text. `seconds`: processor time, loading included; `megabytes`: at the peak;
    `date` it was measured on."""

    values: list[Any]
    seconds: float
    megabytes: float
    date: str = ""


def environment(asked: str = "requirements.txt") -> Path:
    """The interpreter of the peers' environment, installed where it is not there yet (some GB, some minutes)."""
    stamp = hashlib.blake2b((HERE / asked).read_bytes(), digest_size=4).hexdigest()
    folder = WORK / f"peers-{stamp}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print("installing the peers' environment …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        requirements = (HERE / asked).read_text("utf-8").splitlines()
        torch = [line for line in requirements if line.startswith("torch==")]
        if torch:
            subprocess.run([str(python), *PIP, *torch], check=True)
        subprocess.run([str(python), *PIP, "-r", str(HERE / asked)], check=True)
        (folder / "ready").touch()
    return python


def with_embeddings() -> Path:
    """The interpreter of an environment with Balm's dependencies and the extra `embeddings`, from the locks."""
    locks = [ROOT / "requirements.lock", ROOT / "requirements-embeddings.lock"]
    stamp = hashlib.blake2b(b"".join(lock.read_bytes() for lock in locks), digest_size=4).hexdigest()
    folder = WORK / f"embeddings-{stamp}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print("installing the environment with embeddings …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for lock in locks:
            subprocess.run([str(python), *PIP, "--no-deps", "--require-hashes", "-r", str(lock)], check=True)
        (folder / "ready").touch()
    return python


def ask(method: str, texts: list[str], *, language: str, k: int = 0, seed: int = 0, **extra: Any) -> Answer:
    """Run a peer on `texts` in the peers' environment. The same job is answered from the last answer."""
    module = MODULES.get(method, "topics")
    needs = REQUIREMENTS.get(module, "requirements.txt")
    job = {"method": method, "texts": texts, "language": language, "k": k, "seed": seed, **extra}
    code = "".join((HERE / name).read_text("utf-8") for name in ("run.py", f"{module}.py", needs))
    key = hashlib.blake2b((json.dumps(job) + code).encode(), digest_size=10).hexdigest()
    target = WORK / "answers" / f"{key}.json"
    if fresh or not target.exists():
        run(environment(needs), module, job, target)
    answer = json.loads(target.read_text("utf-8"))
    date = dt.date.fromtimestamp(target.stat().st_mtime).isoformat()
    return Answer(answer["values"], answer["seconds"], answer["megabytes"], date)


def ours(method: str, texts: list[str], *, language: str, embeddings: bool = False, **extra: Any) -> Answer:
    """Run a method of ours.py in a process of its own, always anew."""
    python = with_embeddings() if embeddings else Path(sys.executable)
    target = WORK / "answers" / f"ours-{os.getpid()}.json"
    run(
        python,
        "ours",
        {"method": method, "texts": texts, "language": language, "embeddings": embeddings, **extra},
        target,
    )
    answer = json.loads(target.read_text("utf-8"))
    target.unlink()
    return Answer(answer["values"], answer["seconds"], answer["megabytes"], dt.date.today().isoformat())


def run(python: Path, module: str, job: dict[str, Any], target: Path) -> None:
    """Do one job in a new process. Raises RuntimeError with what it complained of."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = target.with_suffix(".job")
    source.write_text(json.dumps(job), "utf-8")
    made = target.with_suffix(".made")  # so that a broken run leaves no answer
    command = [str(python), "-W", "ignore", str(HERE / "run.py"), module, str(source), str(made)]
    # effects.py makes its firms with our simulator
    settings = {**os.environ, "PYTHONPATH": str(ROOT / "src")} if module in {"ours", "effects"} else None
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=settings)
    source.unlink()
    if done.returncode:
        raise RuntimeError(f"{job['method']}: {done.stderr.decode('utf-8', 'replace')[-2000:]}")
    made.replace(target)
