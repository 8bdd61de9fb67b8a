"""Pricing: tokens to US dollars by a table that users can override, and a budget that is never passed."""

import asyncio
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from coach.critic.reading import TokenCount
from coach.domain import Frozen
from coach.errors import ServiceError, SettingsError
from coach.settings import Settings

_SHIPPED = Path(__file__).with_name("prices.toml")
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
# Beside its own bytes, each message costs the protocol a few tokens.
_TOKENS_A_MESSAGE = 16
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Price(Frozen):
    """US dollars for a million tokens; input that the service had cached is cheaper where it says so."""

    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None

    def cost(self, tokens: TokenCount) -> float:
        """US dollars of one call."""
        cached_price = self.input if self.cached_input is None else self.cached_input
        fresh = tokens.prompt - tokens.cached
        millionths = fresh * self.input + tokens.cached * cached_price + tokens.completion * self.output
        return millionths / 1e6


class PriceTable(Frozen):
    """Prices by model; `as_of` is the month that they were listed in."""

    as_of: str = ""
    models: Mapping[str, Price]

    def price(self, model: str) -> Price | None:
        """The price of `model`, or of the model that it is a dated snapshot of; None where it is unknown."""
        return self.models.get(model) or self.models.get(_DATED.sub("", model))

    def most(self, model: str, messages: tuple[Mapping[str, str], ...], max_tokens: int) -> float | None:
        """US dollars that a call of `model` can cost at most; None where its price is unknown."""
        price = self.price(model)
        return price.cost(most_tokens(messages, max_tokens)) if price else None

    def cost(self, tokens: TokenCount | None, *models: str) -> float | None:
        """US dollars of a reply, by the first of `models` with a known price; None where it is unknown."""
        price = next(filter(None, map(self.price, models)), None)
        return price.cost(tokens) if price and tokens else None


def load_prices(settings: Settings) -> PriceTable:
    """The shipped table with the user's own on top; SettingsError where that cannot be read.

    The shipped prices are those of OpenAI. Another server may use its models' names, so for one only the
    user's own prices count.
    """
    shipped = {} if settings.service == "compatible" else _read(_SHIPPED).models
    own = _read(settings.prices).models if settings.prices else {}
    return PriceTable(models={**shipped, **own})


def most_tokens(messages: tuple[Mapping[str, str], ...], max_tokens: int) -> TokenCount:
    """The most tokens that a call can take: no token of a byte-level encoding is shorter than a byte."""
    prompt = sum(len(message["content"].encode()) + _TOKENS_A_MESSAGE for message in messages)
    return TokenCount(prompt=prompt, completion=max_tokens)


class Budget:
    """US dollars that one run may spend; `limit` None means no limit. `spent` counts what is reserved too.

    `spent` begins above nought where earlier runs share the limit.
    """

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        self.limit = limit
        self.spent = spent
        self._in_flight = 0
        self._settled = asyncio.Event()

    def begin(self, spent: float) -> None:
        """Count what was spent before under the same limit."""
        self.spent = spent

    async def admit(self, most: float | None) -> None:
        """Set aside what a call can cost at most, once it fits; ServiceError where it never will.

        Calls in flight mostly cost less than was set aside for them, so what does not fit waits for them.
        """
        while self.limit is not None and most is not None and self.spent + most > self.limit:
            if not self._in_flight:
                break
            self._settled.clear()
            await self._settled.wait()
        self.reserve(most)

    def reserve(self, most: float | None) -> None:
        """Set aside what a call can cost at most; ServiceError where that could pass the limit.

        `most` is None where the price is unknown, which no limit can be kept with.
        """
        if self.limit is None:
            return
        if most is None:
            raise ServiceError(
                "the cost limit cannot be kept, because the price of this model is not known; "
                "add it to the file that COACH_PRICES names, or leave the limit out",
                "budget",
            )
        if self.spent + most > self.limit:
            raise ServiceError(
                f"the next call could cost up to ${most:.4f}, and ${self.spent:.4f} of the limit of "
                f"${self.limit:.4f} is used or set aside",
                "budget",
            )
        self.spent += most
        self._in_flight += 1

    def settle(self, most: float | None, actual: float | None) -> None:
        """Put what a call did cost in place of what was set aside; where that is unknown, the most stays."""
        if self.limit is None or most is None:
            return
        self._in_flight -= 1
        self._settled.set()
        if actual is not None:
            self.spent += actual - most


def _read(path: Path) -> PriceTable:
    try:
        return PriceTable.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path}: cannot be read ({error}); COACH_PRICES names a file of prices"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML ({error})") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}") from None
