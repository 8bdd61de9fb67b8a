"""Whether a reader's time grows with its text, for tests against texts made to be slow."""

import time
from collections.abc import Callable


def grows_with_its_length(read: Callable[[str], object], unit: str, characters: int) -> bool:
    """Whether reading `characters` of repeated `unit` takes less than thrice eight times an eighth of them.

    Time that grows with the square would take 64 times as long, in each of three tries: one may fall on a
    search for garbage among all that other tests hold. A tenth of a second is noise.
    """

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        read(text)
        return time.process_time() - start

    read(unit)
    return any(seconds(characters) <= 24 * seconds(characters // 8) + 0.1 for _ in range(3))
