"""Times: when rows were handed in, read by what the whole column shows of its way to write them."""

import re
import tomllib
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1)
# Day 0 of a spreadsheet's date numbers, and those from 1990 to 2100 that are read as such.
_SHEET_DAY = datetime(1899, 12, 30)
_SHEET_DAYS = (32_874, 73_051)
_ISO = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"(?<![\d:])(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?!\d)")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})\s*[:h]\s*(\d{2})(?:\s*[:.]\s*(\d{2})(?:[.,]\d+)?)?\s*"
    r"(a\.?\s?m\.?(?!\w)|p\.?\s?m\.?(?!\w)|上午|下午|午前|午後|오전|오후)?",
    re.IGNORECASE,
)
_HALF_BEFORE = re.compile(r"(上午|下午|午前|午後|오전|오후)\s*\d")
_AFTERNOON = ("p", "下午", "午後", "오후")
_ZONE = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?(?!\d)|\b(Z|UTC|GMT)\b")
# Minutes from UTC, of the zones that exports write by letters.
_ZONES = {
    **{
        "EST": -300,
        "EDT": -240,
        "CST": -360,
        "CDT": -300,
        "MST": -420,
        "MDT": -360,
        "PST": -480,
        "PDT": -420,
    },
    **{
        "WET": 0,
        "WEST": 60,
        "BST": 60,
        "CET": 60,
        "CEST": 120,
        "MEZ": 60,
        "MESZ": 120,
        "EET": 120,
        "EEST": 180,
    },
    **{"MSK": 180, "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780},
}
_LETTERS = re.compile(r"\b(" + "|".join(_ZONES) + r")\b")
_YEAR, _DAY = re.compile(r"(?<!\d)(\d{4})(?!\d)"), re.compile(r"(?<![\d:])(\d{1,2})(?![\d:])")
_WORD = re.compile(r"[^\W\d_]+\.?", re.UNICODE)
_MONTHS = Path(__file__).with_name("months.toml")


class Moment(NamedTuple):
    """A time in seconds since 1970 (UTC where a zone is written); None where it cannot be read.

    `other` is the time with day and month exchanged, where both readings are dates.
    """

    seconds: float | None
    other: float | None = None


class DayOrder:
    """Which of two numbers of a column's dates is the day: found from all of its dates.

    A number above 12 tells it; else the order in which forms collect rows: the reading by which times never
    go back. `known` is false where neither tells.
    """

    def __init__(self) -> None:
        self._first = self._second = False
        self._back = [0, 0]
        self._last: list[float | None] = [None, None]

    def see(self, text: str) -> None:
        """Take another date of the column into account."""
        found = _NUMBERS.search(text)
        if found is None or _ISO.search(text):
            return
        self._first |= int(found[1]) > 12
        self._second |= int(found[2]) > 12
        for place, day_first in enumerate((True, False)):
            seconds = _seconds(text, day_first)
            last = self._last[place]
            if seconds is not None:
                self._back[place] += last is not None and seconds < last
                self._last[place] = seconds

    @property
    def contradictory(self) -> bool:
        """Whether some dates can only be read day first and others only month first."""
        return self._first and self._second

    @property
    def known(self) -> bool:
        """Whether the column tells which number is the day."""
        return self._first != self._second or self._back[0] != self._back[1]

    @property
    def day_first(self) -> bool:
        """Whether the day stands first; month first where the column does not tell."""
        if self._first != self._second:
            return self._first
        return self._back[0] < self._back[1]


def moment(text: str, order: DayOrder) -> Moment:
    """Read a time as a column writes it; `order` has seen that column.

    >>> moment("13/02/2024 10:00", DayOrder()).seconds == moment("2024-02-13T10:00Z", DayOrder()).seconds
    True
    """
    seconds = _seconds(text, order.day_first)
    if seconds is None:
        seconds = _seconds(text, not order.day_first)
        return Moment(seconds)
    if order.known and not order.contradictory:
        return Moment(seconds)
    other = _seconds(text, not order.day_first)
    return Moment(seconds, other if other != seconds else None)


def day_order(texts: Iterable[str]) -> DayOrder:
    """The order of day and month in these dates of one column."""
    order = DayOrder()
    for text in texts:
        order.see(text)
    return order


def _seconds(text: str, day_first: bool) -> float | None:
    text = text.strip()
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = 0.0
    try:
        if _SHEET_DAYS[0] <= number <= _SHEET_DAYS[1]:
            return (_SHEET_DAY + timedelta(days=number) - _EPOCH).total_seconds()
        if number >= 6e8:
            # Seconds, or milliseconds, as programs count them.
            return number / 1000 if number > 6e10 else number
        found = _date(text, day_first)
        if found is None:
            return None
        date, rest = found
        clock, rest = _clock(rest)
        return (datetime(*date) - _EPOCH).total_seconds() + clock - 60 * _offset(rest)
    except (ValueError, OverflowError):
        return None


def _date(text: str, day_first: bool) -> tuple[tuple[int, int, int], str] | None:
    """Year, month and day, and the text without them."""
    found = _ISO.search(text)
    if found:
        return (int(found[1]), int(found[2]), int(found[3])), _without(text, found)
    found = _NUMBERS.search(text)
    if found:
        day, month = (found[1], found[2]) if day_first else (found[2], found[1])
        year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
        return (year, int(month), int(day)), _without(text, found)
    month_number, rest = _month(text)
    year_found = _YEAR.search(rest)
    if not month_number or not year_found:
        return None
    rest = _without(rest, year_found)
    day_found = _DAY.search(_CLOCK.sub(lambda clock: " " * len(clock[0]), rest))
    if not day_found:
        return None
    rest = rest[: day_found.start()] + " " + rest[day_found.end() :]
    return (int(year_found[1]), month_number, int(day_found[1])), rest


def _month(text: str) -> tuple[int, str]:
    """The month that a text names, and the text without its letters' words that name one."""
    for word in _WORD.finditer(text):
        number = _month_names().get(word[0].casefold().rstrip("."))
        if number:
            return number, text[: word.start()] + " " + text[word.end() :]
    return 0, text


@cache
def _month_names() -> dict[str, int]:
    with _MONTHS.open("rb") as file:
        table = tomllib.load(file)
    return {name: int(number) for number, names in table.items() for name in names}


def _clock(text: str) -> tuple[float, str]:
    """Seconds of the day, and the text without them; 0 where none is written."""
    found = _CLOCK.search(text)
    if not found:
        return 0.0, text
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    before = _HALF_BEFORE.search(text)
    half = (found[4] or (before[1] if before else "")).lower()
    if half:
        hour = hour % 12 + (12 if half.startswith(_AFTERNOON) else 0)
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(text)
    return hour * 3600.0 + minute * 60 + second, _without(text, found)


def _offset(text: str) -> int:
    """Minutes from UTC of the zone that a text names; 0 where it names none."""
    found = _LETTERS.search(text)
    if found:
        return _ZONES[found[1]]
    found = _ZONE.search(text)
    if not found or found[4]:
        return 0
    minutes = int(found[2]) * 60 + int(found[3] or 0) if len(found[2]) <= 2 else 0
    return -minutes if found[1] == "-" else minutes


def _without(text: str, found: "re.Match[str]") -> str:
    return text[: found.start()] + " " + text[found.end() :]
