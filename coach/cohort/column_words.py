"""Column words: what course systems call their columns, states and summary rows, in their languages."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("column_words.toml")
# Headers that are patterns, not words: a Canvas question, a Moodle answer or mark, a Gradescope question.
CANVAS_QUESTION = re.compile(r"^\d+: ", re.DOTALL)
MOODLE_ANSWER = re.compile(
    r"^(?:response|answer|antwort|réponse|respuesta|resposta|risposta|antwoord|odpověď|odpowiedź|svar|ответ|回答|解答)\s*(\d+)$",
    re.IGNORECASE,
)
MOODLE_QUESTION = re.compile(
    r"^(?:question|frage|pregunta|questão|pergunta|domanda|vraag|otázka|pytanie|fråga|вопрос|問題|试题)\s*(\d+)$",
    re.IGNORECASE,
)
MOODLE_MARK = re.compile(r"^[^\W\d]+[\w ]*/(\d+(?:[.,]\d+)?)$")
GRADESCOPE_QUESTION = re.compile(r"^\d+(?:\.\d+)?: .*\((?P<most>\d+(?:\.\d+)?) pts?\)$", re.DOTALL)
_PATTERNS = (CANVAS_QUESTION, MOODLE_ANSWER, MOODLE_QUESTION, MOODLE_MARK, GRADESCOPE_QUESTION)


def same_words(text: str) -> str:
    r"""A header or state as it is compared: no case, order mark, repeated blanks, and marks at its end.

    >>> same_words("\ufeff Full  Name: * ")
    'full name'
    """
    plain = unicodedata.normalize("NFKC", text).replace("\ufeff", "").casefold()
    return " ".join(plain.split()).rstrip(" :*?？")


@cache
def role_names() -> dict[str, tuple[str, ...]]:
    """The names of columns by what these hold, those that tell most first."""
    return {role: tuple(map(same_words, names)) for role, names in _table()["roles"].items()}


@cache
def words(kind: str) -> frozenset[str]:
    """The words of a kind: `yes`, `draft`, `summary`, `system_rows` or `nobody`."""
    return frozenset(map(same_words, _table()["words"][kind]))


@cache
def _known() -> frozenset[str]:
    return frozenset(name for names in role_names().values() for name in names)


def is_column_name(cell: str) -> bool:
    """Whether a cell says what a column of answers, students or marks is called."""
    text = cell.strip()
    return same_words(text) in _known() or any(pattern.match(text) for pattern in _PATTERNS)


def refuses(cell: str) -> bool:
    """Whether a cell that tells if a mark may be changed says anything but yes, in whatever language."""
    said = same_words(cell)
    return bool(said) and said not in words("yes")


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)
