"""Every action of the audit trail has a name in plain words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from balm.web.people import actions
from balm.web.people.audit import record

WEB = Path(__file__).resolve().parents[3] / "src" / "balm" / "web"


def calls(function: str) -> list[tuple[Path, ast.expr]]:
    """The argument that says what was done, of every call of `record` or `_tell`."""
    found = []
    at = 2 if function == "record" else 1
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
            if named and (function == "record" or len(node.args) > at):  # others have a `_tell` of their own
                found.append((path, node.args[at]))
    return found


def recorded() -> set[str]:
    """Every action that the code writes down."""
    found: set[str] = set()
    for path, said in calls("record"):
        if isinstance(said, ast.JoinedStr):  # codebook.{how it was done}, painpoint.{what of it}
            kind = ast.literal_eval(said.values[0])
            found |= {f"{kind}{rest}" for rest in REST[kind](path.read_text("utf-8"))}
        elif isinstance(said, ast.Name):  # one of allauth's signals
            found |= set(re.findall(r'\(\w+\.\w+, "(user\.\w+)"\)', path.read_text("utf-8")))
        else:
            found |= {one.value for one in ast.walk(said) if isinstance(one, ast.Constant) and one.value is not None}
    return found


def _of_the_codebook(source: str) -> set[str]:
    return set(re.findall(r'\{"(\w+)": [^}]*to_json\(\)\}', source))


def _of_a_pain_point(source: str) -> set[str]:
    judged = re.search(r"if what not in \(([^)]*)\)", source)
    assert judged
    told = {said.value for _path, said in calls("_tell") if isinstance(said, ast.Constant)}
    return told | set(re.findall(r'"(\w+)"', judged[1]))


REST = {"codebook.": _of_the_codebook, "painpoint.": _of_a_pain_point}


def test_every_action_has_a_name_and_every_name_an_action() -> None:
    found = recorded()
    assert len(found) > 50
    assert found == set(actions.ACTIONS)
    assert {action.split(".")[0] for action in found} == set(actions.KINDS)


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_names_are_translated(language: str) -> None:
    with override("en"):
        english = {action: str(name) for action, name in actions.ACTIONS.items()}
    with override(language):
        same = [action for action, name in actions.ACTIONS.items() if str(name) == english[action]]
    assert not same


def test_the_page_says_it_plainly_and_the_file_keeps_the_codes(filled, client_of, other_workspace) -> None:
    client = client_of("owner")
    record(filled, "somebody", "import.done", 4, name="march.csv", rows=12)
    record(filled, "somebody", "painpoint.note", "delivery.late", note=1)
    record(filled, "somebody", "later.version", "x")
    html = client.get("/w/lamps/settings/audit").content.decode()
    assert "An import finished" in html and "<code>import.done</code>" in html
    assert re.search(r"march\.csv\s*<small[^>]*><code>4</code>", html)
    assert re.search(r"Late[^<]*<small[^>]*><code>delivery\.late</code>", html)
    assert "later.version" in html
    assert '<optgroup label="Imports">' in html
    kept = client.get("/w/lamps/settings/audit", {"action": "import"}).context["page"].object_list
    assert [row.action for row in kept] == ["import.done"]
    file = b"".join(client.get("/w/lamps/settings/audit.csv").streaming_content).decode()
    assert "import.done,4," in file
    assert client_of("owner", other_workspace).get("/w/lamps/settings/audit").status_code == 404
