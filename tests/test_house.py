"""The shape of the house: floors, sizes, names, and nothing of one machine in the project."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src" / "balm").rglob("*.py"))


def test_floors_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


WRITTEN = [p for p in SOURCES if p.read_text("utf-8").strip() and p.parent.name != "migrations"]
"""By us: migrations are written by Django."""


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_outgrows_its_room(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    assert path.read_text("utf-8").lstrip().startswith('"""')


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.lock")), ids=lambda p: p.name)
def test_locks_have_hashes_and_no_addresses(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "://" not in text
    assert "index" not in re.sub(r"sha256:\w+", "", text)
    pinned = re.findall(r"^[a-z][\w.-]*==", text, re.MULTILINE)
    assert len(pinned) >= 5
    assert len(re.findall(r"^[a-z][^\n]*\\\n\s+--hash=sha256:", text, re.MULTILINE)) == len(pinned)


def test_import_of_the_package_is_light() -> None:
    """`import balm` must not load the heavy parts; commands load what they need."""
    code = "import sys, balm; print([m for m in ('numpy', 'pyarrow', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_core_path_never_loads_the_slow_libraries() -> None:
    # pandas is not in the list: PyArrow looks for it by itself, and loads it where it is installed
    code = (
        "import sys, balm; balm.analyze\n"
        "print([m for m in ('sklearn', 'statsmodels', 'scipy.stats', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
