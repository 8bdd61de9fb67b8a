"""Delivery in words and as a strip of time: bands with their sources, not marks."""

from collections.abc import Mapping, Sequence

from coach.render import numbers
from coach.spoken import Delivery, Stretch

# Advice ranges over this band with no consensus (words a minute).
PACE_BAND = (120, 160)
# Laske and DiGennaro Reed (2024), doi 10.1002/jaba.1093: up to five a minute are harmless, twelve hurt.
HARMLESS_FILLERS, HURTFUL_FILLERS = 5, 12
_SHORTEST_STRIP, _OTHER, _SILENT = 10, "·", "_"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def facts(delivery: Delivery) -> tuple[tuple[str, str], ...]:
    """The delivery as pairs of a name and a sentence, in the order to show them."""
    rows = [("Time", _time(delivery)), ("Pace", _pace(delivery)), ("Pauses", _pauses(delivery))]
    if delivery.longest_pause is not None and delivery.longest_pause.seconds >= 1:
        pause = delivery.longest_pause
        between = " and ".join(f"“{word}”" for word in (pause.before, pause.after) if word)
        rows.append(("Longest", f"{pause.seconds:.1f} s, between {between}"))
    rows.append(("Fillers", _fillers(delivery)))
    return tuple(rows)


def strip(
    stretches: Sequence[Stretch], duration: float, titles: Mapping[str, str], cells: int
) -> tuple[str, tuple[str, ...]]:
    """Where the time went: a strip of `cells` characters, a letter for each dimension, and its legend.

    `titles` maps the dimensions to their titles. A character stands for what filled most of its time.
    """
    cells = max(cells, _SHORTEST_STRIP)
    letters = letters_of(stretches)
    seconds: dict[str, float] = dict.fromkeys(letters, 0.0)
    strip_letters = []
    for cell in range(cells):
        since, until = duration * cell / cells, duration * (cell + 1) / cells
        shares: dict[str | None, float] = {}
        for stretch in stretches:
            share = min(stretch.end, until) - max(stretch.start, since)
            if share > 0:
                shares[stretch.dimension] = shares.get(stretch.dimension, 0.0) + share
        name = max(shares, key=lambda one: shares[one]) if shares else ""
        strip_letters.append(_SILENT if name == "" else _OTHER if name is None else letters[name])
    for stretch in stretches:
        if stretch.dimension is not None:
            seconds[stretch.dimension] += stretch.end - stretch.start
    legend = tuple(
        f"{letters[name]} {titles.get(name, name)} {numbers.duration(seconds[name])}" for name in letters
    )
    other = sum(one.end - one.start for one in stretches if one.dimension is None)
    silent = duration - sum(one.end - one.start for one in stretches)
    return "".join(strip_letters), (
        *legend,
        *([f"{_OTHER} nothing that earned a mark {numbers.duration(other)}"] if other else []),
        *([f"{_SILENT} no words {numbers.duration(silent)}"] if _SILENT in strip_letters else []),
    )


def letters_of(stretches: Sequence[Stretch]) -> dict[str, str]:
    """A letter for each dimension, in the order in which they come up."""
    names = dict.fromkeys(one.dimension for one in stretches if one.dimension is not None)
    return {name: _LETTERS[place % len(_LETTERS)] for place, name in enumerate(names)}


def _time(delivery: Delivery) -> str:
    cut = "; the clock cut it off" if delivery.cut_by_clock else ""
    return (
        f"{numbers.duration(delivery.duration)}, speaking {numbers.duration(delivery.speaking)}; "
        f"first word after {delivery.first_word:.1f} s{cut}"
    )


def _pace(delivery: Delivery) -> str:
    low, high = PACE_BAND
    return (
        f"{delivery.pace:.0f} words a minute, {delivery.net_pace:.0f} without the long pauses "
        f"(advice ranges over {low} to {high})"
    )


def _pauses(delivery: Delivery) -> str:
    return (
        f"{delivery.short_pauses} under 0.2 s, {delivery.medium_pauses} up to 1 s, "
        f"{delivery.long_pauses} over (the kinds of Campione and Véronis 2002)"
    )


def _fillers(delivery: Delivery) -> str:
    total = sum(one.count for one in delivery.fillers)
    if not total:
        return "none heard; recognisers drop many"
    named = ", ".join(f"{one.word} {one.count}" for one in delivery.fillers)
    return (
        f"at least {total} ({named}), {delivery.fillers_a_minute:.0f} a minute "
        f"(up to {HARMLESS_FILLERS} do no harm, {HURTFUL_FILLERS} do: Laske and DiGennaro Reed 2024)"
    )
