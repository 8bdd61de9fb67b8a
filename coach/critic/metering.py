"""Metering: what one critique takes in calls, tokens and dollars, inside the budget of the whole run."""

from collections.abc import Mapping

from coach.critic.pricing import Budget, PriceTable
from coach.critic.reading import ChatReply
from coach.domain import Usage


class CostMeter:
    """Counts one critique's calls; several meters may share a budget."""

    def __init__(self, budget: Budget, prices: PriceTable, model: str) -> None:
        self._budget = budget
        self._prices = prices
        self._model = model
        self._calls = 0
        self._remembered = 0
        self._counted = True
        self._prompt = 0
        self._completion = 0
        self._cost: float | None = 0.0
        self._known = 0.0

    async def admit(self, messages: tuple[Mapping[str, str], ...], max_tokens: int) -> float | None:
        """Set aside the most that an attempt can cost; ServiceError where that could pass the limit."""
        most = self._prices.most(self._model, messages, max_tokens)
        await self._budget.admit(most)
        return most

    def settle(self, most: float | None, reply: ChatReply | None) -> None:
        """Count a reply, whole or cut short; None is an attempt that was turned away."""
        if reply is None:
            self._budget.settle(most, 0.0)
            return
        self._calls += 1
        cost = self._prices.cost(reply.tokens, reply.model, self._model)
        self._budget.settle(most, cost)
        self._known += cost or 0.0
        self._cost = None if cost is None or self._cost is None else self._cost + cost
        if reply.tokens is None:
            self._counted = False
        else:
            self._prompt += reply.tokens.prompt
            self._completion += reply.tokens.completion

    def remember(self) -> None:
        """Count a reply from the cache, which is free."""
        self._remembered += 1

    @property
    def paid(self) -> float:
        """US dollars that calls took so far, as far as they are known."""
        return self._known

    @property
    def usage(self) -> Usage:
        """What was counted so far."""
        return Usage(
            calls=self._calls,
            remembered=self._remembered,
            prompt_tokens=self._prompt if self._counted else None,
            completion_tokens=self._completion if self._counted else None,
            cost=self._cost,
        )
