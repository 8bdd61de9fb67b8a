"""The base of every type that flows between the parts."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of every type here: immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
