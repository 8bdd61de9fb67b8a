"""Private files: places of the critic's in the cache folder that only their owner can read."""

import contextlib
import os
import tempfile
from pathlib import Path

from coach.embedding.vector_cache import cache_folder


def private_folder() -> Path:
    """The critic's folder in the cache folder, made for its owner alone; raises OSError."""
    folder = cache_folder() / "critic"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def write_privately(path: Path, content: str) -> None:
    """Write `content` beside `path` and rename it, readable by the owner alone; raises OSError."""
    # The temporary file is made with mode 0600, and keeps it.
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        os.replace(name, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def touch_privately(path: Path) -> None:
    """Make sure that `path` exists and that only its owner can read it; raises OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
