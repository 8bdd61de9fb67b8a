"""Remarks: what a service said of a failure, as one line of text with no secret in it."""

import re
from collections.abc import Sequence
from typing import Any

_LONGEST_REMARK = 200
_KEY_LIKE = re.compile(r"\b(?:sk-|Bearer\s+)[^\s\"',;]{6,}")
# Where services put their words, the likeliest first: OpenAI, FastAPI, Ollama, and others.
_WORDS = ("message", "msg", "detail", "error", "errors", "reason", "title")
_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d+)"
# "maximum context length is 4096 tokens. However, you requested 7000 tokens", "request (7000 tokens) exceeds
# the available context size (4096 tokens)", "Requested tokens (7000) exceed context window of 4096".
_LIMIT = re.compile(
    rf"(?:context (?:length|size|window)|maximum (?:context|input)|n_ctx)\D{{0,40}}?{_NUMBER}", re.IGNORECASE
)
_ASKED = re.compile(
    rf"(?:request(?:ed)?|resulted in|prompt|input|messages)\b[^.;\d]{{0,40}}?\(?{_NUMBER} tokens"
    rf"|requested tokens \({_NUMBER}\)|got {_NUMBER}",
    re.IGNORECASE,
)
_ABOUT_CONTEXT = re.compile(
    r"context.{0,20}(?:length|size|window|too (?:long|large))|exceed_context|too many tokens", re.IGNORECASE
)


def redacted(text: str, secrets: Sequence[str]) -> str:
    """`text` on one line, shortened, with every secret and whatever looks like a key taken out."""
    text = " ".join(_KEY_LIKE.sub("[hidden]", without_secrets(text, secrets)).split())
    return text if len(text) <= _LONGEST_REMARK else text[: _LONGEST_REMARK - 1] + "…"


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """`text` with every secret taken out, the longest first: one may be a part of another."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[hidden]")
    return text


def said(body: Any) -> str:
    """The words in the body of a failure, whatever its shape; empty where it has none.

    >>> said({"detail": [{"loc": ["body"], "msg": "Field required"}]})
    'Field required'
    """
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(said, body[:3])))
    if isinstance(body, dict):
        return next(filter(None, (said(body.get(name)) for name in _WORDS)), "")
    return ""


def context_sizes(text: str, body: Any) -> tuple[int | None, int | None] | None:
    """The tokens that were asked for and those that the model can take, where a failure is about them.

    Each is None where it is not told; the whole is None for any other failure.

    >>> context_sizes("request (7000 tokens) exceeds the available context size (4096 tokens)", {})
    (7000, 4096)
    """
    found = body if isinstance(body, dict) else {}
    fields = found.get("n_prompt_tokens"), found.get("n_ctx")
    if isinstance(fields[0], int) and isinstance(fields[1], int):
        return fields[0], fields[1]
    if not _ABOUT_CONTEXT.search(f"{text} {found.get('code')} {found.get('type')}"):
        return None
    return _number(_ASKED.search(text)), _number(_LIMIT.search(text))


def _number(match: re.Match[str] | None) -> int | None:
    if match is None:
        return None
    return int(next(group for group in match.groups() if group).replace(",", ""))
