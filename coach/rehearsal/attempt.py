"""One attempt of a sitting: from a reviewed transcript to feedback that says how it came about."""

from collections.abc import Sequence

from coach.coaching import Critic, Watcher, coach
from coach.domain import Answer, Feedback, Notice, Question
from coach.rehearsal.review import check_language, check_unreviewed
from coach.scoring.next_steps import STRONG
from coach.scoring.scorer import Scorer
from coach.speech.repairs import NameEar
from coach.spoken import NameSuggestion, Transcript
from coach.text.length import length

# An interviewer's follow-up is answered in less time than the question.
FOLLOW_UP_SHARE = 0.5
_FOLLOW_UP_NOTICE = (
    "This answers the follow-up; what the question asks for beyond it counts as missing, so read the depth "
    "of what you did cover, not the overall mark."
)


def feedback_on(
    question: Question,
    transcript: Transcript,
    scorer: Scorer,
    text: str | None = None,
    notices: Sequence[str] = (),
    force: bool = False,
    ear: NameEar | None = None,
    critic: Critic | None = None,
    watcher: Watcher | None = None,
) -> Feedback:
    """Coach a spoken answer; `text` is the transcript as a person corrected it, None where nobody did.

    `ear` suggests tool names for doubtful words, `notices` are added to the feedback; `critic` and `watcher`
    are those of `coach`. Raises SpeechError where the text is too doubtful to score unread, or not English.
    """
    check_language(transcript)
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
    added = [*([forced] if forced else []), *(Notice(kind="info", text=one) for one in notices)]
    added += [Notice(kind="info", text=_perhaps(one)) for one in suggestions]
    if transcript.missed and text is None:
        lost = f"{transcript.missed:.0f} s of your speech could not be understood and count for nothing."
        added.append(Notice(kind="warning", text=lost))
    added.append(Notice(kind="info", text=_heard(transcript, text is not None)))
    return coach(answer, scorer, critic, watcher, added)


def feedback_on_typed(
    question: Question,
    text: str,
    scorer: Scorer,
    notices: Sequence[str] = (),
    critic: Critic | None = None,
    watcher: Watcher | None = None,
) -> Feedback:
    """Coach an answer that was typed in a sitting because nothing could be recorded."""
    answer = Answer(text=text, question=question.id, channel="typed")
    return coach(answer, scorer, critic, watcher, [Notice(kind="info", text=one) for one in notices])


def follow_up_of(feedback: Feedback) -> str | None:
    """What to ask next: the critic's follow-up, which is on this very answer, else the pack's."""
    critique = feedback.critique
    return (critique.follow_up if critique is not None else None) or feedback.follow_up


def as_follow_up(feedback: Feedback, asked: str) -> Feedback:
    """Feedback on the answer to a follow-up, which was measured by the question that it belongs to."""
    answer, limit = feedback.answer, int(feedback.question.time_limit * FOLLOW_UP_SHARE)
    taken = feedback.delivery.last_word if feedback.delivery else None
    return feedback.model_copy(
        update={
            "question": feedback.question.model_copy(update={"text": asked, "time_limit": limit}),
            "length": length(answer.text, limit, taken),
            # There is no follow-up to the follow-up.
            "follow_up": None,
            "next_steps": tuple(one for one in feedback.next_steps if one != STRONG),
            "notices": (Notice(kind="info", text=_FOLLOW_UP_NOTICE), *feedback.notices),
        }
    )


def _perhaps(suggestion: NameSuggestion) -> str:
    return f"“{suggestion.heard}” may be {suggestion.name}, misheard: masked as a name, left as heard."


def _heard(transcript: Transcript, corrected: bool) -> str:
    sure = "" if transcript.confidence is None else f", {transcript.confidence:.0%} sure of its words"
    accepted = "corrected by you" if corrected else "read and accepted by you"
    read = accepted if transcript.reviewed else "not reviewed"
    return f"Transcribed by {transcript.recogniser}{sure}; {read}."
