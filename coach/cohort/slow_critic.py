"""A slow critic: a local service of known speed, to measure what the coach adds to it."""

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

from pydantic import SecretStr

from coach import resources
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.grading import grade_answers
from coach.cohort.journal import Journal
from coach.cohort.reviewing import Waiting, review_all
from coach.critic.critic import load_critic
from coach.domain import Answer
from coach.settings import Settings

_CRITIQUE = {
    "claims": [],
    "dimensions": [],
    "reasoning": 1,
    "reasoning_reason": "x",
    "overall": 2,
    "overall_reason": "x",
    "summary": "x",
}


class SlowService:
    """`with SlowService() as service` answers each call after SECONDS, AT_ONCE calls at a time."""

    SECONDS: ClassVar[float] = 0.3
    AT_ONCE: ClassVar[int] = 20

    def __init__(self) -> None:
        self.calls = 0
        self._room = threading.Semaphore(self.AT_ONCE)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "SlowService":
        """Begin to serve on a free port of the loopback."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def review(self, scorer: BatchScorer, answers: Sequence[Answer], folder: Path) -> float:
        """The seconds that reviewing graded answers takes, without grading them first."""
        graded = grade_answers(scorer, answers, range(len(answers)))
        waiting = iter(
            [
                Waiting(f"{place:032x}", answer.question, answer.text, one.feedback)
                for place, (answer, one) in enumerate(zip(answers, graded, strict=True))
                if one.feedback is not None
            ]
        )
        settings = Settings(
            base_url=f"http://127.0.0.1:{self._server.server_address[1]}/v1",
            api_key=SecretStr("none"),
            model=f"bench-{time.time_ns()}",
            concurrency=self.AT_ONCE,
        )
        critic = load_critic(
            settings, scorer.pack, resources.default_pack_dir(), follow_up=False, refresh=True
        )
        with Journal(folder / "journal.jsonl") as journal:
            begun = time.perf_counter()
            asyncio.run(review_all(waiting, scorer, critic, journal, _Silent(), self.AT_ONCE))
            return time.perf_counter() - begun

    def reply(self, body: dict[str, Any]) -> bytes:
        """A fixed reply, streamed where that was asked for, after the fixed time."""
        with self._room:
            self.calls += 1
            time.sleep(self.SECONDS)
        text = json.dumps(_CRITIQUE)
        shared = {"id": "x", "created": 0, "model": "bench"}
        if not body.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            return json.dumps({**shared, "object": "chat.completion", "choices": [choice]}).encode()
        piece = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        chunk = json.dumps({**shared, "object": "chat.completion.chunk", "choices": [piece]})
        return f"data: {chunk}\n\ndata: [DONE]\n\n".encode()


class _Silent:
    """Watches without a word."""

    def reviewed(self, cost: float | None, failed: bool) -> None:
        """Nothing to show."""


class _Server(ThreadingHTTPServer):
    """A thread a connection."""

    daemon_threads = True
    request_queue_size = 64


def _handler(service: SlowService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Small replies must not wait for more to send.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = service.reply(body)
            kind = "text/event-stream" if body.get("stream") else "application/json"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            return None

    return Handler
