"""Settings: environment, .env and config file to one frozen object that never shows a secret."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError

from coach.domain import Frozen
from coach.errors import SettingsError

CONFIG_VARIABLE = "COACH_CONFIG"
DEFAULT_MODEL = "gpt-5.4-mini"
_OPENAI_HOST = "api.openai.com"
# Azure asks for a version with every call; this one knows strict JSON schemas.
DEFAULT_API_VERSION = "2024-10-21"
_OFF = ("", "0", "false", "no", "off")

# The variable of each setting, in the environment and in .env.
VARIABLES = {
    "api_key": "OPENAI_API_KEY",
    "base_url": "OPENAI_BASE_URL",
    "model": "COACH_MODEL",
    "azure_endpoint": "AZURE_OPENAI_ENDPOINT",
    "azure_deployment": "AZURE_OPENAI_DEPLOYMENT",
    "azure_api_key": "AZURE_OPENAI_API_KEY",
    "azure_token": "AZURE_OPENAI_AD_TOKEN",
    "azure_api_version": "OPENAI_API_VERSION",
    "critic": "COACH_CRITIC",
    "samples": "COACH_SAMPLES",
    "max_cost": "COACH_MAX_COST",
    "max_tokens": "COACH_MAX_TOKENS",
    "reasoning_effort": "COACH_REASONING_EFFORT",
    "api": "COACH_API",
    "concurrency": "COACH_CONCURRENCY",
    "deadline": "COACH_DEADLINE",
    "timeout": "COACH_TIMEOUT",
    "prices": "COACH_PRICES",
    "offline": "COACH_OFFLINE",
}
_ENDPOINTS = ("base_url", "azure_endpoint")
_SECRETS = ("api_key", "azure_api_key", "azure_token")


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a web address such as http://localhost:11434/v1")
    if parts.username or parts.password:
        # It would be shown wherever the address is; a key has a setting of its own, which is hidden.
        raise ValueError("must hold no user name or password; give the key as OPENAI_API_KEY")
    return value


def _sendable(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (secret.isascii() and secret.isprintable()):
        raise ValueError("must hold visible ASCII characters only; copy it anew")
    return value


# What travels in a header of each call.
Key = Annotated[SecretStr, AfterValidator(_sendable)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(Frozen):
    """What the user set. `max_cost` in US dollars for one run, `deadline` and `timeout` in seconds.

    `deadline` bounds one call with all its retries, `timeout` the wait for the next bytes of it.
    `sources` says for each setting that was given where it came from.
    """

    api_key: Key | None = None
    base_url: WebAddress | None = None
    model: str | None = None
    azure_endpoint: WebAddress | None = None
    azure_deployment: str | None = None
    azure_api_key: Key | None = None
    azure_token: Key | None = None
    azure_api_version: str = DEFAULT_API_VERSION
    critic: bool = True
    samples: int = Field(default=1, ge=1, le=15)
    max_cost: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    max_tokens: int = Field(default=6000, ge=16)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    api: Literal["auto", "chat", "responses"] = "auto"
    concurrency: int = Field(default=4, ge=1, le=64)
    deadline: float = Field(default=180, gt=0, allow_inf_nan=False)
    timeout: float = Field(default=60, gt=0, allow_inf_nan=False)
    prices: Path | None = None
    offline: bool = False
    sources: Mapping[str, str] = {}

    @property
    def service(self) -> Literal["azure", "compatible", "openai"] | None:
        """Which kind of service was set up, or None where there is neither a key nor an address."""
        if self.azure_endpoint:
            return "azure"
        if self.base_url and urlsplit(self.base_url).hostname != _OPENAI_HOST:
            return "compatible"
        return "openai" if self.api_key else None

    @property
    def has_critic(self) -> bool:
        """Whether a critic is to be asked: a service is set up, switched on, and connections are allowed."""
        return self.critic and not self.offline and self.service is not None

    @property
    def chosen_model(self) -> str:
        """The model that is asked for; a compatible server that was given none is asked for "default"."""
        if self.azure_endpoint:
            return self.azure_deployment or self.model or ""
        return self.model or ("default" if self.service == "compatible" else DEFAULT_MODEL)

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The secret values themselves, for redaction; print them nowhere."""
        values = (getattr(self, name) for name in _SECRETS)
        return tuple(value.get_secret_value() for value in values if value is not None)

    def shown(self) -> tuple[tuple[str, str, str], ...]:
        """Every setting as (variable, value with secrets hidden, source)."""
        rows = []
        for name, variable in VARIABLES.items():
            value = getattr(self, name)
            text = "not set" if value is None else str(value)
            if isinstance(value, SecretStr):
                text = f"hidden ({len(value.get_secret_value())} characters)"
            rows.append((variable, text, self.sources.get(name, "default")))
        return tuple(rows)


def config_file(environment: Mapping[str, str]) -> Path:
    """Where the config file lies: COACH_CONFIG, else config.toml in the XDG config folder."""
    named = environment.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    home = environment.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "mlops-answer-coach" / "config.toml"


def load_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Gather the settings: the environment wins over `.env` in `folder`, that over the config file.

    Raises SettingsError, with the variable or key and its file, for a value that cannot be used, an unknown
    key of the config file, and an address from `.env` that would be sent a key from elsewhere.
    """
    environment = os.environ if environment is None else environment
    dotenv = (folder or Path.cwd()) / ".env"
    config = config_file(environment)
    given: dict[str, Any] = {}
    sources: dict[str, str] = {}
    layers = (
        (_config_values(config, named=CONFIG_VARIABLE in environment), str(config)),
        (_by_variable(_dotenv_values(dotenv)), ".env"),
        (_by_variable(environment), "environment"),
    )
    offline = False
    for values, source in layers:
        # Connections stay ruled out, whichever place rules them out.
        offline = offline or bool(values.get("offline"))
        for name, value in values.items():
            given[name], sources[name] = value, source
    _refuse_stray_address(sources)
    try:
        return Settings(**{**given, "offline": offline}, sources=sources)
    except ValidationError as error:
        raise SettingsError(_reason(error, sources)) from None


def _refuse_stray_address(sources: Mapping[str, str]) -> None:
    """A `.env` that came with somebody's files must not send the user's own key to an address of theirs."""
    for endpoint in _ENDPOINTS:
        if sources.get(endpoint) != ".env":
            continue
        for secret in _SECRETS:
            if secret in sources and sources[secret] != ".env":
                raise SettingsError(
                    f".env: sets {VARIABLES[endpoint]}, but {VARIABLES[secret]} comes from "
                    f"{sources[secret]}; put both in one place, so that no folder sends your key elsewhere"
                )


def _by_variable(variables: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        value = variables.get(variable, "").strip()
        if not value:
            continue
        found[name] = value.lower() not in _OFF if name in ("critic", "offline") else value
    return found


def _config_values(path: Path, named: bool) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            raise SettingsError(f"{path}: no such file; {CONFIG_VARIABLE} names it") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML ({error}); a line is written: model = 'NAME'") from None
    for key in values:
        if key not in VARIABLES:
            near = difflib.get_close_matches(key, VARIABLES, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(VARIABLES)}"
            raise SettingsError(f"{path}: there is no setting {key!r}; {advice}")
    return values


def _dotenv_values(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (FileNotFoundError, IsADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error})") from None
    return dict(pair for pair in map(_assignment, lines) if pair is not None)


def _assignment(line: str) -> tuple[str, str] | None:
    """The name and value of a `NAME=value` line; others belong to other programs and are passed over."""
    name, equals, value = line.strip().removeprefix("export ").partition("=")
    name, value = name.strip(), value.strip()
    if not equals or name.startswith("#"):
        return None
    if value[:1] in ("'", '"'):
        return name, value[1:].partition(value[0])[0]
    return name, value.partition(" #")[0].strip()


def _reason(error: ValidationError, sources: Mapping[str, str]) -> str:
    """What is wrong with the first bad setting; never the value itself, which may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    name = str(first["loc"][0])
    message = str(first["msg"]).removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    return f"{VARIABLES.get(name, name)} ({sources.get(name, 'default')}): {message}"
