"""Faults: what the vendor's package raises, told as one ServiceError with no secret in it."""

import json
import math
import re
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import httpx2
import openai
import pydantic

from coach.errors import ServiceError

# Parameters that some services do not know; a refusal that names one is no reason to give up.
OPTIONAL_PARAMETERS = (
    *("response_format", "stream_options", "max_completion_tokens", "max_tokens", "seed", "temperature"),
)
# What an unusable reply surfaces as: the vendor's package checks little of what it is sent.
GARBAGE = (
    json.JSONDecodeError,
    UnicodeDecodeError,
    httpx2.DecodingError,
    openai.APIResponseValidationError,
    pydantic.ValidationError,
)
FAULTS = (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, OSError, *GARBAGE)
_LONGEST_REMARK = 200
_KEY_LIKE = re.compile(r"\b(?:sk-|Bearer\s+)[^\s\"',;]{6,}")
_RETRIED_STATUS = (408, 409, 429, 500, 502, 503, 504)


class ParameterRefused(ServiceError):
    """The service refused the call for one optional parameter, `parameter`."""

    def __init__(self, message: str, parameter: str, status: int) -> None:
        super().__init__(message, "refused", status=status)
        self.parameter = parameter


def service_error(error: BaseException, where: str, model: str, secrets: Sequence[str]) -> ServiceError:
    """Tell `error` as a ServiceError; `where` is the service's address, `secrets` are never repeated."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, where, model, secrets)
    if never_reached(error):
        return ServiceError(
            f"{where} cannot be reached; check the address and that the server runs",
            "unreachable",
            retryable=True,
        )
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return ServiceError(
            f"{where} sent nothing for too long; raise COACH_TIMEOUT for a slow model",
            "timeout",
            retryable=True,
        )
    if isinstance(error, GARBAGE):
        return ServiceError(
            f"{where} sent what is no reply of this protocol ({type(error).__name__})",
            "garbage",
            retryable=True,
        )
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError | httpx2.StreamError | OSError):
        return _of_connection(error, where)
    remark = redacted(str(error), secrets)
    return ServiceError(f"{where} reported: {remark}", "broken", retryable=isinstance(error, openai.APIError))


def redacted(text: str, secrets: Sequence[str]) -> str:
    """`text` on one line, shortened, with every secret and whatever looks like a key taken out."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[hidden]")
    text = " ".join(_KEY_LIKE.sub("[hidden]", text).split())
    return text if len(text) <= _LONGEST_REMARK else text[: _LONGEST_REMARK - 1] + "…"


def never_reached(error: BaseException) -> bool:
    """Whether a call failed before a service was reached, so that it cost nothing."""
    cause = error.__cause__ or error
    return isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | ConnectionRefusedError)


def _of_connection(error: BaseException, where: str) -> ServiceError:
    cause = error.__cause__ or error
    return ServiceError(f"{where} cut the connection ({type(cause).__name__})", "cut", retryable=True)


def _of_status(error: openai.APIStatusError, where: str, model: str, secrets: Sequence[str]) -> ServiceError:
    status = error.status_code
    remark = redacted(_remark(error), secrets)
    if status == 401:
        return ServiceError(
            f"{where} refused the key (401); check it in coach doctor", "denied", status=status
        )
    if status == 403:
        return ServiceError(
            f"{where} does not allow this key the call (403): {remark}", "denied", status=status
        )
    if status == 404:
        return ServiceError(
            f"{where} has no model {model!r}, or nothing at this address (404); check COACH_MODEL, and "
            "that a compatible server's address ends as its manual says, mostly in /v1",
            "not_found",
            status=status,
        )
    if 300 <= status < 400:
        return ServiceError(
            f"{where} sends callers elsewhere ({status}); answers are not sent on: give the new address",
            "refused",
            status=status,
        )
    if status == 429 and error.code in ("insufficient_quota", "billing_hard_limit_reached"):
        return ServiceError(f"{where}: the account's quota is used up (429)", "quota", status=status)
    if status in _RETRIED_STATUS or status >= 500:
        said = f": {remark}" if remark else ""
        return ServiceError(
            f"{where} is {'busy' if status in (429, 503) else 'failing'} ({status}){said}",
            "busy" if status in (429, 503) else "broken",
            retryable=status in _RETRIED_STATUS,
            retry_after=retry_after(error.response.headers),
            status=status,
        )
    message = f"{where} refused the call ({status}): {remark}"
    parameter = _refused_parameter(error)
    if parameter:
        return ParameterRefused(message, parameter, status)
    return ServiceError(message, "refused", status=status)


def retry_after(headers: "httpx2.Headers") -> float | None:
    """Seconds that a reply asks to wait, from Retry-After (seconds or a date) or its millisecond form."""
    try:
        if "retry-after-ms" in headers:
            asked = float(headers["retry-after-ms"]) / 1000
            return max(asked, 0) if math.isfinite(asked) else None
        value = headers.get("retry-after", "")
        if not value:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return float(value)
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0)
    except (ValueError, OverflowError):
        return None


def _remark(error: openai.APIStatusError) -> str:
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.message or "")


def _refused_parameter(error: openai.APIStatusError) -> str | None:
    if error.status_code not in (400, 415, 422, 501):
        return None
    named = str(error.param or "").split(".")[0]
    if named in OPTIONAL_PARAMETERS:
        return named
    said = f"{_remark(error)} {error.body}".replace("json_schema", "response_format")
    return next((name for name in OPTIONAL_PARAMETERS if name in said), None)
