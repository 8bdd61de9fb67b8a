"""A microphone made of PulseAudio's null sink: what is played into it is what a recording hears."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

NEEDED = ("pulseaudio", "pactl", "pacat", "paplay")
_PATIENCE = 30.0


def missing() -> str | None:
    """Why there can be no virtual microphone here, or None where there can."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if not sys.platform.startswith("linux") or lacking:
        return f"needs {', '.join(lacking) or 'Linux'} (Debian: pulseaudio, pulseaudio-utils, libasound2-plugins)"
    try:
        import sounddevice  # noqa: F401 - only whether it loads
    except (ImportError, OSError) as error:
        return f"needs sounddevice and PortAudio ({error})"
    return None


class VirtualMicrophone:
    """A running sound server; `environment` leads a program to it."""

    def __init__(self, environment: dict[str, str], server: "subprocess.Popen[bytes]") -> None:
        self.environment = environment
        self._server = server

    def play(self, path: Path) -> None:
        """Play a wav file into the microphone, and return when it is over."""
        subprocess.run(
            ["paplay", "--device=virtmic", str(path)], env=self.environment, check=True, timeout=120
        )

    def unplug(self) -> None:
        """Take the microphone away."""
        self._server.kill()
        self._server.wait()


@contextmanager
def virtual_microphone(folder: Path) -> Iterator[VirtualMicrophone]:
    """Start a sound server with one microphone, below `folder`; it is gone when this ends."""
    (folder / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    environment = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    command = [
        *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
        *("-L", f"module-native-protocol-unix socket={folder}/native auth-anonymous=1"),
        *("-L", "module-null-sink sink_name=virtmic rate=48000 channels=1"),
        *("-L", "module-remap-source source_name=mic master=virtmic.monitor"),
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ExitStack() as stack:
        server = stack.enter_context(subprocess.Popen(command, env=environment, **quiet))
        stack.callback(server.kill)
        environment["PULSE_SERVER"] = f"unix:{folder}/native"
        started = time.monotonic()
        while subprocess.run(["pactl", "info"], env=environment, check=False, **quiet).returncode:
            if time.monotonic() - started > _PATIENCE or server.poll() is not None:
                raise RuntimeError("the sound server did not start")
            time.sleep(0.1)
        # Without something playing, the null sink's clock stands still.
        clock = ["pacat", "--playback", "-d", "virtmic", "--rate=16000", "--channels=1", "--latency-msec=20"]
        zeros = stack.enter_context(open("/dev/zero", "rb"))
        ticking = stack.enter_context(subprocess.Popen(clock, env=environment, stdin=zeros, **quiet))
        stack.callback(ticking.kill)
        yield VirtualMicrophone(environment, server)
