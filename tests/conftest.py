"""Surroundings that are the same for every test: no network for models, no terminal of the person testing."""

import os

from hypothesis import settings

# Both are read when a library is imported, which is after this.
os.environ["HF_HUB_OFFLINE"] = "1"
# These would decide whether and how wide output is coloured or cut; a test that wants colour asks for it.
for name in (
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "LINES",
    "NO_COLOR",
    "PY_COLORS",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
):
    os.environ.pop(name, None)

# A deadline would measure how busy the machine is.
settings.register_profile("coach", deadline=None)
settings.load_profile("coach")
