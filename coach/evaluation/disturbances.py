"""What spoils recordings: noise, a room, and sounds in which nobody speaks; always the same ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from coach.speech.samples import RATE, Samples

# A bare living room: sound dies away by 60 dB in half a second, and what is reflected is as loud as what is
# heard directly.
_REVERBERATION, _DIRECT_TO_REFLECTED = 0.5, 1.0
_SOUND_SECONDS = 12.0


def with_noise(samples: Samples, ratio: float) -> Samples:
    """Add white noise at a signal-to-noise ratio in dB."""
    power = float((samples.astype(np.float64) ** 2).mean())
    level = np.sqrt(power / 10 ** (ratio / 10))
    return _clipped(samples + np.random.default_rng(0).normal(0, level, len(samples)))


def in_room(samples: Samples) -> Samples:
    """Add the reflections of a room: noise that dies away, behind the sound itself."""
    seconds = np.arange(int(_REVERBERATION * RATE)) / RATE
    tail = np.random.default_rng(1).normal(0, 1, len(seconds)) * 10 ** (-3 * seconds / _REVERBERATION)
    # The first reflection comes after 3 ms, from a wall half a metre away.
    tail[: int(0.003 * RATE)] = 0
    tail *= np.sqrt(_DIRECT_TO_REFLECTED / (tail**2).sum())
    tail[0] = 1.0
    # scipy's convolution would take 60 MB more of what is measured.
    size = len(samples) + len(tail)
    spoiled = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: len(samples)]
    return _clipped(spoiled * (np.abs(samples).max() / max(np.abs(spoiled).max(), 1.0)))


def voiceless() -> Iterator[tuple[str, Samples]]:
    """Twenty sounds of twelve seconds in which nobody speaks, with their names."""
    count = int(_SOUND_SECONDS * RATE)
    seconds = np.arange(count) / RATE
    chance = np.random.default_rng(7)
    white = chance.normal(0, 1, count)
    brown = np.cumsum(white)
    brown = (brown - brown.mean()) / np.abs(brown).max()
    yield "digital silence", np.zeros(count, dtype=np.int16)
    yield "one bit of hiss", _clipped(np.round(white * 0.6))
    for level in (30, 300, 3000):
        yield f"white noise {level}", _clipped(white * level)
    for level in (1000, 12_000):
        yield f"rumble {level}", _clipped(brown * level)
    for hertz in (50, 60):
        hum = sum(np.sin(2 * np.pi * hertz * harmonic * seconds) / harmonic for harmonic in (1, 2, 3, 5))
        yield f"mains hum {hertz} Hz", _clipped(np.asarray(hum) * 3000)
    yield "fan", _clipped(_smoothed(white, 40) * 20_000 * (1 + 0.2 * np.sin(2 * np.pi * 3 * seconds)))
    yield "tone", _clipped(np.sin(2 * np.pi * 440 * seconds) * 8000)
    yield "sweep", _clipped(np.sin(2 * np.pi * (100 + 80 * seconds) * seconds) * 8000)
    yield "telephone", _clipped(_gated(seconds, 1.0, 2.0) * np.sin(2 * np.pi * 425 * seconds) * 8000)
    yield "melody", _clipped(_melody(seconds, (262, 294, 330, 392, 440, 392, 330, 294), 0.4) * 7000)
    yield "hummed melody", _clipped(_melody(seconds, (131, 147, 165, 147), 0.8, harmonics=6) * 6000)
    chords = sum(_melody(seconds, steps, 1.0) for steps in ((262, 220), (330, 262), (392, 330)))
    yield "chords", _clipped(np.asarray(chords) * 4000)
    beats = np.exp(-((seconds % 0.5) * 30)) * np.sin(2 * np.pi * 70 * seconds) + 0.2 * white * (
        seconds % 0.25 < 0.03
    )
    yield "drums", _clipped(beats * 9000)
    yield "keyboard", _clipped(white * np.exp(-((seconds % 0.19) * 300)) * 9000)
    for name, length in (("coughs", 0.25), ("sniffs and breaths", 0.6)):
        bursts = np.exp(-((seconds % 2.3) / length * 4)) * _smoothed(white, 12 if length < 0.5 else 3)
        yield name, _clipped(bursts * 25_000)


def _melody(
    seconds: NDArray[np.float64], hertz: tuple[int, ...], step: float, harmonics: int = 3
) -> NDArray[np.float64]:
    pitches = np.asarray(hertz, dtype=np.float64)[(seconds / step).astype(int) % len(hertz)]
    phase = 2 * np.pi * np.cumsum(pitches) / RATE
    tone: NDArray[np.float64] = np.sum([np.sin(n * phase) / n for n in range(1, harmonics + 1)], axis=0)
    return tone * np.minimum(1.0, 6 * (1 - (seconds % step) / step))


def _smoothed(noise: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    return np.convolve(noise, np.ones(width) / width, mode="same")


def _gated(seconds: NDArray[np.float64], on: float, period: float) -> NDArray[np.float64]:
    return (seconds % period < on).astype(np.float64)


def _clipped(sound: NDArray[np.float64]) -> Samples:
    return np.clip(sound, -32768, 32767).astype(np.int16)
