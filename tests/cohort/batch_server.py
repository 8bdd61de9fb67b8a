"""A service on the loopback that takes batches: files, batches, and nothing else."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CRITIQUE = {
    "claims": [],
    "dimensions": {},
    "reasoning_reason": "few reasons",
    "reasoning": 1,
    "overall_reason": "vocabulary",
    "overall": 1,
    "summary": "Names what is watched.",
}


class BatchServer:
    """`with BatchServer() as server`: a batch is answered when `finished` is set.

    `failing` replies of a batch are failures, `reply` is what the others are; `live` are the calls that were
    not part of a batch, and `refuses` makes each of them fail.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.finished = False
        self.lose_reply = False
        self.failing = 0
        self.reply: str = json.dumps(CRITIQUE)
        self.live: list[dict[str, Any]] = []
        self.refuses = False
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                server.post(self, self.path, self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                server.get(self, self.path.removeprefix("/v1/").partition("?")[0])

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "BatchServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def post(self, call: BaseHTTPRequestHandler, path: str, content: bytes) -> None:
        """Take a file, a batch, or a live call."""
        if path == "/v1/chat/completions":
            asked = json.loads(content)
            # This service does not stream: what asked for a stream asks again, and is one call all the same.
            if not asked.get("stream"):
                self.live.append(asked)
            if self.refuses:
                return _whole(call, 404, b'{"error": {"message": "no such model"}}')
            return _say(call, self.completion(json.dumps(CRITIQUE)))
        if path == "/v1/files":
            id = f"file-{len(self.files)}"
            found = re.search(rb"\r\n\r\n(\{.*?\})\n\r\n--", content, re.DOTALL)
            assert found is not None
            self.files[id] = found[1]
            return _say(call, {"id": id, "object": "file"})
        if path != "/v1/batches":
            return _whole(call, 404, b"{}")
        id = f"batch-{len(self.batches)}"
        self.batches[id] = {**json.loads(content), "id": id, "object": "batch"}
        if self.lose_reply:
            call.close_connection = True
            call.connection.close()
            return None
        return _say(call, self.batch(id))

    def get(self, call: BaseHTTPRequestHandler, name: str) -> None:
        """Show a batch or all of them, or the content of a file."""
        if name == "batches":
            batches = [self.batch(id) for id in self.batches]
            return _say(call, {"object": "list", "data": batches, "has_more": False})
        if name.startswith("batches/"):
            return _say(call, self.batch(name.removeprefix("batches/")))
        id = name.removeprefix("files/").removesuffix("/content").removeprefix("out-")
        return _whole(call, 200, self.output(id), "application/octet-stream")

    def requests(self, batch: str) -> list[dict[str, Any]]:
        """What was asked in a batch, line by line."""
        content = self.files[self.batches[batch]["input_file_id"]]
        return [json.loads(line) for line in content.splitlines()]

    def batch(self, id: str) -> dict[str, Any]:
        """A batch as the service shows it."""
        asked = self.batches[id]
        state = (
            {"status": "completed", "output_file_id": f"out-{id}"}
            if self.finished
            else {"status": "in_progress"}
        )
        return {"error_file_id": None, "output_file_id": None, **asked, **state}

    def completion(self, text: str) -> dict[str, Any]:
        """A chat completion of 1,000 tokens in and 100 out."""
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "gpt-5.4-mini",
            "choices": [choice],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        }

    def output(self, id: str) -> bytes:
        """The replies of a batch, the first `failing` of them failures."""
        lines = []
        for place, asked in enumerate(self.requests(id)):
            body = self.completion(self.reply)
            status = 500 if place < self.failing else 200
            lines.append(
                json.dumps(
                    {"custom_id": asked["custom_id"], "response": {"status_code": status, "body": body}}
                )
            )
        return "\n".join(lines).encode()


def _say(call: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    _whole(call, 200, json.dumps(body).encode())


def _whole(call: BaseHTTPRequestHandler, status: int, content: bytes, kind: str = "application/json") -> None:
    call.send_response(status)
    call.send_header("Content-Type", kind)
    call.send_header("Content-Length", str(len(content)))
    call.end_headers()
    call.wfile.write(content)
