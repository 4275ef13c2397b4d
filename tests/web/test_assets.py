"""The front end as it is kept and as it is built: locked, small, complete, legible, and free of addresses."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRONT = ROOT / "frontend"
BUILT = ROOT / "src/balm/web/site/static/balm"
LIMITS = {"balm.css": 60, "balm.js": 40, "charts.js": 200}


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hatch_build"] = module
    spec.loader.exec_module(module)
    return module


def test_the_lock_has_hashes_and_no_addresses():
    text = (FRONT / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    assert "resolved" not in text
    packages = {name: p for name, p in json.loads(text)["packages"].items() if name}
    assert len(packages) > 10
    assert [name for name, p in packages.items() if not p["integrity"].startswith("sha512-")] == []
    assert "omit-lockfile-registry-resolved=true" in (FRONT / ".npmrc").read_text("utf-8")


def test_dependencies_are_pinned_exactly():
    package = json.loads((FRONT / "package.json").read_text("utf-8"))
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_built_is_small(name):
    assert len(gzip.compress((BUILT / name).read_bytes(), 9)) <= 1024 * LIMITS[name]


def test_the_style_sheet_asks_for_nothing_else():
    css = (BUILT / "balm.css").read_text("utf-8")
    assert "data:" not in css
    assert "@import" not in css
    assert "@font-face" not in css
    pictures = set(re.findall(r"url\(([^)]*)\)", css))
    assert pictures
    assert [p for p in pictures if not (BUILT / p.strip("\"'")).is_file()] == []


def test_licenses_of_what_is_bundled_are_told():
    notice = (BUILT / "NOTICE.txt").read_text("utf-8")
    for name in json.loads((FRONT / "package.json").read_text("utf-8"))["dependencies"]:
        assert re.search(rf"^{re.escape(name)} \d", notice, re.MULTILINE)
    assert "Apache License" in notice and "Permission is hereby granted" in notice


def _listed() -> list[str]:
    lines = (FRONT / "icons.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_icon_a_page_names_is_in_the_sprite():
    sprite = (BUILT / "icons.svg").read_text("utf-8")
    assert re.findall(r'<symbol id="([^"]+)"', sprite) == _listed()
    used = set()
    for page in (ROOT / "src/balm/web").rglob("*.html"):
        text = page.read_text("utf-8")
        used |= set(re.findall(r"""\{% icon ["']([\w-]+)["']""", text))
        used |= set(re.findall(r"""\bicon_name=["']([\w-]+)["']""", text))
    assert used
    assert used - set(_listed()) == set()


def test_the_scripts_say_everything_in_every_language():
    text = (FRONT / "scripts/texts.js").read_text("utf-8")
    blocks = re.findall(r'^  (?:"([\w-]+)"|(\w+)): \{\n(.*?)^  \},', text, re.MULTILINE | re.DOTALL)
    said = {a or b: dict(re.findall(r'^    (\w+): "(.*)",$', block, re.MULTILINE)) for a, b, block in blocks}
    assert set(said) == {"en", "zh-Hans", "zh-Hant"}
    for texts in said.values():
        assert set(texts) == set(said["en"])
        for key, words in texts.items():
            assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", said["en"][key])), key
    asked = set(re.findall(r'say\("(\w+)"', "".join(p.read_text("utf-8") for p in (FRONT / "scripts").glob("*.js"))))
    assert asked <= set(said["en"])


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_badges_and_soft_words_can_be_read():
    parts = (FRONT / "styles/_parts.scss").read_text("utf-8")
    states = re.findall(r"^  (\w+): \((#\w{6}), (#\w{6}), (#\w{6})\),$", parts, re.MULTILINE)
    assert {"new", "ongoing", "escalating", "regressed", "resolved", "archived"} <= {s[0] for s in states}
    for name, text, ground, _ in states:
        assert contrast(text, ground) >= 4.5, name
    base = (FRONT / "styles/_base.scss").read_text("utf-8")
    color = dict(re.findall(r"--(\w+): (#\w{6});", base))
    for ground in (color["paper"], "#ffffff", "#f3f1ea", color["mark"]):
        assert contrast(color["ink"], ground) >= 7
        for name in ("soft", "calm", "hurt", "secondary", "tertiary"):
            assert contrast(color[name], ground) >= 4.5, (name, ground)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as the hook looks at, not built."""
    front = tmp_path / "frontend"
    (front / "node_modules/x").mkdir(parents=True)
    (front / "package.json").write_text("{}")
    (front / "a.js").write_text("1")
    return tmp_path


def fill(hook: ModuleType, root: Path) -> None:
    (root / hook.BUILT).mkdir(parents=True)
    for name in hook.NEEDED:
        (root / hook.BUILT / name).write_text("old")


def test_the_fingerprint_follows_sources_only(hook, checkout):
    front = checkout / "frontend"
    first = hook.fingerprint(front)
    (front / "node_modules/x/y.js").write_text("2")
    assert hook.fingerprint(front) == first
    (front / "a.js").write_text("2")
    assert hook.fingerprint(front) != first


def test_without_node_the_error_names_it(hook, checkout, monkeypatch):
    monkeypatch.setenv("PATH", str(checkout))
    with pytest.raises(SystemExit, match="Node is missing"):
        hook.make(checkout)


def test_without_node_older_assets_stay_and_a_line_says_so(hook, checkout, monkeypatch, capsys):
    fill(hook, checkout)
    monkeypatch.setenv("PATH", str(checkout))
    assert hook.bundle(checkout) is False
    assert "Node is missing" in capsys.readouterr().err
    (checkout / hook.BUILT / hook.STAMP).write_text(hook.fingerprint(checkout / "frontend") + "\n")
    assert hook.bundle(checkout) is False
    assert capsys.readouterr().err == ""


def test_an_installed_source_without_the_front_end_uses_what_it_carries(hook, tmp_path):
    fill(hook, tmp_path)
    assert hook.bundle(tmp_path) is False


def test_catalogues_are_compiled_and_bad_ones_refused(hook, tmp_path):
    import gettext

    folder = tmp_path / "src/balm/web/shop/locale/zh_Hant/LC_MESSAGES"
    folder.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Language: zh_Hant\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (folder / "django.po").write_text(
        head + 'msgid "Settings"\nmsgstr "設定"\n\n#, fuzzy\nmsgid "User"\nmsgstr "用戶"\n', "utf-8"
    )
    assert hook.compile_catalogues(tmp_path) == 1
    first = (folder / "django.mo").read_bytes()
    with (folder / "django.mo").open("rb") as file:
        made = gettext.GNUTranslations(file)
    assert (made.gettext("Settings"), made.gettext("User")) == ("設定", "User")
    assert hook.compile_catalogues(tmp_path) == 0
    assert (folder / "django.mo").read_bytes() == first
    (folder / "django.po").write_text(head + "gibberish\n", "utf-8")
    with pytest.raises(SystemExit, match=r"django\.po cannot be read"):
        hook.compile_catalogues(tmp_path)
