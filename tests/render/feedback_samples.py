"""Feedback built by hand: what feedback_samples.yaml tells, and feedback in which every text is the same."""

import math
from pathlib import Path
from typing import Any

import yaml

from coach.domain import (
    Answer,
    AskedQuestion,
    Depth,
    DepthChange,
    DimensionScore,
    Evidence,
    Expectation,
    Feedback,
    FrameCheck,
    HarmfulFinding,
    Length,
    Manipulation,
    MarkPart,
    MaskedSentence,
    MaskTest,
    NearestReference,
    NextStep,
    Notice,
    Question,
    Score,
    ScorerId,
    ToolSpan,
)
from coach.scoring.explanation import separates

BLANK = "____"
LEADS = ("", "Named, not explained. ", "Add the reason: what goes wrong without it. ")
SCORER = ScorerId(
    name="offline",
    version="0.1.0",
    encoder="all-MiniLM-L6-v2@53aa51172d14",
    weights="9c41d07be2a5",
    pack="mlops 1 (4be01d7f93c2)",
)
Told = dict[str, Any]
TOLD: Told = yaml.safe_load(Path(__file__).with_name("feedback_samples.yaml").read_text(encoding="utf-8"))


def sample(told: Told) -> Feedback:
    """Return the feedback that one sample tells; its sentences are joined by spaces."""
    asked = question(told["question"])
    sentences = [one["text"] for one in told.get("sentences", ())]
    text = " ".join(sentences)
    depths = told.get("depths", {})
    marks = (told["overall"], told["reasoning"])
    after = told.get("after", {"overall": marks[0], "reasoning": marks[1]})
    masked = masked_sentences(told, text)
    return Feedback(
        question=AskedQuestion(
            id=asked.id,
            level=asked.level,
            text=asked.text,
            time_limit=asked.time_limit,
            expects=asked.expects,
        ),
        answer=Answer(text=text, question=asked.id),
        score=Score(
            overall=marks[0],
            reasoning=marks[1],
            dimensions=tuple(dimension(asked, name, text, told) for name in TOLD["titles"]),
            harmful=tuple(harmful(one, text, sentences) for one in told.get("harmful", ())),
            confidence=told["confidence"],
            scorer=SCORER,
            parts=tuple(MarkPart(kind=kind, points=of) for kind, of in told.get("parts", {}).items()),
            doubtful=tuple(Evidence(**place(text, sentences[one])) for one in told.get("doubtful", ())),
        ),
        headline=told["headline"],
        mask_test=MaskTest(
            masked=" ".join(one.masked for one in masked),
            before=marks[0],
            after=after["overall"],
            reasoning_before=marks[1],
            reasoning_after=after["reasoning"],
            changed=tuple(DepthChange(**one) for one in told.get("changed", ())),
            sentences=masked,
            tools=tool_spans(told, text),
            verdict=told["verdict"],
        ),
        frame=tuple(frame_check(step, asked, depths) for step in TOLD["frame"]),
        manipulation=tuple(
            Manipulation(**place(text, sentences[number])) for number in told.get("manipulation", ())
        ),
        length=length(len(text.split()), asked.time_limit),
        next_steps=tuple(NextStep(**one) for one in told.get("next_steps", ())),
        follow_up=TOLD["follow_up"],
        notices=tuple(Notice(**one) for one in told.get("notices", ())),
    )


def question(name: str) -> Question:
    """Return a question with its expectations, without references."""
    told = TOLD["questions"][name]
    return Question(
        id=name,
        level="two-minute" if told["time_limit"] == 120 else "beginner",
        text=told["text"],
        time_limit=told["time_limit"],
        expectations=tuple(
            Expectation(dimension=one, hint=TOLD["hints"][one], references=()) for one in told["expects"]
        ),
        harmful=(),
        follow_ups=(),
    )


def place(text: str, quote: str) -> Told:
    """Return start, end and quote of words that stand in `text`."""
    start = text.index(quote)
    return {"start": start, "end": start + len(quote), "quote": quote}


def dimension(asked: Question, name: str, text: str, told: Told) -> DimensionScore:
    """Return one dimension's score; its evidence is the sentence or the tool names told."""
    found = told.get("depths", {}).get(name, {"depth": 0})
    depth = Depth(found["depth"])
    quotes = found.get("tools", ())
    if "sentence" in found:
        quotes = (told["sentences"][found["sentence"]]["text"],)
    weak = name in asked.expects and depth < Depth.REASONED
    title = TOLD["titles"][name]
    higher = NearestReference(
        text=TOLD["references"][name], depth=Depth.REASONED, similarity=told.get("similarity", 0.58)
    )
    nearest = NearestReference(
        text=f"For {title.lower()} there is a checklist.", depth=Depth.NAMED, similarity=0.61
    )
    return DimensionScore(
        dimension=name,
        title=title,
        expected=name in asked.expects,
        depth=depth,
        raw=float(depth),
        evidence=tuple(Evidence(**place(text, quote)) for quote in quotes),
        missing=LEADS[depth] + TOLD["hints"][name] if weak else None,
        nearest=nearest if text else None,
        higher=higher if weak and text else None,
        separates=separates(depth, TOLD["hints"][name]) if weak else None,
        named_by_tools="tools" in found,
    )


def harmful(told: Told, text: str, sentences: list[str]) -> HarmfulFinding:
    """Return a finding about one sentence."""
    return HarmfulFinding(
        **place(text, sentences[told["sentence"]]),
        statement="What is often said.",
        safer=told["safer"],
        why=told["why"],
        probability=told["probability"],
    )


def masked_sentences(told: Told, text: str) -> tuple[MaskedSentence, ...]:
    """Return the sentences with every tool name blanked."""
    names = [tool["name"] for tool in told.get("tools", ())]
    masked, start = [], 0
    for one in told.get("sentences", ()):
        start = text.index(one["text"], start)
        blanked = one["text"]
        for name in names:
            blanked = blanked.replace(name, BLANK)
        lost = one.get("lost", False)
        masked.append(
            MaskedSentence(
                start=start,
                end=start + len(one["text"]),
                masked=blanked,
                tools=blanked.count(BLANK),
                substance=0.4 if lost else 2.3,
                kept=not lost,
            )
        )
        start += len(one["text"])
    return tuple(masked)


def tool_spans(told: Told, text: str) -> tuple[ToolSpan, ...]:
    """Return every mention of the sample's tools, in order."""
    spans = []
    for tool in told.get("tools", ()):
        name, start = tool["name"], text.find(tool["name"])
        while start >= 0:
            spans.append(
                ToolSpan(
                    name=name,
                    start=start,
                    end=start + len(name),
                    canonical=tool.get("canonical", name),
                    category="platform",
                    guessed=tool.get("guessed", False),
                )
            )
            start = text.find(name, start + len(name))
    return tuple(sorted(spans, key=lambda span: span.start))


def frame_check(step: Told, asked: Question, depths: Told) -> FrameCheck:
    """Return what one step of the frame got."""
    held = tuple(name for name in step["dimensions"] if name in asked.expects)
    return FrameCheck(
        step=step["id"],
        title=step["title"],
        asks=step["asks"],
        depth=Depth(max((depths[name]["depth"] for name in held if name in depths), default=0)),
        applies=bool(held),
        dimensions=held,
    )


def length(words: int, limit: int) -> Length:
    """Return a length at 130 to 150 words a minute."""
    slow = words / 130 * 60
    verdict = "short" if slow < limit / 2 else "fits" if slow < limit else "over"
    return Length.model_validate(
        {
            "words": words,
            "seconds_fast": words / 2.5,
            "seconds_slow": slow,
            "limit": limit,
            "verdict": verdict,
        }
    )


SAMPLES = {name: sample(told) for name, told in TOLD["samples"].items()}


def long_answer(sentences: int) -> Feedback:
    """Return feedback with this many masked sentences, tools, findings and passages to the grader."""
    text = " ".join(f"Tool{number} does it." for number in range(sentences))
    base = sample({**TOLD["samples"]["empty"], "sentences": [{"text": text}]})
    pieces = [place(text, f"Tool{number} does it.") for number in range(sentences)]
    spans = [place(text, f"Tool{number} ") for number in range(sentences)]
    found: Told = {"statement": "s", "safer": "Safer.", "why": "Why.", "probability": 0.9}
    return base.model_copy(
        update={
            "score": base.score.model_copy(
                update={"harmful": tuple(HarmfulFinding(**piece, **found) for piece in pieces)}
            ),
            "mask_test": base.mask_test.model_copy(
                update={
                    "sentences": tuple(
                        MaskedSentence(
                            start=piece["start"],
                            end=piece["end"],
                            masked=f"{BLANK} does it.",
                            tools=1,
                            substance=0.1,
                            kept=False,
                        )
                        for piece in pieces
                    ),
                    "tools": tuple(
                        ToolSpan(
                            name=span["quote"].strip(),
                            start=span["start"],
                            end=span["end"] - 1,
                            canonical=span["quote"].strip(),
                            category="platform",
                            guessed=False,
                        )
                        for span in spans
                    ),
                }
            ),
            "manipulation": tuple(Manipulation(**piece) for piece in pieces),
        }
    )


def arbitrary(text: str) -> Feedback:
    """Return feedback in which every free text is `text`, and every section has something to say."""
    base = SAMPLES["hostile"]
    whole: Told = {"start": 0, "end": len(text), "quote": text}
    one = DimensionScore(
        dimension=text,
        title=text,
        expected=True,
        depth=Depth.NAMED,
        raw=1.0,
        evidence=(Evidence(**whole),),
        missing=text,
        nearest=NearestReference(text=text, depth=Depth.NAMED, similarity=0.5),
        higher=NearestReference(text=text, depth=Depth.REASONED, similarity=-0.5),
        separates=text,
    )
    step = FrameCheck(step=text, title=text, asks=text, depth=Depth.ABSENT, applies=True, dimensions=(text,))
    lost = MaskedSentence(start=0, end=len(text), masked=text, tools=1, substance=0.1, kept=False)
    return Feedback(
        question=base.question.model_copy(update={"id": text, "text": text}),
        answer=Answer(text=text, question=text),
        score=Score(
            overall=2.5,
            reasoning=1.5,
            dimensions=(
                one,
                one.model_copy(update={"named_by_tools": True}),
                one.model_copy(update={"expected": False}),
            ),
            harmful=(HarmfulFinding(**whole, statement=text, safer=text, why=text, probability=0.5),),
            confidence=0.5,
            scorer=ScorerId(name=text, version=text, encoder=text, weights=text, pack=text),
            parts=(
                MarkPart(kind="coverage", points=3.0),
                MarkPart(kind="reasons", points=0.5),
                MarkPart(kind="harm", points=-1.0),
            ),
            doubtful=(Evidence(**whole),),
        ),
        headline=text,
        mask_test=MaskTest(
            masked=text,
            before=2.5,
            after=1.0,
            reasoning_before=1.5,
            reasoning_after=math.pi / 3,
            changed=(DepthChange(dimension=text, before=Depth.DESCRIBED, after=Depth.NAMED),),
            sentences=(lost, lost.model_copy(update={"tools": 0, "kept": True})),
            tools=(ToolSpan(name=text, start=0, end=len(text), canonical=text, category=text, guessed=True),),
            verdict=text,
        ),
        frame=(
            step,
            step.model_copy(update={"depth": Depth.NAMED}),
            step.model_copy(update={"applies": False}),
        ),
        manipulation=(Manipulation(**whole),),
        length=Length(words=1, seconds_fast=0.4, seconds_slow=0.5, limit=60, verdict="short"),
        next_steps=(NextStep(action=text, why=text, dimension=text, gain=0.3),),
        follow_up=text,
        notices=(Notice(kind="info", text=text), Notice(kind="warning", text=text)),
    )
