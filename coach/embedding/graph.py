"""The encoder as an ONNX graph, which runs without torch."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.embedding.adapter import Weights

# Raised by whoever changes what is built, so that a graph of before is not taken for it.
VERSION = 1
# The shape of all-MiniLM-L6-v2 (its config.json).
LAYERS, WIDTH, HEADS = 6, 384, 12
EPSILON = 1e-12
# The first operations of ONNX with Gelu among them, and the file format that came with them.
OPSET, IR_VERSION = 20, 9


class _Graph:
    """The nodes and constants of a graph under construction; what adds a node returns its output's name."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def add(self, kind: str, inputs: list[str], **options: Any) -> str:
        from onnx import helper

        output = f"{kind} {len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **options))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants[name] = value
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self._weights[name])

    def linear(self, x: str, place: str) -> str:
        matrix = np.ascontiguousarray(self._weights[f"{place}.weight"].T)
        product = self.add("MatMul", [x, self.constant(f"{place}.weight", matrix)])
        return self.add("Add", [product, self.weight(f"{place}.bias")])

    def normed(self, x: str, place: str) -> str:
        inputs = [x, self.weight(f"{place}.weight"), self.weight(f"{place}.bias")]
        return self.add("LayerNormalization", inputs, axis=-1, epsilon=EPSILON)

    def attention(self, x: str, place: str) -> str:
        split = self.constant("split", np.asarray([0, 0, HEADS, WIDTH // HEADS]))
        whole = self.constant("whole", np.asarray([0, 0, WIDTH]))
        scale = self.constant("scale", np.asarray((WIDTH / HEADS) ** -0.5, dtype=np.float32))
        query, key, value = (
            self.add(
                "Transpose", [self.add("Reshape", [self.linear(x, f"{place}.{name}"), split])], perm=order
            )
            for name, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3]))
        )
        scores = self.add("Mul", [self.add("MatMul", [query, key]), scale])
        seen = self.add("MatMul", [self.add("Softmax", [scores], axis=-1), value])
        return self.add("Reshape", [self.add("Transpose", [seen], perm=[0, 2, 1, 3]), whole])

    def layer(self, x: str, place: str) -> str:
        seen = self.linear(self.attention(x, f"{place}.attention.self"), f"{place}.attention.output.dense")
        x = self.normed(self.add("Add", [x, seen]), f"{place}.attention.output.LayerNorm")
        inner = self.add("Gelu", [self.linear(x, f"{place}.intermediate.dense")])
        outer = self.linear(inner, f"{place}.output.dense")
        return self.normed(self.add("Add", [x, outer]), f"{place}.output.LayerNorm")


def build(weights: Weights) -> bytes:
    """Build the graph: embedded tokens (n, t, WIDTH) to the last layer's vectors (n, t, WIDTH), as a file.

    Embedded is the sum of a token's word, place and kind. Their tables are half of the weights and few rows
    of them are ever used, so they stay in the file that they came in. All n texts have t tokens: there is no
    mask, and what comes of a text does not depend on the others.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = _Graph(weights)
    x = graph.normed("embedded", "embeddings.LayerNorm")
    for number in range(LAYERS):
        x = graph.layer(x, f"encoder.layer.{number}")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["n", "t", WIDTH])],
            [helper.make_tensor_value_info(x, TensorProto.FLOAT, ["n", "t", WIDTH])],
            [numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
