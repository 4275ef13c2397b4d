"""A small server with the policy of the application, and a real Chromium in which nothing may be refused or logged."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[3] / "src/balm/web/site/static"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
HEAD = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Test</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/static/balm/favicon.svg">
<link rel="stylesheet" href="/static/balm/balm.css">
<script type="module" src="/static/balm/balm.js"></script></head><body class="page-workspace">
<form><input type="hidden" name="csrfmiddlewaretoken" value="token"></form>
<main id="main" class="content">{body}</main></body></html>"""


class Site:
    """Pages by address, and everything that was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.fail = False
        self.address = ""

    def put(self, path: str, body: str, language: str = "en") -> str:
        self.pages[path] = HEAD.format(language=language, body=body)
        return self.address + path


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, code: int, kind: str, body: bytes, **headers: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind + "; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def note(self, body: bytes = b"") -> None:
            site.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path.startswith("/static/"):
                file = STATIC / path.removeprefix("/static/")
                if not file.is_file():
                    return self.answer(404, "text/plain", b"")
                return self.answer(200, TYPES[file.suffix], file.read_bytes())
            if path == "/favicon.ico":  # asked for by pages that name none
                return self.answer(204, "image/svg+xml", b"")
            return self.page(path)

        def page(self, path: str) -> None:
            self.note()
            if path == "/poll":
                if self.headers.get("If-None-Match") == '"one"':
                    return self.answer(304, "text/html", b"")
                return self.answer(200, "text/html", b"<p>Figures as of now</p>", ETag='"one"')
            if site.fail:
                return self.answer(500, "text/html", b"broken")
            page = site.pages.get(self.path, site.pages.get(path))
            return self.answer(200 if page else 404, "text/html", (page or "gone").encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.note(body)
            if site.fail:
                return self.answer(500, "text/html", b"broken")
            if self.path == "/upload":
                return self.answer(303, "text/html", b"", Location="/imported")
            return self.answer(200, "text/html", b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    site = Site()
    opened = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
    site.address = f"http://127.0.0.1:{opened.server_port}"
    threading.Thread(target=opened.serve_forever, daemon=True).start()
    yield site
    opened.shutdown()
    opened.server_close()


@pytest.fixture
def site(server: Site) -> Site:
    server.pages.clear()
    server.asked.clear()
    server.fail = False
    return server


@pytest.fixture
def visit(browser):
    """Open an address; at the end nothing may have been logged, thrown or refused by the policy."""
    contexts, faults = [], []

    def opened(address: str, width: int = 1280, **more):
        context = browser.new_context(viewport={"width": width, "height": 800}, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            "e => console.error(`refused: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile} ${e.sample}`))"
        )
        page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.goto(address)
        page.wait_for_function("document.documentElement.classList.contains('js')")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not [f for f in faults if "status of 500" not in f]  # Chromium notes by itself what a test made fail
