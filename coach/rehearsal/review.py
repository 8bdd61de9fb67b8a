"""The review of a transcript before it is scored: doubtful words, and when nobody may skip it."""

from enum import StrEnum

from coach.domain import Notice
from coach.errors import SpeechError
from coach.spoken import Transcript

# Mean word probability of a transcript below which it is not scored unread: over 114 recordings it refused 14
# of the 15 with more than 30% of their words wrong, and none of the 73 with up to 15%.
REFUSE_BELOW = 0.70
# Fewer words in a second of voice activity are no fluent speech: somebody talks and is not understood.
LEAST_WORDS_A_SECOND = 1.0
# Less speech than this says nothing about how fast somebody talks (seconds).
_LEAST_SPEECH = 5.0
# Less likely than not to be the word that was said.
DOUBTFUL_BELOW = 0.5
MARK = "?"
ENGLISH = "en"


class Doubt(StrEnum):
    """Why a transcript is not to be relied on."""

    UNSURE = "unsure"
    LOOP = "loop"
    SPARSE = "sparse"


def is_doubtful(probability: float | None) -> bool:
    """Whether a word of that probability in [0, 1] is to be marked; not where the engine gives none."""
    return probability is not None and probability < DOUBTFUL_BELOW


def marked(transcript: Transcript) -> str:
    """The transcript with doubtful words in brackets and a question mark."""
    return " ".join(
        f"[{word.text}{MARK}]" if is_doubtful(word.probability) else word.text for word in transcript.words
    )


def doubt(transcript: Transcript) -> Doubt | None:
    """Why a transcript may not be scored unread; None where it may."""
    if transcript.confidence is not None and transcript.confidence < REFUSE_BELOW:
        return Doubt.UNSURE
    if transcript.loops:
        return Doubt.LOOP
    speaking = transcript.speaking
    if speaking >= _LEAST_SPEECH and len(transcript.words) < LEAST_WORDS_A_SECOND * speaking:
        return Doubt.SPARSE
    return None


def is_unreliable(transcript: Transcript) -> bool:
    """Whether the text may not be scored unread."""
    return doubt(transcript) is not None


def is_english(transcript: Transcript) -> bool:
    """Whether an answer is in the language that is scored, or nobody knows."""
    return transcript.language in (None, ENGLISH)


def reason(transcript: Transcript) -> str:
    """Why a transcript is doubted, as part of a sentence; empty where it is not."""
    found = doubt(transcript)
    if found is Doubt.UNSURE:
        sure = transcript.confidence or 0.0
        return f"the recogniser is {sure:.0%} sure of its words, {REFUSE_BELOW:.0%} is the least"
    if found is Doubt.LOOP:
        return f"the recogniser repeated itself and lost what was said there ({_times(transcript.loops)})"
    if found is Doubt.SPARSE:
        return f"only {len(transcript.words)} words were understood in {transcript.speaking:.0f} s of speech"
    return ""


def doubts(transcript: Transcript) -> tuple[str, ...]:
    """All that the reader of a transcript should know of it, a sentence each."""
    if not transcript.words:
        return ("No speech was found in the recording.",)
    found = []
    if not is_english(transcript):
        found.append(f"This is {language_name(transcript)}: it is transcribed and cannot be scored.")
    if why := reason(transcript):
        found.append(f"Read it before you use it: {why}.")
    if transcript.missed:
        found.append(f"{transcript.missed:.0f} s of speech could not be understood and have no words.")
    return tuple(found)


def check_language(transcript: Transcript) -> None:
    """Raise SpeechError for an answer in another language than the one that is scored."""
    if not is_english(transcript):
        raise SpeechError(
            f"not scored: the answer is {language_name(transcript)}, and answers are scored in English; "
            "answer in English"
        )


def check_unreviewed(transcript: Transcript, force: bool) -> Notice | None:
    """Refuse a transcript that nobody read and that is too doubtful; with `force` say so in a notice instead.

    Raises SpeechError without `force`.
    """
    if transcript.reviewed or not is_unreliable(transcript):
        return None
    why = reason(transcript)
    if not force:
        raise SpeechError(
            f"not scored: {why}, and nobody has read the transcript; leave out --yes to correct it, record "
            "nearer to the microphone, or give --force"
        )
    return Notice(
        kind="warning",
        text=f"Scored though {why}, and nobody has read the transcript: the marks say little.",
    )


def language_name(transcript: Transcript) -> str:
    """The language of a transcript, as part of a sentence."""
    return f"in another language ({transcript.language})"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
