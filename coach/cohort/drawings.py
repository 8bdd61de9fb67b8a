"""Drawings: charts of a class as inline SVG, readable in print and without colour."""

import html
import math
from collections.abc import Sequence

WIDTH = 720
_INK, _FAINT, _GRID = "#1d2530", "#6b7684", "#e3e8ee"
BLUE = "#2f6299"
# Depth from absent to reasoned: light to dark, so that print in grey keeps the order.
DEPTH_SHADES = ("#eceff3", "#bcd0e5", "#6f9bc8", "#1f4e82")


def histogram(counts: Sequence[int], labels: Sequence[str], title: str, across: str) -> str:
    """Bars of `counts`, each with its number above and its label below."""
    height, base, top, left = 230, 180, 26, 20
    most = max(1, *counts)
    step = (WIDTH - 2 * left) / len(counts)
    parts = []
    for place, (count, label) in enumerate(zip(counts, labels, strict=True)):
        tall = (base - top) * count / most
        x = left + place * step
        parts.append(_rect(x + 3, base - tall, step - 6, tall, BLUE))
        if count:
            parts.append(_text(x + step / 2, base - tall - 5, f"{count:,}", "middle", 12))
        parts.append(_text(x + step / 2, base + 17, label, "middle", 12, _FAINT))
    parts.append(_line(left, base, WIDTH - left, base, _INK))
    parts.append(_text(WIDTH / 2, base + 38, across, "middle", 12, _FAINT))
    return _svg(height, title, parts)


def stacked_bars(rows: Sequence[tuple[str, Sequence[int]]], names: Sequence[str], title: str) -> str:
    """One bar a row, divided by the shares of its counts from left to right, with a legend."""
    left, right, tall, step = 170, 60, 20, 30
    height = 40 + step * len(rows)
    parts = []
    for place, name in enumerate(names):
        parts.append(_rect(left + place * 120, 6, 14, 14, DEPTH_SHADES[place], _FAINT))
        parts.append(_text(left + place * 120 + 20, 18, name, "start", 12))
    for line, (label, counts) in enumerate(rows):
        y = 36 + line * step
        total = sum(counts)
        parts.append(_text(left - 8, y + 15, label, "end", 13))
        x = float(left)
        for place, count in enumerate(counts):
            wide = (WIDTH - left - right) * count / max(1, total)
            parts.append(_rect(x, y, wide, tall, DEPTH_SHADES[place], _FAINT if count else "none"))
            share = round(100 * count / max(1, total))
            if wide > 34:
                shade = "#fff" if place >= 2 else _INK
                parts.append(_text(x + wide / 2, y + 15, f"{share}%", "middle", 11, shade))
            x += wide
        parts.append(_text(WIDTH - right + 8, y + 15, f"{total:,}", "start", 12, _FAINT))
    return _svg(height, title, parts)


def heat_map(
    cells: Sequence[Sequence[int]],
    across: Sequence[str],
    down: Sequence[str],
    title: str,
    axes: tuple[str, str],
    corners: Sequence[tuple[int, int, str]] = (),
) -> str:
    """Counts by column and row, darker where there are more; `corners` name places (row, column)."""
    left, top, tall = 120, 24, 46
    step = (WIDTH - left - 20) / len(across)
    most = max(1, *(count for row in cells for count in row))
    parts = []
    for line, row in enumerate(cells):
        y = top + line * tall
        parts.append(_text(left - 8, y + tall / 2 + 4, down[line], "end", 12))
        for place, count in enumerate(row):
            x = left + place * step
            share = math.sqrt(count / most)
            parts.append(_rect(x, y, step - 2, tall - 2, _shade(share)))
            if count:
                parts.append(
                    _text(
                        x + step / 2 - 1,
                        y + tall / 2 + 4,
                        f"{count:,}",
                        "middle",
                        12,
                        "#fff" if share > 0.55 else _INK,
                    )
                )
    for line, place, name in corners:
        y = top + line * tall + tall - 8
        parts.append(_text(left + place * step + step / 2 - 1, y, name, "middle", 10, _FAINT))
    bottom = top + tall * len(cells)
    for place, label in enumerate(across):
        parts.append(_text(left + place * step + step / 2 - 1, bottom + 16, label, "middle", 12, _FAINT))
    parts.append(_text(left + (WIDTH - left - 20) / 2, bottom + 36, axes[0], "middle", 12, _FAINT))
    parts.append(_text(8, top - 8, axes[1], "start", 12, _FAINT))
    return _svg(bottom + 46, title, parts)


def dots(
    points: Sequence[tuple[float, float]],
    means: Sequence[tuple[float, float]],
    title: str,
    axes: tuple[str, str],
    top: float,
) -> str:
    """A point for each answer, and a line through the means of groups of them."""
    left, right, upper, base = 50, 20, 16, 230
    widest = max([1.0, *(x for x, _ in points)])

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (WIDTH - left - right) * x / widest, base - (base - upper) * y / top

    parts = []
    for mark in range(int(top) + 1):
        _, y = place(0, mark)
        parts.append(_line(left, y, WIDTH - right, y, _GRID))
        parts.append(_text(left - 8, y + 4, str(mark), "end", 12, _FAINT))
    for x, y in points:
        across, down = place(x, y)
        parts.append(f'<circle cx="{across:.1f}" cy="{down:.1f}" r="2.6" fill="{BLUE}" fill-opacity=".3"/>')
    if means:
        line = " ".join(f"{across:.1f},{down:.1f}" for across, down in (place(x, y) for x, y in means))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{_INK}" stroke-width="2"/>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        across, _ = place(widest * share, 0)
        parts.append(_text(across, base + 18, f"{widest * share:,.0f}", "middle", 12, _FAINT))
    parts.append(
        _text(
            (left + WIDTH - right) / 2,
            base + 38,
            f"{axes[0]} (line: means; up: {axes[1]})",
            "middle",
            12,
            _FAINT,
        )
    )
    return _svg(base + 48, title, parts)


def intervals(rows: Sequence[tuple[str, float, float, float]], title: str, across: str) -> str:
    """One line a row from low to high with a dot at its middle figure, about a line at nought."""
    left, right, step = 210, 30, 28
    reach = max([0.5, *(max(abs(low), abs(high)) for _, _, low, high in rows)])

    def place(value: float) -> float:
        return left + (WIDTH - left - right) * (value + reach) / (2 * reach)

    bottom = 14 + step * len(rows)
    parts = [_line(place(0), 6, place(0), bottom, _FAINT)]
    for line, (label, middle, low, high) in enumerate(rows):
        y = 22 + line * step
        parts.append(_text(left - 10, y + 4, label, "end", 12))
        parts.append(_line(place(low), y, place(high), y, BLUE, 3))
        parts.append(f'<circle cx="{place(middle):.1f}" cy="{y}" r="5" fill="{_INK}"/>')
    for value in (-reach, 0.0, reach):
        parts.append(
            _text(place(value), bottom + 16, f"{value:+.1f}" if value else "0", "middle", 12, _FAINT)
        )
    parts.append(_text((left + WIDTH - right) / 2, bottom + 34, across, "middle", 12, _FAINT))
    return _svg(bottom + 44, title, parts)


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    name = html.escape(title)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{name}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{name}</title>{"".join(parts)}</svg>'
    )


def _rect(x: float, y: float, wide: float, tall: float, fill: str, stroke: str = "none") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0, wide):.1f}" height="{max(0, tall):.1f}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width=".5"/>'
    )


def _text(x: float, y: float, text: str, anchor: str, size: int, fill: str = _INK) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text {place} fill="{fill}">{html.escape(text)}</text>'


def _line(x: float, y: float, to_x: float, to_y: float, stroke: str, wide: int = 1) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{wide}"/>'


def _shade(share: float) -> str:
    """From nearly white to the darkest blue."""
    low, high = (241, 244, 248), (31, 78, 130)
    mixed = (round(one + (other - one) * share) for one, other in zip(low, high, strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)
