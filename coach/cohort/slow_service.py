"""A slow service: answers each review after a fixed time, so many calls at once, in a process of its own.

`python -m coach.cohort.slow_service SECONDS AT_ONCE` prints its port on the loopback, and ends when its input
ends.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_CRITIQUE = {
    "claims": [],
    "dimensions": {},
    "reasoning": 1,
    "reasoning_reason": "x",
    "overall": 2,
    "overall_reason": "x",
    "summary": "x",
}


class SlowServer(ThreadingHTTPServer):
    """A thread a connection; `calls` are those answered so far, which GET tells."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, seconds: float, at_once: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls = 0
        self._seconds = seconds
        self._room = threading.Semaphore(at_once)

    def reply(self, body: dict[str, Any]) -> bytes:
        """A fixed reply, streamed where that was asked for, after the fixed time."""
        with self._room:
            self.calls += 1
            time.sleep(self._seconds)
        text = json.dumps(_CRITIQUE)
        shared = {"id": "x", "created": 0, "model": "bench"}
        if not body.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            return json.dumps({**shared, "object": "chat.completion", "choices": [choice]}).encode()
        piece = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        chunk = json.dumps({**shared, "object": "chat.completion.chunk", "choices": [piece]})
        return f"data: {chunk}\n\ndata: [DONE]\n\n".encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small replies must not wait for more to send.
    disable_nagle_algorithm = True
    server: SlowServer

    def do_GET(self) -> None:
        self._send("text/plain", str(self.server.calls).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/chat/completions"):
            # As a server that has no other kind of calls.
            self.send_error(404)
            return
        content = self.server.reply(body)
        self._send("text/event-stream" if body.get("stream") else "application/json", content)

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return None


def main(seconds: float, at_once: int) -> None:
    """Serve until the input ends."""
    server = SlowServer(seconds, at_once)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    print(server.server_address[1], flush=True)  # noqa: T201 - who began this waits for it
    sys.stdin.read()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
