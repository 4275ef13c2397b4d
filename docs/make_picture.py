"""The picture of the README: the first screen of the demo's home page, taken with Chromium while it is served.

Run `.venv/bin/python docs/make_picture.py`. The company is simulated, so nobody's words are shown. Chromium is looked
for as `chromium`; name another in the variable CHROMIUM.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PICTURE = Path(__file__).with_name("home.png")
WIDTH, HEIGHT = 1180, 860
COLORS = 224
LIMIT = 200_000
"""Bytes the picture may have."""

# the screenshot's bytes as pixels, decoded by the browser that made them
READ_PIXELS = """async (png) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawing = canvas.getContext('2d');
  drawing.drawImage(image, 0, 0);
  const bytes = drawing.getImageData(0, 0, image.width, image.height).data;
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}"""


def main() -> None:
    """Simulate, analyze, serve, photograph, shrink."""
    with tempfile.TemporaryDirectory() as name, demo(Path(name)) as link:
        pixels = screenshot(link)
    PICTURE.write_bytes(indexed_png(*reduced(pixels)))
    size = PICTURE.stat().st_size
    print(f"{PICTURE.name}: {WIDTH} × {HEIGHT}, {size:,} bytes")
    if size > LIMIT:
        sys.exit(f"more than {LIMIT:,} bytes: make it smaller")


@contextmanager
def demo(data: Path) -> Iterator[str]:
    """The demo in English, served until the block ends: the link that signs in, once."""
    balm = Path(sys.executable).with_name("balm")
    command = [balm, "demo", "--data", data, "--language", "en", "--port", "0", "--no-browser"]
    log = data / "demo.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            while not (link := re.search(r"http\S+/sign-in/\S+", log.read_text("utf-8"))):
                try:
                    server.wait(0.5)
                except subprocess.TimeoutExpired:
                    continue
                sys.exit(log.read_text("utf-8"))
            yield link[0]
        finally:
            server.terminate()
            server.wait(30)


def screenshot(link: str) -> NDArray[np.uint8]:
    """Red, green and blue of the first screen, shape (HEIGHT, WIDTH, 3)."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-lcd-text"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-US")
        tab.goto(link)
        tab.click("main button[type=submit]")
        tab.wait_for_selector("table.pains tbody tr")
        tab.wait_for_load_state("networkidle")
        png = base64.b64encode(tab.screenshot()).decode()
        pixels = base64.b64decode(browser.new_page().evaluate(READ_PIXELS, png))
        browser.close()
    return np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH, 4)[:, :, :3]


def reduced(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The most frequent colors, shape (COLORS, 3), and the nearest of them for each pixel."""
    colors, index, count = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    palette = colors[np.argsort(-count, kind="stable")[:COLORS]]
    distance = ((colors[:, None, :].astype(np.int32) - palette[None].astype(np.int32)) ** 2).sum(2)
    return palette, distance.argmin(1).astype(np.uint8)[index.ravel()].reshape(HEIGHT, WIDTH)


def indexed_png(palette: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of one byte a pixel. Rows are not filtered: equal neighbors compress well as they are."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"PLTE", palette.tobytes()) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


if __name__ == "__main__":
    main()
