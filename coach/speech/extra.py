"""The packages that speech needs beyond typed answers, and what to say where they are missing."""

from coach.errors import SpeechError

INSTALL = "pip install 'mlops-answer-coach[speech]'"


def missing_extra(what: str) -> SpeechError:
    """The error for a package of the extra `speech` that is not installed."""
    return SpeechError(f"{what} needs the extra for speech; run: {INSTALL}")
