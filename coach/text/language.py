"""The language of an answer, as far as it decides whether the answer can be scored."""

from functools import cache

from coach.text.segments import word_count

# Identification is unreliable on a handful of words, and technical English is full of names.
FEWEST_WORDS = 8
# The least probability at which an answer is refused on its account: English answers and sentences of the
# graded set stay below 0.53 for any other language, short Spanish and Chinese ones reach 0.7 to 0.98.
SURE = 0.6
# A longer answer is told by so many pieces of so many characters, spread evenly: a paragraph in another
# language weighs in them as it does in the whole. None of the 684 graded answers reads otherwise so; of 1,500
# mixtures of them with another language, those that do were between 31% and 72% English.
SAMPLES, SAMPLE = 8, 50
_NAMES = {
    "ar": "Arabic",
    "cs": "Czech",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}


def language_of(text: str) -> str | None:
    """The name of the language of `text` where it is surely not English, else None.

    >>> language_of("Wir vergleichen das neue Modell mit dem alten und geben es erst dann frei.")
    'German'
    """
    unspaced = False
    if not text.isascii():
        letters = sum(character.isalpha() for character in text)
        foreign = sum(character.isalpha() and ord(character) > 0x24F for character in text)
        unspaced = foreign * 2 > letters > FEWEST_WORDS
    if word_count(text) < FEWEST_WORDS and not unspaced:
        return None
    code, probability = _identifier().classify(_sample(text))
    # Nigerian Pidgin is what lists of English product names look most like.
    if code in ("en", "pcm") or probability < SURE:
        return None
    return _NAMES.get(code, f"another language ({code})")


def _sample(text: str) -> str:
    if len(text) <= SAMPLES * SAMPLE:
        return text
    starts = (place * (len(text) - SAMPLE) // (SAMPLES - 1) for place in range(SAMPLES))
    return " ".join(text[start : start + SAMPLE] for start in starts)


@cache
def _identifier():  # type: ignore[no-untyped-def]
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
