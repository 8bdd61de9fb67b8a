"""One spoken attempt: from a reviewed transcript to feedback that says how it came about."""

from collections.abc import Sequence

from coach.coaching import coach
from coach.domain import Answer, Feedback, Notice, Question
from coach.rehearsal.review import check_unreviewed
from coach.scoring.scorer import Scorer
from coach.speech.repairs import NameEar
from coach.spoken import NameSuggestion, Transcript


def feedback_on(
    question: Question,
    transcript: Transcript,
    scorer: Scorer,
    text: str | None = None,
    notices: Sequence[str] = (),
    force: bool = False,
    ear: NameEar | None = None,
) -> Feedback:
    """Coach a spoken answer; `text` is the transcript as a person corrected it, None where nobody did.

    `ear` suggests tool names for doubtful words, `notices` are added to the feedback. Raises SpeechError
    where the text is too doubtful to score unread.
    """
    forced = check_unreviewed(transcript, force)
    # Whoever corrected the text has named the tools; offsets of what was heard mean nothing in it.
    suggestions = ear.suggestions(transcript, scorer.lexicon) if ear is not None and text is None else ()
    answer = Answer(
        text=transcript.text if text is None else text,
        question=question.id,
        channel="speech",
        transcript=transcript,
        suggestions=suggestions,
    )
    feedback = coach(answer, scorer)
    added = [*([forced] if forced else []), *(Notice(kind="info", text=one) for one in notices)]
    added += [Notice(kind="info", text=_perhaps(one)) for one in suggestions]
    added.append(Notice(kind="info", text=_heard(transcript)))
    return feedback.model_copy(update={"notices": (*feedback.notices, *added)})


def _perhaps(suggestion: NameSuggestion) -> str:
    return f"“{suggestion.heard}” may be {suggestion.name}, misheard: masked as a name, left as heard."


def _heard(transcript: Transcript) -> str:
    sure = "" if transcript.confidence is None else f", {transcript.confidence:.0%} sure of its words"
    read = "read and accepted by you" if transcript.reviewed else "not reviewed"
    return f"Transcribed by {transcript.recogniser}{sure}; {read}."
