"""Faults: what the vendor's package raises, told as one ServiceError with no secret in it."""

import json
import math
import re
import time
import urllib.request
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2
import openai
import pydantic

from coach.critic.remarks import context_sizes, redacted, said
from coach.errors import ServiceError
from coach.settings import Settings

# Parameters that some services do not know; a refusal that names one is no reason to give up. A name that
# holds another stands before it.
OPTIONAL_PARAMETERS = (
    *("response_format", "stream_options", "max_completion_tokens", "max_tokens", "reasoning_effort"),
    *("seed", "temperature", "stream"),
)
# What the messages themselves may be refused for: a role, or words that do not stand in a list of parts.
ROLE, PARTS = "system role", "content as text"
_NO_ROLE = re.compile(
    r"system\b.{0,40}\b(?:role|messages?|prompt)s?\b.{0,60}\b(?:not|n't|no|un|only|must)"
    r"|(?:role|messages?)\b.{0,80}\bsystem\b.{0,60}\b(?:not|n't|invalid|un)"
    r"|(?:not|n't|unsupported|invalid|unknown)\b.{0,40}\b(?:role|message)s?\b.{0,20}\bsystem"
    r"|roles must alternate|does not support system",
    re.IGNORECASE,
)
_NO_TEXT = re.compile(
    r"content\b.{0,80}\b(?:valid list|a list|an array|must be (?:a )?(?:list|array)|list of)", re.IGNORECASE
)
# What an unusable reply surfaces as: the vendor's package checks little of what it is sent.
GARBAGE = (
    json.JSONDecodeError,
    UnicodeDecodeError,
    httpx2.DecodingError,
    openai.APIResponseValidationError,
    pydantic.ValidationError,
)
# A group is what connecting raises where an address cannot even be tried, such as a port above 65,535.
FAULTS = (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, OSError, ExceptionGroup, *GARBAGE)
_PROXIES = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY"
_RETRIED_STATUS = (408, 409, 429, 500, 502, 503, 504)


class ParameterRefused(ServiceError):
    """The service refused the call for one optional parameter, or form of the messages: `parameter`."""

    def __init__(self, message: str, parameter: str, status: int) -> None:
        super().__init__(message, "refused", status=status)
        self.parameter = parameter


def service_error(error: BaseException, where: str, model: str, settings: Settings) -> ServiceError:
    """Tell `error` as a ServiceError; `where` is the address of the service that `settings` set up."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, where, model, settings)
    if never_reached(error):
        told = f"check the {_address_told(settings)} and that the server runs"
        if _by_proxy(where):
            told = (
                f"it is asked by way of the proxy that {_PROXIES} names: check or unset that, or set NO_PROXY"
            )
        return ServiceError(f"{where} cannot be reached; {told}", "unreachable", retryable=True)
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
    body = error.body if isinstance(error, openai.APIError) else None
    remark = redacted(said(body) or str(error), settings.secrets)
    return ServiceError(f"{where} reported: {remark}", "broken", retryable=isinstance(error, openai.APIError))


def proxy_error(error: Exception) -> ServiceError:
    """Tell that the environment's proxy cannot be used; not its address, which may hold a key."""
    missing = isinstance(error, ImportError)
    advice = "install socksio for a SOCKS proxy, or" if missing else "correct"
    return ServiceError(
        f"the proxy that {_PROXIES} names cannot be used; {advice}"
        f"{' unset it' if missing else ' or unset it'}, or name the service in NO_PROXY",
        "proxy",
    )


def never_reached(error: BaseException) -> bool:
    """Whether a call failed before a service was reached, so that it cost nothing."""
    cause = error.__cause__ or error
    if isinstance(cause, ExceptionGroup):
        return True
    return isinstance(
        cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError | ConnectionRefusedError
    )


def _of_connection(error: BaseException, where: str) -> ServiceError:
    cause = error.__cause__ or error
    return ServiceError(f"{where} cut the connection ({type(cause).__name__})", "cut", retryable=True)


def _of_status(error: openai.APIStatusError, where: str, model: str, settings: Settings) -> ServiceError:
    status = error.status_code
    remark = redacted(said(error.body) or error.response.reason_phrase, settings.secrets)
    final = _final(error, status, remark, where, model, settings)
    if final is not None:
        return final
    if status in _RETRIED_STATUS or status >= 500:
        told = f": {remark}" if remark else ""
        busy = status in (429, 503)
        return ServiceError(
            f"{where} is {'busy' if busy else 'failing'} ({status}){told}",
            "busy" if busy else "broken",
            retryable=status in _RETRIED_STATUS,
            retry_after=retry_after(error.response.headers),
            status=status,
        )
    message = f"{where} refused the call ({status}): {remark}"
    parameter = _refused_parameter(error)
    return (
        ParameterRefused(message, parameter, status)
        if parameter
        else ServiceError(message, "refused", status=status)
    )


def _final(
    error: openai.APIStatusError, status: int, remark: str, where: str, model: str, settings: Settings
) -> ServiceError | None:
    """A refusal that neither time nor another form of the call will change; None for any other."""

    def final(text: str, kind: str) -> ServiceError:
        return ServiceError(f"{where} {text}", kind, status=status)

    if status == 401:
        return final(_key_refused(settings, remark), "denied")
    if status == 403:
        return final(f"does not allow this key the call (403): {remark}", "denied")
    if status == 404:
        return final(_not_found(settings, model, remark), "not_found")
    if 300 <= status < 400:
        return final(
            f"sends callers elsewhere ({status}); answers are not sent on: give the new address", "refused"
        )
    if status == 429 and error.code in ("insufficient_quota", "billing_hard_limit_reached"):
        return final("says that the account's quota is used up (429)", "quota")
    sizes = context_sizes(said(error.body), error.body) if status in (400, 413, 422, 500) else None
    if sizes is not None:
        return final(_too_long(sizes, settings, status), "too_long")
    return None


def _key_refused(settings: Settings, remark: str) -> str:
    """What to do about a 401: another key, or one at all."""
    azure = settings.service == "azure"
    key = "AZURE_OPENAI_API_KEY" if azure else "OPENAI_API_KEY"
    if azure and settings.azure_token:
        key = "AZURE_OPENAI_AD_TOKEN, which ends after an hour or so,"
    if not settings.secrets or (not azure and settings.api_key is None):
        return f"wants a key (401), and none is set: set {key}"
    return f"refused the key (401); check {key} in coach doctor"


def _not_found(settings: Settings, model: str, remark: str) -> str:
    if settings.service == "azure":
        return (
            f"has no deployment {model!r} (404): {remark}; check AZURE_OPENAI_DEPLOYMENT, "
            "AZURE_OPENAI_ENDPOINT and OPENAI_API_VERSION"
        )
    address = (
        ", and that OPENAI_BASE_URL ends as the server's manual says, mostly in /v1"
        if settings.base_url
        else ""
    )
    return f"has no model {model!r}, or nothing at this address (404): {remark}; check COACH_MODEL{address}"


def _too_long(sizes: tuple[int | None, int | None], settings: Settings, status: int) -> str:
    asked, limit = sizes
    takes = f"it needs {asked:,} tokens" if asked else "it is too long"
    most = f"holds {limit:,}" if limit else "holds less"
    how = (
        "load the model with a larger context (llama-server -c, OLLAMA_CONTEXT_LENGTH, vllm --max-model-len)"
        if settings.service == "compatible"
        else "choose a model with a larger context"
    )
    return (
        f"cannot take this call ({status}): {takes}, and the model's context {most}; {how}, "
        "or lower COACH_MAX_TOKENS"
    )


def _by_proxy(where: str) -> bool:
    """Whether the environment sends calls to this address through a proxy."""
    parts = urlsplit(where)
    proxies = urllib.request.getproxies()
    through = proxies.get(parts.scheme) or proxies.get("all")
    return bool(through) and not urllib.request.proxy_bypass(parts.hostname or "")


def _address_told(settings: Settings) -> str:
    variables = {"azure": "AZURE_OPENAI_ENDPOINT", "compatible": "OPENAI_BASE_URL"}
    variable = variables.get(settings.service or "")
    return f"address in {variable}" if variable else "connection"


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


def _refused_parameter(error: openai.APIStatusError) -> str | None:
    if error.status_code not in (400, 415, 422, 501):
        return None
    words = said(error.body)
    looks: tuple[tuple[str, Callable[[str], object]], ...] = (
        (ROLE, _NO_ROLE.search),
        (PARTS, _NO_TEXT.search),
    )
    for form, look in looks:
        if look(words):
            return form
    named = str(error.param or "").split(".")[0]
    if named in OPTIONAL_PARAMETERS:
        return named
    told = f"{words} {error.body}".replace("json_schema", "response_format").replace(
        "maxItems", "response_format"
    )
    if re.search(r"\bstreaming\b", told, re.IGNORECASE):
        told += " stream"
    return next((name for name in OPTIONAL_PARAMETERS if re.search(rf"\b{name}\b", told)), None)
