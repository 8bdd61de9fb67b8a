"""Spools: arrays set aside in nameless temporary files, so that memory does not grow with the answers."""

import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)
Numbers = NDArray[np.uint64]
# Numbers that are sorted in memory at a time, and those of each sorted run that are read at a time.
RUN, BLOCK = 1 << 18, 1 << 12


class _Spool:
    """A temporary file in a directory, gone however the process ends."""

    def __init__(self, folder: Path) -> None:
        self._file: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file."""
        self._file.close()


class ArraySpool(_Spool, Generic[Number]):
    """Arrays of one type and any length, numbered from 0 as they come; 8 bytes each stay in memory."""

    def __init__(self, kind: type[Number], folder: Path) -> None:
        super().__init__(folder)
        self._kind = np.dtype(kind)
        self._ends = array("q", [0])

    def __len__(self) -> int:
        """How many arrays there are."""
        return len(self._ends) - 1

    def append(self, values: NDArray[Number]) -> None:
        """Set an array (n,) aside."""
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(values, dtype=self._kind).tobytes())
        self._ends.append(self._ends[-1] + len(values))

    def lengths(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The lengths of the arrays at `places` (m,)."""
        ends = np.asarray(self._ends, dtype=np.int64)
        return ends[places + 1] - ends[places]

    def take(self, places: NDArray[np.int64]) -> NDArray[Number]:
        """The arrays at `places` (m,), one after another."""
        # Neighbours in the file are read together.
        edges = np.flatnonzero(np.diff(places) != 1) + 1
        parts = []
        for run in np.split(places, edges):
            if len(run):
                begin, end = self._ends[int(run[0])], self._ends[int(run[-1]) + 1]
                self._file.seek(begin * self._kind.itemsize)
                parts.append(self._file.read((end - begin) * self._kind.itemsize))
        return np.frombuffer(b"".join(parts), dtype=self._kind)


class SortedSpool(_Spool):
    """Whole numbers in [0, 2**64), given in any order and had back sorted, each once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._waiting: list[Numbers] = []
        self._count = 0
        self._runs: list[tuple[int, int]] = []

    def add(self, numbers: Numbers) -> None:
        """Add numbers (n,)."""
        if len(numbers):
            self._waiting.append(numbers)
            self._count += len(numbers)
        if self._count >= RUN:
            self._write_run()

    def chunks(self) -> Iterator[Numbers]:
        """All numbers in ascending order, in chunks; nothing may be added afterwards."""
        if not self._runs:
            if self._count:
                yield np.unique(np.concatenate(self._waiting))
            self._waiting = []
            return
        self._write_run()
        blocks = [np.empty(0, np.uint64) for _ in self._runs]
        while True:
            for place, block in enumerate(blocks):
                if not len(block):
                    blocks[place] = self._read(place)
            left = [place for place, block in enumerate(blocks) if len(block)]
            if not left:
                return
            # Up to the least last number of all blocks nothing is missing.
            limit = min(blocks[place][-1] for place in left)
            taken = []
            for place in left:
                cut = int(np.searchsorted(blocks[place], limit, side="right"))
                taken.append(blocks[place][:cut])
                blocks[place] = blocks[place][cut:]
            yield np.unique(np.concatenate(taken))

    def _write_run(self) -> None:
        if not self._count:
            return
        run = np.unique(np.concatenate(self._waiting))
        self._waiting, self._count = [], 0
        begin = self._file.seek(0, 2)
        self._file.write(run.tobytes())
        self._runs.append((begin, len(run)))

    def _read(self, place: int) -> Numbers:
        begin, count = self._runs[place]
        taken = min(count, BLOCK)
        self._runs[place] = (begin + 8 * taken, count - taken)
        self._file.seek(begin)
        return np.frombuffer(self._file.read(8 * taken), dtype=np.uint64)
