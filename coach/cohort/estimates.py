"""Estimates: what a review of a cohort by the critic will cost, before anything is sent."""

from collections.abc import Iterable

from coach.critic import briefing
from coach.critic.pricing import Price
from coach.critic.reading import TokenCount
from coach.packs import Pack
from coach.prompts import load_prompt

# English text takes about four characters a token.
CHARACTERS_A_TOKEN = 4
# What a critique takes to write, in tokens: a typical reply, not the most allowed.
CRITIQUE_TOKENS = 900
# The examples of graded answers that go with each critique, in characters.
EXAMPLES = 4_000


def estimated_cost(
    answers: Iterable[tuple[str, str]], pack: Pack, price: Price, samples: int, share: float = 1.0
) -> float:
    """US dollars for reviewing (question, text) pairs; `share` of the list price, as batches cost half."""
    critique = _characters("critique.v2") + len(briefing.dimensions_told(pack)) + EXAMPLES
    briefs = {
        question.id: len(briefing.references_told(question)) + len(briefing.harmful_told(question))
        for question in pack.questions
    }
    total = 0.0
    for question, text in answers:
        prompt = samples * (critique + briefs[question] + len(text))
        tokens = TokenCount(prompt=prompt // CHARACTERS_A_TOKEN, completion=samples * CRITIQUE_TOKENS)
        total += price.cost(tokens)
    return total * share


def _characters(name: str) -> int:
    return sum(len(template) for _, template in load_prompt(name).templates)
