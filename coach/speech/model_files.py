"""Where the embedded recogniser's model lies."""

from pathlib import Path

DIRECTORY = Path(__file__).resolve().parent / "model"
LANGUAGE_MODEL = "mlops.lm.bin"
DICTIONARY = "mlops.dict"
MANIFEST = "manifest.json"
# Written by hand, and read when the model is built.
PRONUNCIATIONS = DIRECTORY / "pronunciations.txt"
# The tool names that answers have most, one a line.
KEYWORDS = DIRECTORY / "keywords.txt"
