"""What was learnt, kept in one file: dataclasses, arrays and plain values. No pickle, so a file cannot run anything."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

VERSION = 1

_KIND = "$"


def save(path: Path, value: Any) -> None:
    """Write `value`, a tree of dataclasses, dicts with string keys, lists, tuples, arrays and plain values.

    The file is put in place in one step. Raises TypeError for anything else.
    """
    arrays: dict[str, Any] = {}
    tree = json.dumps({"version": VERSION, "value": _pack(value, arrays)}, ensure_ascii=False)
    scratch = path.with_name(path.name + ".tmp")
    with scratch.open("wb") as file:
        np.savez(file, tree=np.frombuffer(tree.encode(), np.uint8), **arrays)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def digest(value: Any) -> str:
    """A hash of all that `save` would write of `value`."""
    arrays: dict[str, Any] = {}
    told = hashlib.blake2b(json.dumps(_pack(value, arrays), ensure_ascii=False).encode(), digest_size=16)
    for array in arrays.values():
        told.update(f"{array.dtype.str}{array.shape}".encode())
        told.update(np.ascontiguousarray(array).data)
    return told.hexdigest()


def load(path: Path, types: Iterable[type]) -> Any:
    """Read what `save` wrote. `types`: the dataclasses it may hold.

    Raises ValueError for a file of another version, or one that is damaged or names a type not allowed.
    """
    known = {t.__name__: t for t in types}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            tree = json.loads(bytes(arrays["tree"]).decode())
            if tree.get("version") != VERSION:
                raise ValueError(f"{path} was written by another version of Balm")
            return _unpack(tree["value"], arrays, known)
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is damaged") from error


def _pack(value: Any, arrays: dict[str, Any]) -> Any:  # noqa: PLR0911  (one return a kind)
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {_KIND: "array", "name": name}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _pack(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
        return {_KIND: "object", "type": type(value).__name__, "fields": fields}
    if isinstance(value, tuple):
        return {_KIND: "tuple", "items": [_pack(v, arrays) for v in value]}
    if isinstance(value, list):
        return [_pack(v, arrays) for v in value]
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {_KIND: "dict", "items": {k: _pack(v, arrays) for k, v in value.items()}}
    raise TypeError(f"cannot keep a {type(value).__name__}")


def _unpack(value: Any, arrays: Any, known: dict[str, type]) -> Any:
    if isinstance(value, list):
        return [_unpack(v, arrays, known) for v in value]
    if not isinstance(value, dict):
        return value
    match value[_KIND]:
        case "array":
            return arrays[value["name"]]
        case "tuple":
            return tuple(_unpack(v, arrays, known) for v in value["items"])
        case "dict":
            return {k: _unpack(v, arrays, known) for k, v in value["items"].items()}
        case _:
            if value["type"] not in known:
                raise ValueError(f"a file of what was learnt may not hold {value['type']}")
            return known[value["type"]](**{k: _unpack(v, arrays, known) for k, v in value["fields"].items()})
