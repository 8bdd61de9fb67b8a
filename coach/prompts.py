"""Prompts: versioned files of messages with variables, filled with no variable missing or unknown."""

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from coach import resources
from coach.domain import Frozen
from coach.errors import CoachError, UsageError

_SECTION = re.compile(r"^<!-- (system|user) -->\n", re.MULTILINE)
_VARIABLE = re.compile(r"\{\{ *([a-z_]+) *\}\}")


class Prompt(Frozen):
    """A prompt: its name with its version, as in critique.v1, and its messages as (role, template)."""

    name: str
    templates: tuple[tuple[str, str], ...]

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables that a filling must give."""
        return frozenset(name for _, template in self.templates for name in _VARIABLE.findall(template))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the templates, in hex."""
        return hashlib.sha256(repr(self.templates).encode()).hexdigest()

    def __str__(self) -> str:
        """The name and the first 12 characters of the digest."""
        return f"{self.name} ({self.digest[:12]})"

    def filled(self, values: Mapping[str, str]) -> tuple[dict[str, str], ...]:
        """The messages with their variables replaced; what a value holds is never taken for a variable.

        Raises UsageError that lists the variables that are missing and those that are unknown.
        """
        missing, unknown = sorted(self.variables - set(values)), sorted(set(values) - self.variables)
        if missing or unknown:
            parts = [f"lacks {', '.join(missing)}"] if missing else []
            parts += [f"does not know {', '.join(unknown)}"] if unknown else []
            raise UsageError(f"the prompt {self.name} {' and '.join(parts)}")
        return tuple(
            {"role": role, "content": _VARIABLE.sub(lambda found: values[found[1]], template)}
            for role, template in self.templates
        )


def load_prompt(name: str, directory: Path | None = None) -> Prompt:
    """Load `name` (such as critique.v1) from the prompts that ship, or from `directory`.

    Raises CoachError where the file is missing or has no messages.
    """
    path = (directory or resources.prompts_dir()) / f"{name}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CoachError(f"the prompt {path} cannot be read ({error}); install coach again") from None
    _, *parts = _SECTION.split(text)
    templates = tuple(
        (role, template.strip()) for role, template in zip(parts[::2], parts[1::2], strict=True)
    )
    if not templates:
        raise CoachError(f"{path}: has no message; one begins with the line <!-- system --> or <!-- user -->")
    return Prompt(name=name, templates=templates)
