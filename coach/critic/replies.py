"""Replies: what the model is asked to write, as types, as strict JSON schemas, and read back leniently."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, from_json
from pydantic_core.core_schema import no_info_after_validator_function

from coach.domain import ClaimKind

_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCED = re.compile(r"```[ \t]*(?:json)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL | re.IGNORECASE)
# What a repair is told; a model that got everything wrong is not helped by more.
_PROBLEMS_TOLD = 12


# What a reply may hold at most: more is not shown, and a model that loops must come to an end.
MOST_CLAIMS, MOST_DIMENSIONS, MOST_PARTS, MOST_QUOTES = 12, 3, 16, 4


def _half_marks(top: int) -> tuple[AfterValidator, WithJsonSchema]:
    """A mark in [0, top]: asked for in halves; another number between them is taken as it is."""

    def check(value: float | None) -> float | None:
        if value is not None and not 0 <= value <= top:
            raise ValueError(f"must lie between 0 and {top:g}, or be null")
        return value

    halves = [half // 2 if half % 2 == 0 else half / 2 for half in range(2 * top + 1)]
    return AfterValidator(check), WithJsonSchema(
        {"anyOf": [{"enum": halves, "type": "number"}, {"type": "null"}]}
    )


class _AtMost:
    """A list that is asked for with at most `count` items; what a reply holds beyond them is passed over."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(lambda value: value[: self._count], handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "maxItems": self._count}


class Reply(BaseModel):
    """Base of all replies: keys that were not asked for are passed over, numbers in strings are not read."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


R = TypeVar("R", bound=Reply)


class ClaimReply(Reply):
    """A claim as the model wrote it: its quote is not yet known to be one."""

    quote: str
    kind: ClaimKind
    dimensions: Annotated[list[str], _AtMost(MOST_DIMENSIONS)]
    comment: str
    better: str


class DepthReply(Reply):
    """The model's depth for a dimension, null where it cannot judge; the reason comes before it."""

    reason: str
    depth: Literal[0, 1, 2, 3] | None


class CritiqueReply(Reply):
    """A whole review: claims first, and every reason before its number, so that marks follow from reasons.

    `dimensions` has a depth for each expected dimension, by its id.
    """

    claims: Annotated[list[ClaimReply], _AtMost(MOST_CLAIMS)]
    dimensions: dict[str, DepthReply]
    reasoning_reason: str
    reasoning: Annotated[float | None, *_half_marks(3)]
    overall_reason: str
    overall: Annotated[float | None, *_half_marks(5)]
    summary: str


class FollowUpReply(Reply):
    """One question, and the speaker's words that it takes up."""

    quote: str
    question: str


class RewritePartReply(Reply):
    """A piece of the better version, with the quotes that it is to rest on."""

    text: str
    quotes: Annotated[list[str], _AtMost(MOST_QUOTES)]
    fill_in: bool


class RewriteReply(Reply):
    """The better version in pieces."""

    parts: Annotated[list[RewritePartReply], _AtMost(MOST_PARTS)]


class Unusable(Exception):
    """A reply that does not fit; `problems` say what is wrong, `bare` whether it was at least bare JSON."""

    def __init__(self, problems: Sequence[str], *, bare: bool) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.bare = bare


def strict_schema(model: type[Reply], dimensions: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON schema of `model` in the form that strict mode takes: every key required, none besides.

    `dimensions` are the ids that a review must give a depth for, and the only ones that a claim may name.
    """
    return dict(json.loads(_strict_schema_text(model, tuple(dimensions))))


@cache
def _strict_schema_text(model: type[Reply], dimensions: tuple[str, ...]) -> str:
    schema = model.model_json_schema()
    if "DepthReply" in schema.get("$defs", {}) and dimensions:
        depth = {"$ref": "#/$defs/DepthReply"}
        schema["properties"]["dimensions"] = {
            "type": "object",
            "properties": dict.fromkeys(dimensions, depth),
            "required": list(dimensions),
            "additionalProperties": False,
        }
        ids = schema["$defs"]["ClaimReply"]["properties"]["dimensions"]
        ids["items"] = {"type": "string", "enum": list(dimensions)}
    for part in [schema, *schema.get("$defs", {}).values()]:
        part["additionalProperties"] = False
        part["required"] = list(part["properties"])
        part.pop("description", None)
        part.pop("title", None)
        for field in part["properties"].values():
            field.pop("title", None)
    return json.dumps(schema)


def without_bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` without the lengths of its lists, for servers whose strict mode does not know them."""
    return dict(json.loads(json.dumps(schema), object_hook=_unbounded))


def _unbounded(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "maxItems"}


def read_reply(text: str, model: type[R]) -> tuple[R, bool]:
    """The reply in `text`, and whether it was bare JSON; where it was not, it stood in a fence or in prose.

    Raises Unusable.
    """
    text = _THOUGHT.sub("", text).strip().removeprefix("\ufeff")
    bare = _json_object(text)
    found = bare if bare is not None else _inner_object(text)
    if found is None:
        raise Unusable(["it holds no complete JSON object"], bare=False)
    try:
        return model.model_validate(found), bare is not None
    except ValidationError as error:
        raise Unusable(_problems(error), bare=bare is not None) from None


def partial_reply(text: str) -> dict[str, Any]:
    """As much of an unfinished reply as can be read already; empty where nothing can."""
    text = _THOUGHT.sub("", text)
    start = text.find("{")
    if start < 0 or text.lstrip().startswith("<think"):
        return {}
    try:
        found = from_json(text[start:].partition("\n```")[0], allow_partial="trailing-strings")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _inner_object(text: str) -> dict[str, Any] | None:
    """The last fenced object, else the widest one in the text: a model may repeat what it read before."""
    for content in reversed(_FENCED.findall(text)):
        found = _json_object(content)
        if found is not None:
            return found
    start, end = text.find("{"), text.rfind("}")
    return _json_object(text[start : end + 1]) if 0 <= start < end else None


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two depths of one dimension neither can be meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise Unusable([f"the key {twice[:60]!r} stands twice in one object"], bare=True)
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _problems(error: ValidationError) -> list[str]:
    found = error.errors(include_input=False, include_url=False)
    told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:_PROBLEMS_TOLD]]
    return [*told, *([f"and {len(found) - _PROBLEMS_TOLD} more"] if len(found) > _PROBLEMS_TOLD else [])]
