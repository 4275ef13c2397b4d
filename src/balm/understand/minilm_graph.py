"""The ONNX graph of a BERT encoder with mean pooling, around given weights.

Devlin et al. 2019, "BERT"; Reimers & Gurevych 2019, "Sentence-BERT".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

LAYERS, HEADS, WIDTH = 6, 12, 384
HEAD = WIDTH // HEADS


class _Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, weights: dict[str, Any]) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._numpy = helper, numpy_helper
        self._weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: Any) -> str:
        self.constants.setdefault(name, self._numpy.from_array(np.asarray(value), name))
        return name

    def weight(self, name: str, *, transposed: bool = False) -> str:
        value = self._weights[name]
        return self.constant(name, np.ascontiguousarray(value.T) if transposed else value)

    def dense(self, x: str, name: str) -> str:
        product = self.op("MatMul", x, self.weight(f"{name}.weight", transposed=True))
        return self.op("Add", product, self.weight(f"{name}.bias"))

    def norm(self, x: str, name: str) -> str:
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-12)

    def gelu(self, x: str) -> str:
        root = self.constant("sqrt2", np.float32(np.sqrt(2)))
        half, one = self.constant("half", np.float32(0.5)), self.constant("one", np.float32(1))
        bell = self.op("Add", self.op("Erf", self.op("Div", x, root)), one)
        return self.op("Mul", self.op("Mul", x, half), bell)

    def heads(self, x: str, order: list[int]) -> str:
        shape = self.constant("split", np.array([0, 0, HEADS, HEAD], np.int64))
        return self.op("Transpose", self.op("Reshape", x, shape), perm=order)

    def attention(self, x: str, bias: str, name: str) -> str:
        query = self.heads(self.dense(x, f"{name}.self.query"), [0, 2, 1, 3])
        key = self.heads(self.dense(x, f"{name}.self.key"), [0, 2, 3, 1])
        value = self.heads(self.dense(x, f"{name}.self.value"), [0, 2, 1, 3])
        root = self.constant("root", np.float32(np.sqrt(HEAD)))
        score = self.op("Add", self.op("Div", self.op("MatMul", query, key), root), bias)
        mixed = self.op("MatMul", self.op("Softmax", score, axis=-1), value)
        joined = self.constant("join", np.array([0, 0, WIDTH], np.int64))
        flat = self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), joined)
        return self.norm(self.op("Add", self.dense(flat, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    def embed(self, ids: str) -> str:
        words = self.op("Gather", self.weight("embeddings.word_embeddings.weight"), ids)
        # positions 0 … length − 1, and the one token type there is
        length = self.op("Gather", self.op("Shape", ids), self.constant("second", np.int64(1)))
        zero, step = self.constant("zero64", np.int64(0)), self.constant("one64", np.int64(1))
        places = self.op(
            "Gather", self.weight("embeddings.position_embeddings.weight"), self.op("Range", zero, length, step)
        )
        kind = self.constant("kind", self._weights["embeddings.token_type_embeddings.weight"][0])
        return self.norm(self.op("Add", self.op("Add", words, places), kind), "embeddings.LayerNorm")

    def pool(self, x: str, mask: str) -> str:
        last, middle = self.constant("last", np.array([2], np.int64)), self.constant("middle", np.array([1], np.int64))
        wide = self.op("Unsqueeze", mask, last)
        total = self.op("ReduceSum", self.op("Mul", x, wide), middle, keepdims=0)
        mean = self.op("Div", total, self.op("ReduceSum", wide, middle, keepdims=0))
        return self.op("LpNormalization", mean, axis=-1, p=2)


def build(weights: Path) -> Any:
    """An onnx ModelProto: `ids` int64 and `mask` float32, shape (batch, length), to unit vectors, (batch, 384)."""
    from onnx import TensorProto, helper
    from safetensors.numpy import load_file

    graph = _Graph(load_file(str(weights)))
    axes = graph.constant("axes", np.array([1, 2], np.int64))
    absent = graph.op("Sub", "mask", graph.constant("one", np.float32(1)))
    bias = graph.op("Unsqueeze", graph.op("Mul", absent, graph.constant("far", np.float32(1e4))), axes)
    x = graph.embed("ids")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        x = graph.attention(x, bias, f"{name}.attention")
        inner = graph.gelu(graph.dense(x, f"{name}.intermediate.dense"))
        x = graph.norm(graph.op("Add", graph.dense(inner, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")
    result = graph.pool(x, "mask")
    made = helper.make_graph(
        graph.nodes,
        "minilm",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", "length"]),
        ],
        [helper.make_tensor_value_info(result, TensorProto.FLOAT, ["batch", WIDTH])],
        initializer=list(graph.constants.values()),
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
