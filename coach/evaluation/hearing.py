"""How well a recogniser hears: people's clips, answers read by voices, names of tools, and what it costs."""

import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from coach.coaching import coach
from coach.domain import Answer, Frozen
from coach.errors import InputError
from coach.evaluation.word_errors import said_words, word_errors
from coach.rehearsal.review import is_unreliable
from coach.scoring.graded import GradedAnswer
from coach.scoring.scorer import Scorer
from coach.speech.live import LiveTranscription
from coach.speech.recogniser import Recogniser
from coach.speech.repairs import DOUBTFUL_BELOW, NameEar, SuggestedLexicon
from coach.speech.samples import RATE, Samples
from coach.speech.transcription import Transcription, pieces
from coach.spoken import Transcript
from coach.text.lexicon import Lexicon

# Their answers are what recognisers are measured on: the names to expect were counted in the others'.
HELD_OUT = ("k",)
ANSWERS = 12
# Long enough to be an answer, short enough that all of them are recognised in some minutes.
_SHORTEST, _LONGEST = 40, 140
_BLOCK = RATE // 20
# Shorter pieces of names are pieces of too much else (letters).
_SHORTEST_PIECE = 4
_BARE = re.compile(r"[^a-z0-9]+")


class Hearing(Frozen):
    """One recording as a recogniser heard it: word errors against the words that were said.

    `names_said` and `names_found` count tools, `names_made_up` are those that nobody said. `processor` is
    processor time by the length of the recording; `refused` tells that it would not be scored unread.
    `text_overall` and `spoken_overall` are the marks of the text and of the uncorrected transcript, where
    they were asked for.
    """

    recording: str
    voice: str
    condition: str
    recogniser: str
    words: int
    errors: int
    confidence: float | None
    refused: bool
    seconds: float
    processor: float
    names_said: int = 0
    names_found: int = 0
    names_made_up: tuple[str, ...] = ()
    text_overall: float | None = None
    spoken_overall: float | None = None

    @property
    def rate(self) -> float:
        """Word error rate: substitutions, insertions and deletions by the words that were said."""
        return self.errors / max(self.words, 1)


class Wait(Frozen):
    """How long the transcript takes after the last word, beside what the whole file takes (seconds)."""

    seconds: float
    after_last_word: float
    whole_file: float


def unseen_answers(answers: Sequence[GradedAnswer], count: int = ANSWERS) -> tuple[GradedAnswer, ...]:
    """Answers of the writers held out, typed and spoken ones in turn, each to another question first."""
    chosen: list[GradedAnswer] = []
    left = [
        one for one in answers if one.writer in HELD_OUT and _SHORTEST <= len(one.answer.split()) <= _LONGEST
    ]
    while len(chosen) < count and left:
        asked = [one.question for one in chosen]
        channel = "typed" if len(chosen) % 2 == 0 else "speech"
        best = min(left, key=lambda one: (asked.count(one.question), one.channel != channel))
        chosen.append(best)
        left.remove(best)
    return tuple(chosen)


def heard(
    samples: Samples,
    text: str,
    recogniser: Recogniser,
    *,
    recording: str,
    voice: str = "a person",
    condition: str = "clean",
    lexicon: Lexicon | None = None,
    ear: NameEar | None = None,
    names_in: str | None = None,
    expected: Sequence[str] = (),
) -> tuple[Hearing, Transcript]:
    """Have a recording recognised, and compare what was heard with `text`, which was said in it.

    With a `lexicon` the tools of `names_in`, the text as it was written, are looked for in the transcript.
    Where that text names none, pieces of the `expected` names count as made up, too: "XGBo" is no tool.
    """
    began = time.process_time()
    transcription = Transcription(recogniser)
    for piece in pieces(samples):
        transcription.feed(piece)
    transcript = transcription.finish()
    processor = time.process_time() - began
    said = said_words(text)
    found: set[str] = set()
    named: set[str] = set()
    made_up: set[str] = set()
    if lexicon is not None:
        named = {mention.name for mention in lexicon.find(names_in or text) if not mention.guessed}
        found = _names(transcript, lexicon, ear)
        made_up = found - named
        if not named:
            made_up |= _pieces(transcript, text, expected)
    hearing = Hearing(
        recording=recording,
        voice=voice,
        condition=condition,
        recogniser=recogniser.name,
        words=len(said),
        errors=word_errors(said, said_words(transcript.text)),
        confidence=transcript.confidence,
        refused=is_unreliable(transcript),
        seconds=len(samples) / RATE,
        processor=processor / max(len(samples) / RATE, 0.1),
        names_said=len(named),
        names_found=len(named & found),
        names_made_up=tuple(sorted(made_up)),
    )
    return hearing, transcript


def marked(hearing: Hearing, answer: GradedAnswer, transcript: Transcript, scorer: Scorer) -> Hearing:
    """The same with the marks of the written answer and of its uncorrected transcript."""
    written = Answer(text=answer.answer, question=answer.question, channel=answer.channel)
    spoken = Answer(text=transcript.text, question=answer.question, channel="speech")
    return hearing.model_copy(
        update={
            "text_overall": coach(written, scorer).score.overall,
            "spoken_overall": coach(spoken, scorer).score.overall,
        }
    )


def clips_in(folder: Path) -> tuple[tuple[Path, str], ...]:
    """The recordings of a folder that have their text beside them; InputError where there is none."""
    found = tuple(
        (path, path.with_suffix(".txt").read_text(encoding="utf-8"))
        for path in sorted(folder.iterdir() if folder.is_dir() else ())
        if path.suffix != ".txt" and path.with_suffix(".txt").is_file()
    )
    if not found:
        raise InputError(f"{folder}: holds no recording with a .txt of the same name beside it")
    return found


def waited(
    samples: Samples,
    recogniser: Recogniser,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Wait:
    """Play a recording at the pace it was spoken, and measure how long its transcript takes after its end."""
    live = LiveTranscription(recogniser)
    began = clock()
    for start in range(0, len(samples), _BLOCK):
        sleep(max(0.0, began + start / RATE - clock()))
        live.feed(samples[start : start + _BLOCK])
    sleep(max(0.0, began + len(samples) / RATE - clock()))
    ended = clock()
    live.transcript()
    waiting = clock() - ended
    ended = clock()
    transcription = Transcription(recogniser)
    for piece in pieces(samples):
        transcription.feed(piece)
    transcription.finish()
    return Wait(seconds=len(samples) / RATE, after_last_word=waiting, whole_file=clock() - ended)


def peak_memory() -> float:
    """The most memory that this process had at a time, in MB; nought where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KB, macOS in bytes.
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def _pieces(transcript: Transcript, said: str, expected: Sequence[str]) -> set[str]:
    """The doubtful words of a transcript that nobody said and that a name, or a word of one, begins with."""
    spoken = {_BARE.sub("", word) for word in said.lower().split()}
    whole = {_BARE.sub("", part) for name in expected for part in (name.lower(), *name.lower().split())}
    doubtful = (
        word.text
        for word in transcript.words
        if word.probability is not None and word.probability < DOUBTFUL_BELOW
    )
    return {
        word
        for word in doubtful
        if len(bare := _BARE.sub("", word.lower())) >= _SHORTEST_PIECE
        and bare not in spoken
        and any(one.startswith(bare) for one in whole)
    }


def _names(transcript: Transcript, lexicon: Lexicon, ear: NameEar | None) -> set[str]:
    """The tools in a transcript, with those that were suggested for words that may be misheard."""
    text = transcript.text
    if ear is not None:
        suggested = ear.suggestions(transcript, lexicon)
        lexicon = SuggestedLexicon(lexicon, text, suggested, {})
        return {
            mention.name
            for mention in lexicon.find(text)
            if not mention.guessed or any(one.start == mention.start for one in suggested)
        }
    return {mention.name for mention in lexicon.find(text) if not mention.guessed}
