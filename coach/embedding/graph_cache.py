"""The encoder's graph in the cache folder: built once, kept with its hash, and checked at each load."""

from pathlib import Path

from coach.embedding.fingerprints import file_sha256
from coach.embedding.graph import VERSION
from coach.embedding.vector_cache import cache_folder, keep
from coach.errors import EncoderError


def graph_file(fingerprint: str) -> Path:
    """Where the graph of the weights of that fingerprint is kept."""
    return cache_folder() / f"encoder-{VERSION}-{fingerprint}.onnx"


def kept_sha256(path: Path) -> str | None:
    """The SHA-256 of the graph that is kept at `path`, or None where none is.

    Raises EncoderError when the graph is not the one that was built.
    """
    try:
        expected = _hash_file(path).read_text(encoding="ascii").strip()
        found = file_sha256(path)
    except (OSError, UnicodeDecodeError):
        return None
    if found != expected:
        raise EncoderError(
            f"the encoder's graph {path} has SHA-256 {found}, expected {expected}; "
            "delete it, and the next run builds it again"
        )
    return found


def keep_graph(path: Path, graph: bytes, sha256: str) -> bool:
    """Keep a graph and its hash; whether that was possible. The hash comes last: without it, none is kept."""
    return keep(path, graph) and keep(_hash_file(path), f"{sha256}\n".encode())


def _hash_file(path: Path) -> Path:
    return path.with_suffix(".sha256")
