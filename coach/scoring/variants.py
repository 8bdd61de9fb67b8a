"""Variants of graded answers that the head also learns from, so that form alone does not move it.

The graded set holds few denials, few harmful claims inside good answers and no heaps of keywords, all of
which embeddings alone read as substance, and hardly an answer that says its piece twice or pads it out. Each
variant has the labels that follow from the rubric, and weight 0 where it says nothing about a label. Variants
train the head; they are never in the graded bank and never measured.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from coach.scoring.graded import DimensionLabel, GradedAnswer, Labels
from coach.text.segments import segments

Kind = Literal["transcript", "denied", "harmed", "keywords", "padded", "repeated"]
_HAS_NEGATION = re.compile(r"\b(?:not|no|never|nothing|nobody|none|without|cannot|\w+n't)\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|must|has|have|may|might|does|do|did)\b", re.IGNORECASE
)
_PRONOUN = re.compile(r"\b(we|i|they|you|people|nobody else)\b(?=\s+[a-z]{3,})", re.IGNORECASE)
_DENIALS = ("we never", "there is no need to", "nobody has to", "we do not", "it makes no sense to")
_STOP_WORDS = 3
# What people say while they think: true of any subject, so it answers nothing.
_FILLERS = (
    "That is a good question.",
    "Okay, so let me take this step by step.",
    "This comes up in a lot of teams.",
    "It is something that people often underestimate.",
    "I could talk about this for a long time.",
    "There is a lot that one could say here.",
    "In practice it always depends on the situation.",
    "I feel quite strongly about this.",
    "As you can imagine, this is not a simple matter.",
    "I hope that makes sense so far.",
    "To be honest, everybody sees this a bit differently.",
    "And that is basically how I look at it.",
    "We had long discussions about exactly this.",
    "I want to be clear about this point.",
    "At the end of the day that is what counts.",
    "So yeah, that is where I would begin.",
    "I have seen this in several companies.",
    "It sounds easy but it is not.",
    "Let me come back to that in a moment.",
    "That is, in short, the whole story.",
    "Everybody on the team should understand this.",
    "You know what I mean.",
    "This really matters a great deal.",
    "I think we can all agree on that.",
)


@dataclass(frozen=True)
class Variant:
    """A changed answer: its text, and which labels change.

    `origin` is the graded answer it is made of. `denied` dimensions are absent, `open_dimensions` have no
    known depth; `overall` and `reasoning` are new marks, None where unknown; `harm` spans are harmful, and
    `nothing` spans are known to be evidence for nothing.
    """

    origin: GradedAnswer
    kind: Kind
    text: str
    denied: tuple[str, ...] = ()
    open_dimensions: tuple[str, ...] = ()
    overall: float | None = None
    reasoning: float | None = None
    most_depth: float = 3.0
    harm: tuple[tuple[int, int], ...] = ()
    nothing: tuple[tuple[int, int], ...] = ()

    def labelled(self) -> GradedAnswer:
        """The variant as a graded answer with its new labels; evidence is not kept."""
        before = self.origin.labels
        depths = {
            one: DimensionLabel(depth=min(label.depth, self.most_depth))
            for one, label in before.dimensions.items()
            if one not in self.denied
        }
        labels = Labels(
            overall=before.overall if self.overall is None else self.overall,
            reasoning=before.reasoning if self.reasoning is None else self.reasoning,
            dimensions=depths,
            harmful=self.harm,
            tools=before.tools,
        )
        return self.origin.model_copy(update={"answer": self.text, "labels": labels})


def variants(answers: Sequence[GradedAnswer], seed: int) -> tuple[Variant, ...]:
    """Variants of about as many answers as there are, the same ones for the same seed."""
    made: list[Variant] = []
    for place, answer in enumerate(answers):
        chooser = random.Random(f"{seed} {answer.id}")
        strong = answer.labels.overall >= 3
        if answer.channel == "typed" and place % 3 == 0:
            made.append(_transcript(answer))
        if strong:
            made.append(_denied(answer, chooser))
        harmful = [one for one in answers if one.writer == answer.writer and one.labels.harmful]
        if harmful and place % 4 == 1:
            made.append(_harmed(answer, harmful, chooser))
        if strong and place % 5 in (1, 3):
            made.append(_keywords(answer, chooser))
        if place % 4 in (0, 2):
            made.append(_padded(answer, chooser))
        if place % 8 == 3:
            made.append(_unchanged(answer, "repeated", f"{answer.answer} {answer.answer}"))
    return tuple(made)


def denial(sentence: str, chooser: random.Random) -> str | None:
    """`sentence` turned into its denial, or None where it already denies something."""
    if _HAS_NEGATION.search(sentence):
        return None
    auxiliary = _AUXILIARY.search(sentence)
    if auxiliary and chooser.random() < 0.6:
        return f"{sentence[: auxiliary.end()]} not{sentence[auxiliary.end() :]}"
    pronoun = _PRONOUN.search(sentence)
    if pronoun and chooser.random() < 0.8:
        said = chooser.choice(("do not", "never", "don't"))
        return f"{sentence[: pronoun.end()]} {said}{sentence[pronoun.end() :]}"
    return f"{chooser.choice(_DENIALS)} {sentence[:1].lower()}{sentence[1:]}"


def _transcript(answer: GradedAnswer) -> Variant:
    """The answer as a recogniser would write it: every label stays."""
    words = re.sub(r"[^\w\s'%]", " ", answer.answer.lower().replace("’", "'")).split()
    return _unchanged(answer, "transcript", " ".join(words))


def _padded(answer: GradedAnswer, chooser: random.Random) -> Variant:
    """The answer with filler in front, between and behind: length earns nothing, and costs nothing."""
    said = (
        (lambda text: text.lower().replace(".", "").replace(",", "")) if answer.channel == "speech" else str
    )
    parts: list[tuple[str, bool]] = []
    share = chooser.choice((0.15, 0.3, 0.6))
    for piece in segments(answer.answer):
        parts += [(said(chooser.choice(_FILLERS)), True)] if chooser.random() < share else []
        parts.append((said(piece.text), False))
    parts += [(said(one), True) for one in chooser.sample(_FILLERS, chooser.choice((0, 1, 2)))]
    text, spans = _joined(parts)
    return replace(_unchanged(answer, "padded", text), nothing=spans)


def _unchanged(answer: GradedAnswer, kind: Kind, text: str) -> Variant:
    """A change of form: every mark stays."""
    return Variant(
        origin=answer,
        kind=kind,
        text=text,
        overall=answer.labels.overall,
        reasoning=answer.labels.reasoning,
    )


def _denied(answer: GradedAnswer, chooser: random.Random) -> Variant:
    """All evidence of half of the answer's dimensions denied; where that is all, the answer is poor."""
    reached = [one for one, label in answer.labels.dimensions.items() if label.depth >= 2 and label.evidence]
    whole = chooser.random() < 0.4
    chosen = reached if whole else chooser.sample(reached, (len(reached) + 1) // 2)
    spans = [span for dimension in chosen for span in answer.labels.dimensions[dimension].evidence]
    parts: list[tuple[str, bool]] = []
    kept_true = []
    for piece in segments(answer.answer):
        hit = any(
            min(end, piece.end) - max(start, piece.start) > 0.5 * (piece.end - piece.start)
            for start, end in spans
        )
        said = denial(piece.text, chooser) if hit else None
        if hit and said is None:
            kept_true.append((piece.start, piece.end))
        parts.append((said or piece.text, said is not None))
    fully = [
        one
        for one in chosen
        if not any(
            start < true_end and true_start < end
            for start, end in answer.labels.dimensions[one].evidence
            for true_start, true_end in kept_true
        )
    ]
    everything = whole and len(fully) == len(reached) > 0
    text, nothing = _joined(parts)
    return Variant(
        origin=answer,
        kind="denied",
        text=text,
        nothing=nothing,
        denied=tuple(fully),
        open_dimensions=tuple(one for one in answer.labels.dimensions if one not in fully),
        overall=1.0 if everything else None,
        reasoning=1.0 if everything else None,
    )


def _joined(parts: Sequence[tuple[str, bool]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The parts as one text, and where those stand that are marked."""
    text, spans = "", []
    for part, marked in parts:
        text = f"{text} " if text else text
        if marked:
            spans.append((len(text), len(text) + len(part)))
        text += part
    return text, tuple(spans)


def _harmed(answer: GradedAnswer, harmful: Sequence[GradedAnswer], chooser: random.Random) -> Variant:
    """Harmful claims of another answer by the same writer put behind: the mark falls by a step, if it can."""
    source = chooser.choice(harmful)
    claims = [source.answer[start:end] for start, end in source.labels.harmful]
    claims = chooser.sample(claims, min(len(claims), chooser.choice((1, 2))))
    text, spans = answer.answer.rstrip(), list(answer.labels.harmful)
    for claim in claims:
        joint = " " if text.endswith((".", "!", "?")) or answer.channel == "speech" else ". "
        spans.append((len(text) + len(joint), len(text) + len(joint) + len(claim)))
        text = f"{text}{joint}{claim}"
    overall = answer.labels.overall
    return Variant(
        origin=answer,
        kind="harmed",
        text=text,
        open_dimensions=tuple(answer.labels.dimensions),
        overall=max(1.0, overall - 1.5) if overall >= 1 else overall,
        reasoning=min(answer.labels.reasoning, 2.0),
        harm=tuple(spans),
    )


def _keywords(answer: GradedAnswer, chooser: random.Random) -> Variant:
    """The telling words of a good answer in a heap: vocabulary, and nothing more than named."""
    most = chooser.choice((5, 6, 8, 12, 20))
    shuffled = chooser.random() < 0.7
    lines = []
    for piece in segments(answer.answer):
        words = [word for word in re.findall(r"[a-z][a-z-]+", piece.text.lower()) if len(word) > _STOP_WORDS]
        words = sorted(set(words), key=words.index)
        if len(words) < _STOP_WORDS:
            continue
        chosen = chooser.sample(words, min(most, len(words)))
        lines.append(chosen if shuffled else sorted(chosen, key=words.index))
    joint = chooser.choice((" ", " ", ", "))
    return Variant(
        origin=answer,
        kind="keywords",
        text=chooser.choice((". ", "; ", "\n")).join(joint.join(line) for line in lines),
        overall=1.0,
        reasoning=0.0,
        most_depth=1.0,
    )
