"""The errors that a user can meet.

CoachError              anything that ends a command with one line
├── UsageError          the call itself is wrong: an unknown question, an option that does not fit
├── InputError          what was handed in cannot be read as an answer
├── PackError           a pack of questions and references is broken
├── EncoderError        the sentence encoder is missing, altered or not the one that is needed
├── WeightsError        the trained head is missing, damaged or made for another encoder
├── SpeechError         a recogniser, a microphone or a recording cannot be used
├── HistoryError        what was kept of earlier attempts cannot be read or written
├── SettingsError       a setting in the environment, .env or the config file cannot be used
└── ServiceError        a service that was asked over the network did not give what was asked for
"""


class CoachError(Exception):
    """Say what went wrong, where, and what to do, in one line; `exit_code` is what a command ends with."""

    exit_code = 1


class UsageError(CoachError):
    """The call is wrong: nothing was read or scored."""

    exit_code = 2


class InputError(CoachError):
    """The answer cannot be read: missing, binary, too large or in an unknown encoding."""


class PackError(CoachError):
    """A pack does not hold together; `problems` lists every error found, each with file and line."""

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class EncoderError(CoachError):
    """The encoder is missing or its weights are not the expected ones."""


class WeightsError(CoachError):
    """The trained head cannot be used as it is."""


class SpeechError(CoachError):
    """A recogniser, a microphone or a recording cannot be used, or what it gave is not to be relied on."""


class HistoryError(CoachError):
    """What was kept of earlier attempts cannot be read, written or deleted."""


class SettingsError(CoachError):
    """A setting cannot be used; the message names it and where it was set, never a secret value."""

    exit_code = 2


class ServiceError(CoachError):
    """A service failed: unreachable, refusing, cut short, or its reply cannot be used.

    `kind` is one word for programs, `retryable` whether the same call may succeed later, `retry_after` the
    seconds that the service asked to wait, where it did; `status` its HTTP status, where there was one.
    `cost` is set where what failed was paid for all the same: US dollars, as far as they are known.
    """

    cost: float = 0.0

    def __init__(
        self,
        message: str,
        kind: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable
        self.retry_after = retry_after
        self.status = status
