"""What a spoken answer is made of beside its text: the transcript and the delivery."""

from coach.scores import Frozen


class Word(Frozen):
    """One recognised word; times in seconds and `probability` in [0, 1] where the engine gives them."""

    text: str
    start: float | None = None
    end: float | None = None
    probability: float | None = None


class Transcript(Frozen):
    """What a recogniser heard in a recording of `duration` seconds.

    `speech` are the stretches [start, end) in seconds in which voice activity was found, whatever the
    recogniser; `confidence` in [0, 1] is the mean probability of the words, None where the engine gives
    none; `lacks` says what else it does not give. `loops` counts stretches that were dropped because the
    recogniser repeated itself, `missed` the seconds of speech that it made no word of. `language` is the code
    of what is spoken ("en"), where that was told. `reviewed` is true once a person has read or corrected it.
    """

    words: tuple[Word, ...]
    confidence: float | None
    recogniser: str
    duration: float
    speech: tuple[tuple[float, float], ...] = ()
    lacks: tuple[str, ...] = ()
    loops: int = 0
    missed: float = 0.0
    language: str | None = None
    reviewed: bool = False
    cut_by_clock: bool = False

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(word.text for word in self.words)

    @property
    def speaking(self) -> float:
        """The seconds in which voice activity was found."""
        return sum(end - start for start, end in self.speech)


class Pause(Frozen):
    """A silence [start, end) in seconds, with the words before and after it."""

    start: float
    end: float
    before: str
    after: str

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


class Filler(Frozen):
    """A word that fills, and how often it was heard: at least so often, for recognisers drop many."""

    word: str
    count: int


class Stretch(Frozen):
    """A stretch [start, end) of the answer in seconds, and the dimension that it earned a mark in, if any."""

    start: float
    end: float
    dimension: str | None


class Delivery(Frozen):
    """How the answer was spoken: beside the score, never in it.

    `duration` is the whole recording, `speaking` the time with a voice in it, `first_word` the time until it
    begins and `last_word` the time at which it ends, all in seconds. Pauses lie between words: `short_pauses`
    under 0.2 s, `medium_pauses` up to 1 s, `long_pauses` over. `estimated` marks stretches whose word times
    the recogniser did not give.
    """

    duration: float
    speaking: float
    first_word: float
    last_word: float
    words: int
    short_pauses: int
    medium_pauses: int
    long_pauses: int
    long_pause_seconds: float
    longest_pause: Pause | None
    fillers: tuple[Filler, ...]
    stretches: tuple[Stretch, ...]
    estimated: bool
    cut_by_clock: bool

    @property
    def pace(self) -> float:
        """Words a minute from the first word to the last."""
        return 60 * self.words / max(self.last_word - self.first_word, 1.0)

    @property
    def net_pace(self) -> float:
        """Words a minute with the long pauses taken out."""
        spoken = self.last_word - self.first_word - self.long_pause_seconds
        return 60 * self.words / max(spoken, 1.0)

    @property
    def fillers_a_minute(self) -> float:
        """Fillers heard, at least, in each minute from the first word to the last."""
        return 60 * sum(one.count for one in self.fillers) / max(self.last_word - self.first_word, 1.0)


class NameSuggestion(Frozen):
    """A tool that doubtful words may stand for: characters [start, end) of the text, and what is there.

    `likeness` in [0, 1] says how alike they sound. The text itself is never changed.
    """

    start: int
    end: int
    heard: str
    name: str
    likeness: float
