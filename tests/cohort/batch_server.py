"""A service on the loopback that takes batches: files, batches, and nothing else."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CRITIQUE = {
    "claims": [],
    "dimensions": [],
    "reasoning": 1,
    "reasoning_reason": "few reasons",
    "overall": 1,
    "overall_reason": "vocabulary",
    "summary": "Names what is watched.",
}


class BatchServer:
    """`with BatchServer() as server`: a batch is answered when `finished` is set; `fail` are ids that fail."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.finished = False
        self.lose_reply = False
        self.failing = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/files":
                    id = f"file-{len(server.files)}"
                    found = re.search(rb"\r\n\r\n(\{.*?\})\n\r\n--", content, re.DOTALL)
                    assert found is not None
                    server.files[id] = found[1]
                    return self.say({"id": id, "object": "file"})
                assert self.path == "/v1/batches", "a batch asks for nothing else"
                asked = json.loads(content)
                id = f"batch-{len(server.batches)}"
                server.batches[id] = {**asked, "id": id, "object": "batch"}
                if server.lose_reply:
                    self.close_connection = True
                    self.connection.close()
                    return None
                return self.say(server.batch(id))

            def do_GET(self) -> None:
                name = self.path.removeprefix("/v1/").partition("?")[0]
                if name == "batches":
                    return self.say(
                        {
                            "object": "list",
                            "data": [server.batch(id) for id in server.batches],
                            "has_more": False,
                        }
                    )
                if name.startswith("batches/"):
                    return self.say(server.batch(name.removeprefix("batches/")))
                id = name.removeprefix("files/").removesuffix("/content").removeprefix("out-")
                return self.whole(server.output(id), "application/octet-stream")

            def say(self, body: dict[str, Any]) -> None:
                self.whole(json.dumps(body).encode(), "application/json")

            def whole(self, content: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

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

    def output(self, id: str) -> bytes:
        """The replies of a batch, the first `failing` of them failures."""
        lines = []
        for place, asked in enumerate(self.requests(id)):
            schema = asked["body"]["response_format"]["json_schema"]["schema"]
            text = json.dumps(CRITIQUE if "claims" in schema["properties"] else {"question": "Why so?"})
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            body = {
                "model": "gpt-5.4-mini",
                "choices": [choice],
                "usage": {"prompt_tokens": 1000, "completion_tokens": 100},
            }
            status = 500 if place < self.failing else 200
            lines.append(
                json.dumps(
                    {"custom_id": asked["custom_id"], "response": {"status_code": status, "body": body}}
                )
            )
        return "\n".join(lines).encode()
