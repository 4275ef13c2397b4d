"""Documentation that cannot go stale: examples run, links resolve, every flag, key, column and name is documented."""

from __future__ import annotations

import ast
import contextlib
import csv
import dataclasses
import inspect
import io
import json
import re
import shlex
import subprocess
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

import balm
from balm.cli.commands import app
from balm.collect.reject import Reason
from balm.core import types
from balm.core.tables import BY, FEEDBACK, MENTIONS
from balm.lake.tables import files
from balm.simulate import simulate
from balm.understand.redact import KINDS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MADE_BY_BENCH = ROOT / "docs" / "benchmarks.md"
GUIDES = [f"docs/how-to/{p.name}" for p in PAGES if p.parent.name == "how-to"]
RUN = ["README.md", "docs/tutorial.md", "docs/reference/python.md", *GUIDES]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def fences(text: str) -> list[tuple[str, str]]:
    """Language and text of each fenced block."""
    return [(kind, textwrap.dedent(body)) for _, kind, body in _FENCE.findall(text)]


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def sections(name: str) -> dict[str, str]:
    """Heading of the second level → what stands below it."""
    parts = re.split(r"^## (.+)$", page(name), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def first_cells(text: str) -> list[str]:
    """The names in the first column of the tables in `text`."""
    rows = re.findall(r"^\| (.+?) \|", prose(text), re.MULTILINE)
    return [name for row in rows for name in _CODE.findall(row)]


# examples


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated company in the files that the pages speak of."""
    openpyxl = pytest.importorskip("openpyxl")
    folder = tmp_path_factory.mktemp("exports")
    data, _ = simulate(comments=600, months=3).write(folder)
    data.rename(folder / "reviews.csv")
    with (folder / "reviews.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.active.append(row)
    book.save(folder / "reviews.xlsx")
    for month in ("2026-01", "2026-02"):
        with (folder / f"{month}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *(row for row in rows if row[1].startswith(month))])
    return folder


def balm_line(line: str) -> None:
    words = shlex.split(line)
    assert words[0] == "balm", line
    if words[1] == "demo":
        words += ["--comments", "300"]
    done = CliRunner().invoke(app, words[1:], prog_name="balm")
    assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception!r}"


@pytest.mark.parametrize("name", RUN)
def test_examples_run(name: str, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks marked sh and python, in the order of the page; a YAML block is the codebook that later lines name."""
    for file in exports.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"__name__": "example"}
    for kind, body in fences(page(name)):
        if kind == "sh":
            for line in body.splitlines():
                balm_line(line)
        elif kind == "yaml":
            book = re.search(r"^codebook: (\w+)$", body, re.MULTILINE)
            assert book
            (tmp_path / f"{book[1]}.yaml").write_text(body, encoding="utf-8")
        elif kind == "python" and not body.startswith("def "):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(body, name, "exec"), space)


def test_readme_shows_both_ways_and_writes_what_it_says(
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = [kind for kind, _ in fences(page("README.md"))]
    assert {"python", "sh"} <= set(kinds)
    (tmp_path / "reviews.csv").write_bytes((exports / "reviews.csv").read_bytes())
    monkeypatch.chdir(tmp_path)
    balm_line("balm analyze reviews.csv --out hurts")
    said = re.search(r"^`hurts` then holds (.+?)\. Columns", page("README.md"), re.MULTILINE | re.DOTALL)
    assert said
    assert all((tmp_path / "hurts" / name).is_file() for name in _CODE.findall(said[1]))


def test_the_extra_codebook_of_the_guide_codes_its_theme(exports: Path, tmp_path: Path) -> None:
    body = next(body for kind, body in fences(page("docs/how-to/edit-the-codebook.md")) if kind == "yaml")
    (tmp_path / "lumen.yaml").write_text(body, encoding="utf-8")
    result = balm.analyze(exports / "reviews.csv", codebook=tmp_path / "lumen.yaml")
    counted = {theme.id: theme.mentions for theme in result.themes}
    assert counted["product.capsule"] > 0
    assert "app.ads" not in counted


# links


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return kept.replace(" ", "-")


def anchors(file: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", prose(file.read_text("utf-8")), re.MULTILINE)}


@pytest.mark.parametrize("file", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_resolve(file: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(file.read_text("utf-8"))):
        assert "://" not in target, f"{target}: the documentation must be readable without a network"
        path, _, anchor = target.partition("#")
        found = (file.parent / path).resolve() if path else file
        if found == MADE_BY_BENCH and not found.exists():
            continue  # `make bench` writes it
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


def test_every_page_is_on_the_map() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {
        (index.parent / t.partition("#")[0]).resolve() for t in re.findall(r"\]\(([^)]+)\)", page("docs/index.md"))
    }
    assert {p for p in PAGES if p.is_relative_to(ROOT / "docs")} - {index} <= linked


def test_the_picture_is_small() -> None:
    picture = ROOT / "docs" / "home.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 200_000


# commands


def commands() -> Iterator[tuple[str, click.Command]]:
    group = typer.main.get_command(app)
    yield "balm", group
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        yield from ((f"balm {name} {n}", c) for n, c in inner.items()) if inner else [(f"balm {name}", command)]


def arguments(command: Any) -> str:
    return "".join(f" {p.metavar}" for p in command.params if p.param_type_name == "argument")


def options(command: Any) -> set[str]:
    found = [p for p in command.params if p.param_type_name == "option"]
    return {flag for p in found for flag in (*p.opts, *p.secondary_opts)} - {"--help"}


def test_every_command_and_flag_is_documented_and_no_other() -> None:
    documented = {heading: set(first_cells(text)) for heading, text in sections("docs/reference/cli.md").items()}
    assert documented == {name + arguments(command): options(command) for name, command in commands()}


@pytest.mark.parametrize("name", [str(p.relative_to(ROOT)) for p in PAGES if p != MADE_BY_BENCH])
def test_pages_name_only_flags_that_exist(name: str) -> None:
    known = set().union(*(options(command) for _, command in commands())) | {"--help", "--strict"}
    others = r"(?:make|pip|mypy|python|npm|uv)\b[^\n]*"
    text = re.sub(others, "", page(name))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) <= known


def test_defaults_of_the_command_line_are_those_documented() -> None:
    for name, command in commands():
        text = sections("docs/reference/cli.md")[name + arguments(command)]
        rows = dict(re.findall(r"^\| (`--.+?) \|[^|]*\| ([^|]*) \|", text, re.MULTILINE))
        for option in (p for p in command.params if p.param_type_name == "option" and p.default not in (None, False)):
            shown = next(value for flags, value in rows.items() if f"`{option.opts[0]}`" in flags).strip("` ")
            want = option.opts[0] if option.default is True else str(getattr(option.default, "value", option.default))
            assert shown == want, option.opts


# keys and columns

DOCUMENTED = {
    "Estimate": types.Estimate, "Pain point": types.PainPoint, "Trend": types.Trend, "Point": types.Point,
    "Change": types.Change, "Finding": types.Finding, "Priority": types.Priority, "Quote": types.Quote,
    "Theme": types.Theme, "Overview": types.Overview,
}  # fmt: skip
FILES = "docs/reference/files.md"


@pytest.mark.parametrize("heading", DOCUMENTED)
def test_every_key_is_documented_and_no_other(heading: str) -> None:
    fields = [field.name for field in dataclasses.fields(DOCUMENTED[heading])]
    assert first_cells(sections(FILES)[heading]) == fields


def test_every_result_type_has_a_section() -> None:
    made = {t for t in vars(types).values() if dataclasses.is_dataclass(t)}
    assert made == set(DOCUMENTED.values())


def test_every_column_of_mentions_is_documented() -> None:
    assert first_cells(sections(FILES)["mentions.parquet"]) == MENTIONS.names


def test_every_value_a_column_may_hold_is_documented() -> None:
    text = page(FILES)
    shared = {t for t in vars(types).values() if inspect.isclass(t) and issubclass(t, StrEnum) and t is not StrEnum}
    assert len(shared) == 8
    values = {value.value for kind in shared for value in kind}
    assert values <= set(_CODE.findall(text))
    assert [c for c in first_cells(sections(FILES)["rejected.jsonl"]) if c in set(Reason)] == [r.value for r in Reason]
    assert {language.value for language in types.Language} == set(first_cells(page("docs/reference/languages.md")))


@pytest.fixture(scope="module")
def analyzed(exports: Path) -> Path:
    """A run with every kind of output, a rejected row and a score that cannot be read among them."""
    lines = (exports / "reviews.csv").read_text("utf-8").splitlines()
    lines[3] = lines[3].rsplit(",", 1)[0] + ',""'
    (exports / "with faults.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    balm.analyze(exports / "with faults.csv", out=exports / "out")
    return exports / "out"


def test_every_file_of_the_folder_is_documented(analyzed: Path) -> None:
    table = page(FILES).split("## ", 1)[0]
    named = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert {p.name + "/" * p.is_dir() for p in analyzed.iterdir()} == set(named)
    assert {p.name for p in (analyzed / "state").iterdir()} <= set(_CODE.findall(table))


def test_columns_of_the_tables_are_documented(analyzed: Path) -> None:
    documented = first_cells(sections(FILES)["lake/feedback"])
    assert [name for name in documented if name in FEEDBACK.names] == FEEDBACK.names
    part = pq.read_schema(files(analyzed, "feedback")[0])
    plain = [name if not name.startswith(BY) else "by:NAME" for name in part.names]
    assert list(dict.fromkeys(plain)) == documented
    mentions = pq.read_schema(files(analyzed, "mentions")[0]).names
    mine, shared = (first_cells(sections(FILES)[name]) for name in ("lake/mentions", "mentions.parquet"))
    assert [*(name for name in shared if name != "theme"), *mine] == mentions


def test_written_keys_are_the_documented_ones(analyzed: Path) -> None:
    pains = json.loads((analyzed / "painpoints.json").read_text("utf-8"))
    themes = json.loads((analyzed / "themes.json").read_text("utf-8"))
    (rejected,) = map(json.loads, (analyzed / "rejected.jsonl").read_text("utf-8").splitlines())
    documented = {heading: set(first_cells(text)) for heading, text in sections(FILES).items()}
    assert set(pains[0]) == documented["Pain point"]
    assert set(pains[0]["reach"]) == documented["Estimate"]
    assert set(pains[0]["priority"]["value_effort"]) == documented["Priority"]
    assert set(pains[0]["trend"]["series"][0]) == documented["Point"]
    assert set(themes) == {"overview", "themes"}
    assert set(themes["themes"][0]) == documented["Theme"]
    assert set(themes["overview"]) == documented["Overview"]
    assert set(rejected) == documented["rejected.jsonl"] - set(Reason)
    assert rejected["reason"] == "empty_text"


def test_every_kind_of_identifier_is_documented() -> None:
    table = page("docs/reference/redaction.md").split("## ", 1)[0]
    named = re.findall(r"^\| `\[(\w+)\]` \|", table, re.MULTILINE)
    assert set(named) == set(KINDS)
    assert len(named) == len(KINDS)


# Python


def definition(source: str) -> str:
    """A function's parameters, their types and defaults, and what it returns."""
    tree = ast.parse(textwrap.dedent(source)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    assert tree.returns
    return f"{tree.name}({ast.unparse(tree.args)}) -> {ast.unparse(tree.returns)}"


def test_every_public_name_is_documented_and_no_other() -> None:
    headings = [h.replace("\\", "") for h in sections("docs/reference/python.md")]
    assert {h.removeprefix("balm.") for h in headings if h.startswith("balm.")} == set(balm.__all__)


def test_signatures_are_those_documented() -> None:
    written = [definition(body) for kind, body in fences(page("docs/reference/python.md")) if body.startswith("def ")]
    public = [getattr(balm, name) for name in balm.__all__]
    assert sorted(written) == sorted(definition(inspect.getsource(f)) for f in public if inspect.isfunction(f))


def test_members_of_the_result_are_documented() -> None:
    text = sections("docs/reference/python.md")["balm.Analysis"]
    named = {re.match(r"\w+", code)[0] for code in first_cells(text)}  # type: ignore[index]
    fields = {field.name for field in dataclasses.fields(balm.Analysis)}
    assert named == fields | {name for name in vars(balm.Analysis) if not name.startswith("_")}


# nothing of one machine


def text_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("NOT A GIT CHECKOUT: which files belong to the project is not known")
    names = [name for name in listed.stdout.split("\0") if name]
    return [
        ROOT / n for n in names if (ROOT / n).is_file() and Path(n).suffix not in (".png", ".parquet", ".npz", ".gz")
    ]


_OF_ONE_MACHINE = re.compile(r"(?<![\w.~/:$}*-])/(?:home|root|Users|work|mnt|srv)/[\w.]")
_REGISTRY = re.compile(
    r"(?:https?:)?//[\w.-]*(?:pypi|pythonhosted|npmjs|yarnpkg|conda|artifactory|nexus|devpi|verdaccio)[\w.-]*|--(?:extra-)?index-url|\"resolved\":"
)


def test_no_paths_of_one_machine_and_no_registry_addresses() -> None:
    found = []
    for file in text_files():
        if file == Path(__file__):
            continue
        text = file.read_text("utf-8", errors="replace")
        for pattern in (_OF_ONE_MACHINE, _REGISTRY):
            found += [f"{file.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    assert not found


def test_the_search_for_paths_and_addresses_finds_them() -> None:
    assert _OF_ONE_MACHINE.search("see /home/ann/x")
    assert _OF_ONE_MACHINE.search('open("/root/x")')
    assert not _OF_ONE_MACHINE.search("docs/work/x, ~/home/x, a://b/home/x")
    assert _REGISTRY.search("https://pypi" + ".org/simple")
    assert _REGISTRY.search("pip install --index" + "-url x")


# settings


def test_every_variable_of_the_environment_is_documented_and_no_other() -> None:
    """Those that the code reads by name; `OMP_NUM_THREADS` and its like are others'."""
    read: set[str] = set()
    for file in [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        read |= set(re.findall(r"""["'](BALM_[A-Z_]*[A-Z]|DATABASE_URL|EMAIL_URL)["']""", file.read_text("utf-8")))
    private = {"BALM_TEST_CLOCK", "BALM_TEST_POSTGRESQL_STARTED"}  # from one test process to the others
    assert set(first_cells(page("docs/reference/settings.md"))) == read - private
