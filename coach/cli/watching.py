"""Shows feedback while it comes about: the offline page first, then the critique as it streams."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.status import Status
from rich.text import Text

from coach.domain import Feedback
from coach.render.plain import visible
from coach.render.terminal import print_feedback
from coach.render.terminal_critique import CritiquePage

# So many of the last lines of an unfinished critique are shown; more would scroll a small terminal.
_LINES_SHOWN = 12


class Waiting:
    """A spinner on stderr while a person waits and stdout is for a program."""

    def __init__(self, asks: bool) -> None:
        self._console = Console(stderr=True)
        self._status = Status("Reading your answer", console=self._console)
        self._asks = asks

    def __enter__(self) -> Self:
        """Start the spinner, where stderr is a terminal."""
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self._status.stop()

    def offline(self, feedback: Feedback) -> None:
        """The offline feedback is complete; what takes time now is the critic."""
        if self._asks:
            self._status.update("Asking the critic")

    def partial(self, text: str) -> None:
        """Show nothing of it: stdout is for a program."""


class Showing(Waiting):
    """Prints the offline page as soon as it is there, and the critique below it while it streams."""

    def __init__(self, console: Console, asks: bool) -> None:
        super().__init__(asks)
        self._page = console
        self._live: Live | None = None
        self._notices = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the unfinished critique off the screen."""
        super().__exit__(kind, error, trace)
        if self._live is not None:
            self._live.stop()
            self._live = None

    def offline(self, feedback: Feedback) -> None:
        """Print the offline page; what comes after is the critic's."""
        self._status.stop()
        self._notices = len(feedback.notices)
        print_feedback(feedback, self._page)
        if self._asks:
            self._live = Live(Text("Asking the critic…", "dim"), console=self._page, transient=True)
            self._live.start()

    def partial(self, text: str) -> None:
        """Show the end of what can be read so far."""
        if self._live is not None and text:
            lines = Text(visible(text), "dim").wrap(self._page, self._page.width)
            self._live.update(Text("\n").join(lines[-_LINES_SHOWN:]))

    def finished(self, feedback: Feedback) -> None:
        """Print the critique, or why there is none."""
        self._page.print(CritiquePage(feedback))
        for notice in feedback.notices[self._notices :]:
            self._page.print(Text(visible(notice.text), "yellow"))
