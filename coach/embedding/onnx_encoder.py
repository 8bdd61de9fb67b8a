"""The built-in encoder in ONNX Runtime: it starts in a fraction of the time that torch takes to import."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from coach.embedding.adapter import load_adapter, merge
from coach.embedding.fingerprints import WEIGHTS, adapted_fingerprint, weights_sha256
from coach.embedding.graph import build
from coach.embedding.graph_cache import graph_file, keep_graph, kept_sha256
from coach.embedding.token_encoder import TokenEncoder, Vectors, load_tokenizer
from coach.errors import EncoderError


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class OnnxEncoder(TokenEncoder):
    """The built-in encoder as a graph; each processor runs a batch of its own.

    `words` (vocabulary, width) and `places` (longest, width) are summed for each token and fed to `session`.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        words: Vectors,
        places: Vectors,
        tokenizer: Tokenizer,
        name: str,
        fingerprint: str,
    ) -> None:
        super().__init__(tokenizer, name, fingerprint, _processors())
        self._session = session
        self._words = words
        self._places = places

    @classmethod
    def from_folder(
        cls,
        folder: Path,
        name: str,
        sha256: str | None = None,
        adapter: Path | None = None,
        notify: Callable[[str], None] = _note,
    ) -> "OnnxEncoder":
        """Load the model in `folder`, whose weights must have that SHA-256, with an adapter file merged in.

        The graph is built where the cache folder has none, which takes a second or two and is told to
        `notify`. Raises EncoderError when a file is missing, altered or damaged.
        """
        fingerprint = adapted_fingerprint(weights_sha256(folder, name, sha256), adapter)
        weights = folder / WEIGHTS
        path = graph_file(fingerprint)
        graph: str | bytes = str(path)
        if kept_sha256(path) is None:
            notify(f"building the graph of the encoder, once: {path}")
            model = _built(weights, name, adapter)
            if not keep_graph(path, model, hashlib.sha256(model).hexdigest()):
                graph = model
        kind = _mapped(weights, "embeddings.token_type_embeddings.weight")[0]
        return cls(
            _session(graph, name),
            _mapped(weights, "embeddings.word_embeddings.weight"),
            _mapped(weights, "embeddings.position_embeddings.weight") + kind,
            load_tokenizer(folder, name),
            name,
            fingerprint,
        )

    def _hidden(self, ids: NDArray[np.int64]) -> Vectors:
        embedded = self._words[ids] + self._places[: ids.shape[1]]
        (hidden,) = self._session.run(None, {"embedded": embedded})
        return np.asarray(hidden)


def _built(weights: Path, name: str, adapter: Path | None) -> bytes:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        base = load_file(weights)
    except SafetensorError as error:
        raise EncoderError(f"encoder {name}: {weights} cannot be read ({error})") from None
    return build(merge(base, load_adapter(adapter)))


def _mapped(weights: Path, name: str) -> Vectors:
    """A tensor of a safetensors file, of which only the rows that are used come into memory."""
    with weights.open("rb") as file:
        # The format: the header's length in 8 bytes, the header as JSON, then all tensors' bytes.
        length = int.from_bytes(file.read(8), "little")
        tensor = json.loads(file.read(length))[name]
    offset = 8 + length + tensor["data_offsets"][0]
    return np.memmap(weights, dtype="<f4", mode="r", offset=offset, shape=tuple(tensor["shape"]))


def _session(graph: str | bytes, name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # Batches run side by side on one thread each; more threads for each would wait for each other.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # The library raises many kinds, all of Exception, for a file that it cannot use.
        where = "the graph" if isinstance(graph, bytes) else graph
        reason = str(error).strip().splitlines()[0][:160]
        raise EncoderError(f"encoder {name}: ONNX Runtime cannot load {where} ({reason})") from error


def _processors() -> int:
    """The processors that this process may use; OMP_NUM_THREADS is honoured as by other libraries."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
