"""Builds the embedded recogniser's language model and dictionary from a pack and graded answers.

A Kneser-Ney trigram of the pack's texts and the answers is mixed with the general model that comes with
pocketsphinx and pruned; every word of it gets its pronunciations.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from coach.domain import Frozen, ToolMention
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer
from coach.speech import ngrams
from coach.speech.keywords import commonest_names
from coach.speech.model_files import DICTIONARY, KEYWORDS, LANGUAGE_MODEL, MANIFEST
from coach.speech.pronunciation import Pronouncer, read_dictionary, write_dictionary
from coach.speech.spoken import Spoken
from coach.speech.trie import Trigrams, read_trie
from coach.speech.vocabulary import TradeWords, trade_words
from coach.text.lexicon import Lexicon

# pocketsphinx's number for its binary format.
_BINARY = 2
# These writers' answers never enter the model: it is measured on them.
HELD_OUT = ("k",)
# How much our model counts in the mixture, and what is kept of it: chosen on answers of writer j, with a
# model that had seen neither j nor k.
SHARE = 0.75
GENERAL_WORDS = 16_000
BIGRAMS, TRIGRAMS = 120_000, 100_000
# A sentence with tool names is told once more with other tools of the same kind, so that each has company.
RETOLD = 1


class ModelManifest(Frozen):
    """Where a language model came from: two are the same where their hashes are."""

    pack: str
    answers: int
    held_out: tuple[str, ...]
    sentences: int
    words_of_text: int
    vocabulary: int
    bigrams: int
    trigrams: int
    share: float
    perplexity: float
    language_model_sha256: str
    dictionary_sha256: str


class Corpus:
    """The sentences, in spoken words, that a language model is built from."""

    def __init__(self, pack: Pack, answers: Sequence[GradedAnswer]) -> None:
        self._pack = pack
        self.lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
        typed = [answer.answer for answer in answers if answer.channel == "typed"]
        self.trade: TradeWords = trade_words(pack, typed)
        self._spoken = Spoken(self.trade.spelled, self.trade.names)
        self._alike: dict[str, list[str]] = {}
        for tool in pack.tools:
            self._alike.setdefault(tool.category, []).append(tool.name)

    def spoken(self, text: str) -> list[list[str]]:
        """The sentences of a text as words that the language model knows them by."""
        return self._spoken.sentences(text, self.lexicon.find(text))

    def sentences(self, answers: Iterable[GradedAnswer]) -> Iterator[list[str]]:
        """All sentences: the pack's, the answers', and those that name tools told again with others."""
        for text in (*_pack_texts(self._pack), *(answer.answer for answer in answers)):
            mentions = self.lexicon.find(text)
            yield from self._spoken.sentences(text, mentions)
            for turn in range(1, RETOLD + 1):
                if others := self._others(mentions, turn):
                    yield from self._spoken.sentences(text, others)

    def _others(self, mentions: Sequence[ToolMention], turn: int) -> list[ToolMention]:
        """The mentions with each tool replaced by another of its kind, always the same one."""
        told = []
        for mention in mentions:
            alike = self._alike.get(mention.category)
            if alike and not mention.guessed:
                digest = hashlib.sha256(f"{mention.name} {mention.start} {turn}".encode()).digest()
                name = alike[int.from_bytes(digest[:4], "big") % len(alike)]
                mention = mention.model_copy(update={"name": name})
            told.append(mention)
        return told if any(not mention.guessed for mention in mentions) else []


def build(
    pack: Pack,
    answers: Sequence[GradedAnswer],
    stock: "StockModel",
    own_pronunciations: Path,
    directory: Path,
    held_out: Sequence[str] = HELD_OUT,
    share: float = SHARE,
    bigrams: int = BIGRAMS,
    trigrams: int = TRIGRAMS,
) -> ModelManifest:
    """Build model and dictionary into `directory`, and return what they were built from.

    `answers` are all graded answers; those of the writers in `held_out` are kept out and give the perplexity.
    """
    learnt = [answer for answer in answers if answer.writer not in held_out]
    corpus = Corpus(pack, learnt)
    sentences = list(corpus.sentences(learnt))
    general = stock.trigrams()
    pronouncer = Pronouncer(
        stock.dictionary(), read_dictionary(own_pronunciations), corpus.trade.spelled, corpus.trade.parts
    )
    spoken = Counter(word for sentence in sentences for word in sentence)
    named = {word for name in corpus.trade.names.values() for word in name}
    dictionary = _dictionary(pronouncer, {*spoken, *named}, _commonest(general, stock.dictionary()))
    words = [ngrams.START, ngrams.END, *sorted(dictionary)]
    theirs = ngrams.restricted(general, words)
    ours = ngrams.estimate(sentences, words)
    whole = ngrams.mixed(ours, theirs, share)
    model = ngrams.pruned(whole, bigrams, trigrams)
    directory.mkdir(parents=True, exist_ok=True)
    language_model, dictionary_file = directory / LANGUAGE_MODEL, directory / DICTIONARY
    write_dictionary(sorted(dictionary.items()), dictionary_file)
    _write_binary(model, language_model)
    unseen = [
        sentence
        for answer in answers
        if answer.writer in held_out
        for sentence in corpus.spoken(answer.answer)
    ]
    manifest = ModelManifest(
        pack=str(pack),
        answers=len(learnt),
        held_out=tuple(held_out),
        sentences=len(sentences),
        words_of_text=sum(map(len, sentences)),
        vocabulary=len(words),
        bigrams=len(model.word2),
        trigrams=len(model.word3),
        share=share,
        perplexity=round(ngrams.perplexity(model, unseen), 1),
        language_model_sha256=_sha256(language_model),
        dictionary_sha256=_sha256(dictionary_file),
    )
    names = commonest_names(corpus.lexicon, (answer.answer for answer in learnt))
    (directory / KEYWORDS.name).write_text("\n".join(names) + "\n", encoding="utf-8")
    (directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


class StockModel(NamedTuple):
    """Where the general model and dictionary that come with pocketsphinx lie."""

    language_model: Path
    dictionary_file: Path

    @classmethod
    def from_package(cls) -> "StockModel":
        """The ones of the installed package."""
        from pocketsphinx import get_model_path

        return cls(
            Path(get_model_path("en-us/en-us.lm.bin")), Path(get_model_path("en-us/cmudict-en-us.dict"))
        )

    def trigrams(self) -> Trigrams:
        """The general language model."""
        return read_trie(self.language_model)

    def dictionary(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        """The general dictionary."""
        return read_dictionary(self.dictionary_file)


def _pack_texts(pack: Pack) -> Iterator[str]:
    for dimension in pack.dimensions:
        yield dimension.asks
    for question in pack.questions:
        yield question.text
        yield from question.follow_ups
        for expectation in question.expectations:
            yield expectation.hint
            yield from (reference.text for reference in expectation.references)
        for harmful in question.harmful:
            yield from (harmful.statement, harmful.safer, harmful.why)


def _commonest(general: Trigrams, known: dict[str, tuple[tuple[str, ...], ...]]) -> list[str]:
    order = sorted(range(len(general.words)), key=lambda place: -general.log1[place])
    return [general.words[place] for place in order if general.words[place] in known][:GENERAL_WORDS]


def _dictionary(
    pronouncer: Pronouncer, trade: Iterable[str], general: Sequence[str]
) -> dict[str, tuple[tuple[str, ...], ...]]:
    said = {word: pronouncer.pronounce(word) for word in {*trade, *general} if word.isascii()}
    return {word: variants for word, variants in said.items() if variants and word[0] != "<"}


def _write_binary(model: Trigrams, path: Path) -> None:
    from pocketsphinx import NGramModel

    arpa = path.with_suffix(".arpa")
    ngrams.write_arpa(model, arpa)
    try:
        NGramModel.readfile(str(arpa)).write(str(path), _BINARY)
    finally:
        arpa.unlink()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
