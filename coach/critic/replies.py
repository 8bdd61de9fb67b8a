"""Replies: what the model is asked to write, as types, as strict JSON schemas, and read back leniently."""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from coach.domain import ClaimKind

_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCED = re.compile(r"```[ \t]*(?:json)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL | re.IGNORECASE)
# What a repair is told; a model that got everything wrong is not helped by more.
_PROBLEMS_TOLD = 12


def _within(top: float) -> AfterValidator:
    def check(value: float | None) -> float | None:
        if value is not None and not 0 <= value <= top:
            raise ValueError(f"must lie between 0 and {top:g}, or be null")
        return value

    return AfterValidator(check)


class Reply(BaseModel):
    """Base of all replies: keys that were not asked for are passed over, numbers in strings are not read."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


R = TypeVar("R", bound=Reply)


class ClaimReply(Reply):
    """A claim as the model wrote it: its quote is not yet known to be one."""

    quote: str
    kind: ClaimKind
    dimension: str | None
    comment: str
    better: str


class DepthReply(Reply):
    """The model's depth for a dimension, null where it cannot judge."""

    dimension: str
    depth: Literal[0, 1, 2, 3] | None
    reason: str


class CritiqueReply(Reply):
    """A whole review. The claims come first, so that the marks follow from them, not they from the marks."""

    claims: list[ClaimReply]
    dimensions: list[DepthReply]
    reasoning: Annotated[float | None, _within(3)]
    reasoning_reason: str
    overall: Annotated[float | None, _within(5)]
    overall_reason: str
    summary: str


class FollowUpReply(Reply):
    """One question."""

    question: str


class RewritePartReply(Reply):
    """A piece of the better version, with the quotes that it is to rest on."""

    text: str
    quotes: list[str]
    fill_in: bool


class RewriteReply(Reply):
    """The better version in pieces."""

    parts: list[RewritePartReply]


class Unusable(Exception):
    """A reply that does not fit; `problems` say what is wrong, `bare` whether it was at least bare JSON."""

    def __init__(self, problems: Sequence[str], *, bare: bool) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.bare = bare


def strict_schema(model: type[Reply], dimensions: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON schema of `model` in the form that strict mode takes: every key required, none besides.

    `dimensions` are the only ids that a field named dimension may hold.
    """
    return dict(json.loads(_strict_schema_text(model, tuple(dimensions))))


@cache
def _strict_schema_text(model: type[Reply], dimensions: tuple[str, ...]) -> str:
    schema = model.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        part["additionalProperties"] = False
        part["required"] = list(part["properties"])
        part.pop("description", None)
        for name, field in part["properties"].items():
            field.pop("title", None)
            if name == "dimension" and dimensions:
                ids = {"type": "string", "enum": list(dimensions)}
                part["properties"][name] = {"anyOf": [ids, {"type": "null"}]} if "anyOf" in field else ids
        part.pop("title", None)
    return json.dumps(schema)


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
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _problems(error: ValidationError) -> list[str]:
    found = error.errors(include_input=False, include_url=False)
    told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:_PROBLEMS_TOLD]]
    return [*told, *([f"and {len(found) - _PROBLEMS_TOLD} more"] if len(found) > _PROBLEMS_TOLD else [])]
