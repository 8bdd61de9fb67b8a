"""The review of a transcript before it is scored: doubtful words, and when nobody may skip it."""

from coach.domain import Notice
from coach.errors import SpeechError
from coach.spoken import Transcript

# Of the 72 transcripts of `coach speech measure --stock`, the 19 below this mean word probability had 38% of
# their words wrong on average, the 53 above it 18% and never more than 35%. Beyond about a quarter, depth
# can no longer be told from a transcript.
REFUSE_BELOW = 0.68
# Less likely than not to be the word that was said.
DOUBTFUL_BELOW = 0.5
MARK = "?"


def is_doubtful(probability: float | None) -> bool:
    """Whether a word of that probability in [0, 1] is to be marked; not where the engine gives none."""
    return probability is not None and probability < DOUBTFUL_BELOW


def marked(transcript: Transcript) -> str:
    """The transcript with doubtful words in brackets and a question mark."""
    return " ".join(
        f"[{word.text}{MARK}]" if is_doubtful(word.probability) else word.text for word in transcript.words
    )


def is_unreliable(transcript: Transcript) -> bool:
    """Whether the recogniser is so unsure that the text may not be scored unread."""
    return transcript.confidence is not None and transcript.confidence < REFUSE_BELOW


def check_unreviewed(transcript: Transcript, force: bool) -> Notice | None:
    """Refuse a transcript that nobody read and that is too doubtful; with `force` say so in a notice instead.

    Raises SpeechError without `force`.
    """
    if transcript.reviewed or not is_unreliable(transcript):
        return None
    sure = f"the recogniser is {transcript.confidence:.0%} sure of its words, {REFUSE_BELOW:.0%} is the least"
    if not force:
        raise SpeechError(
            f"not scored: {sure}, and nobody has read the transcript; leave out --yes to correct it, record "
            "nearer to the microphone, or give --force"
        )
    return Notice(
        kind="warning",
        text=f"Scored though {sure}, and nobody has read the transcript: the marks say little.",
    )
