"""The command `demo`: the application, or the report alone, on a company with a known truth."""

from __future__ import annotations

import sys
import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from balm.cli.show import Progress, show_analysis
from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES

DATA = Path("demo")
PORT = 8000


class Language(StrEnum):
    """Language of the report and of the pages."""

    HANS = "zh-Hans"
    HANT = "zh-Hant"
    EN = "en"


assert tuple(Language) == LANGUAGES


def demo(
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the application; default: demo.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the report into this folder, and no more.")] = None,
    language: Annotated[
        Language | None, typer.Option(help="Default: of the report en, of the pages as the browser asks.")
    ] = None,
    comments: Annotated[int, typer.Option(min=100, max=1_000_000, help="How many comments to simulate.")] = 8000,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: 8000, or one that is free.")] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", "--open/--no-open", help="Open it in the browser.")
    ] = True,
    exit_when_ready: Annotated[bool, typer.Option("--exit-when-ready", help="End once there are figures.")] = False,
) -> None:
    """Simulate a company with known pains, analyze its feedback, open the application on it, signed in.

    Given again, it keeps what is there and prints a new link. With --out: the report alone.
    """
    if out is not None:
        if data is not None or port is not None or exit_when_ready:
            raise WrongUse("--out writes the report alone; leave out --data, --port and --exit-when-ready")
        _report(out, (language or Language.EN).value, comments, browser)
    else:
        _application(data or DATA, (language or "").lower(), comments, port, browser, exit_when_ready)


def _report(out: Path, language: str, comments: int, browser: bool) -> None:
    import shutil

    from balm.loop import analyze
    from balm.simulate import simulate

    if (out / "analysis" / "lake").exists():
        shutil.rmtree(out / "analysis")  # of an earlier demo: another company
    data, truth = simulate(comments=comments).write(out / "data")
    with Progress() as progress:
        result = analyze([data], out=out / "analysis", language=language, progress=progress)
    show_analysis(result, language)
    print(f"planted truth: {truth}", file=sys.stderr)
    if browser:
        webbrowser.open((out / "analysis" / "report.html").resolve().as_uri())


def _application(
    data: Path, language: str, comments: int, port: int | None, browser: bool, exit_when_ready: bool
) -> None:
    from balm.web.site import server

    server.start(data)
    from balm.web.site import demo as company

    web = _server(port)
    server.warn_without_assets()
    link = company.prepare(language)
    with Progress() as progress:
        company.play(comments, progress)

    def beside() -> None:
        print(f"The demo company is at {web.address}/\nsign in, once, within the hour: {web.address}{link}", flush=True)
        if exit_when_ready:
            web.stop()
        elif browser:
            webbrowser.open(web.address + link)

    web.run(beside)


def _server(port: int | None) -> Any:
    from balm.web.site.server import Server

    if port is not None:
        return Server("127.0.0.1", port)
    try:
        return Server("127.0.0.1", PORT)
    except WrongUse:  # somebody else is there
        return Server("127.0.0.1", 0)
