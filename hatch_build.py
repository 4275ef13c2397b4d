"""What a wheel needs beside Python: styles and scripts, bundled by Node, and message catalogues, compiled by Babel.

Runs by itself when the package is built or installed from a checkout; after an edit: `python hatch_build.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = "frontend"
BUILT = "src/balm/web/site/static/balm"
NEEDED = ("balm.css", "balm.js", "charts.js", "icons.svg", "NOTICE.txt")
STAMP = "built.txt"
"""In the output: the fingerprint of the sources it was made from. Times of files say nothing after a checkout."""
SOME_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Written into catalogues, whose bytes would otherwise change with the clock."""


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before it packs a wheel (also an editable one) or a source distribution."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        make(Path(self.root))


def make(root: Path) -> None:
    """Bring assets and catalogues of the checkout at `root` up to date. SystemExit says what is missing."""
    bundle(root)
    compile_catalogues(root)


def bundle(root: Path) -> bool:
    """Run npm where the sources have changed since the last build; True where it ran."""
    sources, built = root / SOURCES, root / BUILT
    there = all((built / name).is_file() for name in NEEDED)
    if not (sources / "package.json").is_file():
        if there:
            return False
        raise SystemExit(f"{BUILT} is empty and there is no {SOURCES}/ to build it from: use a full checkout")
    now = fingerprint(sources)
    if there and _read(built / STAMP) == now:
        return False
    npm = shutil.which("npm") if shutil.which("node") else None
    if npm is None:
        if not there:
            raise SystemExit(
                "Node is missing: the pages' styles and scripts are not built yet, and building them takes "
                "Node 20 or newer with npm. Install Node and run this again, or install a wheel, which carries them."
            )
        print(f"Node is missing: {BUILT} is older than {SOURCES}/ and stays as it is", file=sys.stderr)
        return False
    _install(npm, sources)
    _run([npm, "run", "--silent", "build"], sources)
    (built / STAMP).write_text(now + "\n", "utf-8")
    return True


def fingerprint(sources: Path) -> str:
    """One hash over names and contents of the front-end's sources."""
    total = hashlib.sha256()
    for path in sorted(sources.rglob("*")):
        parts = path.relative_to(sources).parts
        if path.is_file() and parts[0] != "node_modules" and not parts[0].startswith("made-"):
            total.update("/".join(parts).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def compile_catalogues(root: Path) -> int:
    """Compile every .po of the web's apps to the .mo beside it, without fuzzy ones; returns how many have changed."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    changed = 0
    for source in sorted((root / "src/balm/web").glob("**/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            try:
                catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
            except (PoFileError, ValueError) as error:
                raise SystemExit(f"{source.relative_to(root)} cannot be read: {error}") from None
        catalogue.creation_date = catalogue.revision_date = SOME_DAY
        made = io.BytesIO()
        write_mo(made, catalogue)
        target = source.with_suffix(".mo")
        if not target.is_file() or target.read_bytes() != made.getvalue():
            target.write_bytes(made.getvalue())
            changed += 1
    return changed


def _install(npm: str, sources: Path) -> None:
    lock = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()
    stamp = sources / "node_modules" / ".installed"
    if _read(stamp) != lock:
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], sources)
        stamp.write_text(lock + "\n", "utf-8")


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise SystemExit(f"`{Path(command[0]).stem} {' '.join(command[1:])}` failed in {SOURCES}/:\n{said}")


def _read(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.is_file() else ""


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    print("assets:", "built" if bundle(here) else "up to date")
    print("catalogues:", compile_catalogues(here), "compiled")
