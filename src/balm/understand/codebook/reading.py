"""YAML as plain values, with the line of each: strict, and safe on files from anybody.

Every scalar is a string as written (`no` and `on` are words here, not booleans). Anchors, aliases, tags, repeated keys,
deep nesting and large files are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from balm.core.errors import InputRefused

MAX_BYTES = 4_000_000
MAX_DEPTH = 12

_Base: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """Composes nodes without guessing types; an alias or a deep nest is refused while composing."""

    depth = 0

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        return "str" if kind is yaml.ScalarNode else "seq" if kind is yaml.SequenceNode else "map"

    def descend_resolver(self, node: Any, index: Any) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(None, None, f"nested deeper than {MAX_DEPTH} levels", node and node.start_mark)

    def ascend_resolver(self) -> None:
        self.depth -= 1


@dataclass(frozen=True)
class Source:
    """A file's values, and its nodes to find lines by."""

    name: str
    data: dict[str, Any]
    root: Any

    def line(self, where: tuple[int | str, ...]) -> int:
        """1-based line of the value at `where` (keys and indexes), or of the nearest one that exists."""
        node = self.root
        line = node.start_mark.line
        for step in where:
            found = _child(node, step)
            if found is None:
                break
            node = found[1]
            line = found[0].start_mark.line
        return int(line) + 1


def refused(name: str, line: int | None, what: str) -> InputRefused:
    """The one form of error: file, line, then what is wrong and how to mend it."""
    place = f"{name}, line {line}" if line else name
    return InputRefused(f"{place}: {' '.join(what.split())}")


def read(path: Path) -> Source:
    """Read a YAML file that holds one mapping. Raises InputRefused."""
    name = path.name
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise refused(name, None, f"cannot be read ({error.strerror}); check the path and its rights") from None
    if len(raw) > MAX_BYTES:
        raise refused(name, None, f"larger than {MAX_BYTES // 1_000_000} MB; a codebook is a short file, split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refused(name, line, "not UTF-8; save the file as UTF-8") from None
    return parse(text, name)


def parse(text: str, name: str) -> Source:
    """Read YAML text that holds one mapping; `name` is what errors call it. Raises InputRefused."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"not valid YAML ({error.problem}); check indentation, quotes and colons"
        raise refused(name, mark.line + 1 if mark else None, what) from None
    except yaml.YAMLError as error:
        raise refused(name, None, f"not valid YAML ({error}); check its characters") from None
    except RecursionError:
        raise refused(name, None, f"nested deeper than {MAX_DEPTH} levels; make it flat") from None
    finally:
        loader.dispose()
    if not isinstance(root, yaml.MappingNode):
        raise refused(name, 1, "not a codebook; begin with “codebook: name”")
    return Source(name, _value(root, name, set()), root)


def _value(node: Any, name: str, seen: set[int]) -> Any:
    if node.tag not in ("str", "seq", "map"):
        raise refused(name, node.start_mark.line + 1, f"the tag {node.tag} is not allowed; write plain text")
    if id(node) in seen:
        raise refused(name, node.start_mark.line + 1, "an alias (*name) is not allowed; write the text out")
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return tuple([_value(child, name, seen) for child in node.value])
    found: dict[str, Any] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in found:
            what = f"“{key.value}” is given twice; keep one" if isinstance(key, yaml.ScalarNode) else "a key is no word"
            raise refused(name, key.start_mark.line + 1, what)
        found[key.value] = _value(child, name, seen)
    return found


def _child(node: Any, step: int | str) -> tuple[Any, Any] | None:
    """The (node that marks the place, node to go on from) under `node`, if there is one."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
