"""From sound to a transcript: voice activity first, then a recogniser on what is speech."""

from coach.speech.decoding import Sound
from coach.speech.recogniser import Recogniser
from coach.speech.voice_activity import speech_spans, utterances
from coach.spoken import Transcript


def transcribe(sound: Sound, recogniser: Recogniser) -> Transcript:
    """Recognise the speech in a sound; a sound without speech has no words, whatever the recogniser.

    Raises SpeechError where the recogniser cannot be used.
    """
    spans = speech_spans(sound.samples)
    parts = utterances(spans, sound.seconds)
    # Recognisers are known to invent words in silence, so they are given none.
    heard = recogniser.recognise(sound.samples, parts) if parts else None
    return Transcript(
        words=heard.words if heard else (),
        confidence=round(heard.confidence, 4) if heard and heard.confidence is not None else None,
        recogniser=recogniser.name,
        duration=round(sound.seconds, 2),
        speech=tuple((span.start, span.end) for span in spans),
        lacks=heard.lacks if heard else (),
    )
