"""A server on the loopback that speaks chat completions, well or badly, as a test tells it to."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Body = dict[str, Any]
Model = Callable[[Body], str]
Mode = Literal["json_schema", "json_object"]


@dataclass
class Request:
    """One call that the server got."""

    path: str
    headers: dict[str, str]
    body: Body

    @property
    def mode(self) -> str | None:
        return (self.body.get("response_format") or {}).get("type")

    @property
    def prompt(self) -> str:
        return "\n".join(message["content"] for message in self.body.get("messages", self.body.get("input")))


Behaviour = Callable[["Handler", Body], None]


@dataclass
class Script:
    """What the server does: `queue` first, one for each call, then `always`."""

    always: Behaviour
    queue: deque[Behaviour] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    responses: Behaviour | None = None
    models: tuple[str, ...] | None = None


class Handler(BaseHTTPRequestHandler):
    """Hands each call to the script; HTTP/1.1, so that a stream is chunked and a cut is seen."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        models = self.server.script.models
        if models is None:
            return self.whole(404, b"{}")
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "x"} for name in models]
        return self.whole(200, json.dumps({"object": "list", "data": listed}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script = self.server.script
        if self.path.endswith("/responses") and script.responses is None:
            # As most servers: the Responses API is not there. Looking for it is no call to a model.
            return self.whole(404, b'{"detail": "Not Found"}')
        script.requests.append(
            Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        )
        behave = script.queue.popleft() if script.queue else script.always
        if self.path.endswith("/responses") and script.responses is not None:
            behave = script.responses
        try:
            behave(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def whole(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, data: Any) -> None:
        self.raw(b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n")

    def raw(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def end_stream(self) -> None:
        self.event(b"[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> None:
        self.server.script.stopped.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Script

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what many tests are about."""


class ChatServer:
    """`with ChatServer(says("...")) as server:` serves at `server.url` until the block ends."""

    def __init__(self, always: Behaviour, *first: Behaviour) -> None:
        self.script = Script(always=always, queue=deque(first))
        self._http = _Server(("127.0.0.1", 0), Handler)
        self._http.script = self.script
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def requests(self) -> list[Request]:
        return self.script.requests

    def __enter__(self) -> "ChatServer":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.script.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def chunk(content: str | None = None, finish: str | None = None, **more: Any) -> Body:
    """One event of a stream."""
    delta = {} if content is None else {"content": content}
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "tiny",
        "choices": [{"index": 0, "delta": {**delta, **more}, "finish_reason": finish}],
    }


def usage(text: str, body: Body) -> Body:
    """Tokens of a made-up tokenizer: four characters each."""
    prompt = sum(len(message["content"]) for message in body["messages"]) // 4
    return {"prompt_tokens": prompt, "completion_tokens": len(text) // 4, "total_tokens": 0}


def says(
    model: str | Model,
    *,
    supports: tuple[Mode, ...] = ("json_schema", "json_object"),
    otherwise: Literal["ignores", "refuses", "fails"] = "ignores",
    prose: str = "Here is my review:\n```json\n{}\n```\nI hope this helps.",
    finish: str = "stop",
    streams: bool = True,
    size: int = 40,
    tokens: bool = True,
) -> Behaviour:
    """Reply with what `model` makes of the call; where JSON was not asked for in a way that is known, in prose.

    `otherwise` is what becomes of a response_format that it does not support.
    """

    def behave(handler: Handler, body: Body) -> None:
        mode = (body.get("response_format") or {}).get("type")
        if mode is not None and mode not in supports and otherwise != "ignores":
            if otherwise == "fails":
                handler.whole(500, b"Internal Server Error", "text/plain")
            else:
                message = f"'response_format.type' must be 'text', not {mode!r}"
                handler.whole(400, json.dumps({"error": {"message": message}}).encode())
            return
        text = model if isinstance(model, str) else model(body)
        if mode not in supports and text.startswith("{"):
            text = prose.replace("{}", text)
        if not (body.get("stream") and streams):
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": finish}
            reply = {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "tiny",
                "choices": [choice],
            }
            handler.whole(
                200, json.dumps({**reply, "usage": usage(text, body)} if tokens else reply).encode()
            )
            return
        handler.begin_stream()
        for start in range(0, len(text), size):
            handler.event(chunk(text[start : start + size]))
        handler.event(chunk(finish=finish))
        if tokens and (body.get("stream_options") or {}).get("include_usage"):
            handler.event({**chunk(), "choices": [], "usage": usage(text, body)})
        handler.end_stream()

    return behave


def fails(status: int, message: str = "no", code: str | None = None, **headers: str) -> Behaviour:
    """Answer with an error of the protocol; `headers` with _ for -."""
    content = json.dumps({"error": {"message": message, "code": code, "param": None, "type": "x"}}).encode()
    return lambda handler, body: handler.whole(status, content, **headers)


def refuses_parameter(*names: str, then: Behaviour) -> Behaviour:
    """Refuse a call that has any of these parameters, as newer models refuse a temperature."""

    def behave(handler: Handler, body: Body) -> None:
        for name in names:
            if name in body:
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                error = {"message": message, "param": name, "code": "unsupported_parameter"}
                handler.whole(400, json.dumps({"error": error}).encode())
                return
        then(handler, body)

    return behave


def declines(handler: Handler, body: Body) -> None:
    """Refuse to answer, as a model does."""
    handler.begin_stream()
    handler.event(chunk(refusal="I cannot help with that."))
    handler.event(chunk(finish="stop"))
    handler.end_stream()


def hangs(handler: Handler, body: Body) -> None:
    """Send nothing at all."""
    handler.wait(20)
    handler.close_connection = True


def drips(handler: Handler, body: Body) -> None:
    """Send a little, again and again, so that no single wait is long."""
    handler.begin_stream()
    end = time.monotonic() + 20
    while time.monotonic() < end and not handler.server.script.stopped.is_set():
        handler.event(chunk("."))
        handler.wait(0.02)


def cuts(handler: Handler, body: Body) -> None:
    """Break the connection in the middle of a stream."""
    handler.begin_stream()
    handler.event(chunk('{"claims": ['))
    handler.cut()


def ends_early(handler: Handler, body: Body) -> None:
    """End the stream properly, in the middle of what was to be said."""
    handler.begin_stream()
    handler.event(chunk('{"claims": ['))
    handler.wfile.write(b"0\r\n\r\n")


def babbles(handler: Handler, body: Body) -> None:
    """Stream bytes that are neither text nor JSON."""
    handler.begin_stream()
    handler.event(b"\xff\xfe\x00garbage{{{")
    handler.end_stream()


def babbles_json(handler: Handler, body: Body) -> None:
    """Stream JSON that is of another protocol."""
    handler.begin_stream()
    handler.event({"choices": [{"delta": "oops"}, 5]})
    handler.event([1, 2])
    handler.end_stream()


def speaks_no_http(handler: Handler, body: Body) -> None:
    """Answer with bytes that are no HTTP."""
    handler.wfile.write(b"\x00\x01\x02 not http at all\r\n\r\n")
    handler.cut()


def floods(handler: Handler, body: Body) -> None:
    """Send 50 MB on one line."""
    handler.begin_stream()
    handler.raw(b"data: ")
    for _ in range(50):
        handler.raw(b"x" * 2**20)
    handler.end_stream()


def packs(handler: Handler, body: Body) -> None:
    """Send a packed reply though none was asked for."""
    handler.whole(200, b"\x1f\x8b" + b"0" * 100, Content_Encoding="gzip")


def redirects(to: str) -> Behaviour:
    """Send the caller elsewhere."""
    return lambda handler, body: handler.whole(307, b"", Location=to)
