"""The hosted recogniser against servers of several kinds, over a real socket."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import av
import numpy as np
import pytest
from sounds import tone

from coach.critic.retrying import RetryPolicy
from coach.errors import ServiceError, UsageError
from coach.settings import Settings
from coach.speech.choice import choose
from coach.speech.decoding import RATE
from coach.speech.encoding import longest_upload, upload
from coach.speech.hosted import HostedRecogniser
from coach.speech.passages import Passage, parts
from coach.speech.recogniser import Heard
from coach.speech.voice_activity import Span

QUICK = RetryPolicy(deadline=5, attempts=3, first_wait=0.01)
SOUND = tone(6.0)
# Two stretches of speech with three seconds of silence between them.
PARTS = (Span(0.0, 1.0), Span(4.0, 6.0))
PASSAGE = Passage(np.concatenate([SOUND[:RATE], SOUND[4 * RATE :]]), PARTS, PARTS)
Form = dict[str, str]
Answer = tuple[int, dict[str, str], bytes]


def replies(document: Any, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(document).encode()


@contextmanager
def server(behave: Callable[[Form, int], Answer]) -> Iterator[tuple[str, list[Form]]]:
    """Serve on loopback: `behave` takes the form that was sent and the number of the call."""
    seen: list[Form] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            boundary = self.headers["Content-Type"].partition("boundary=")[2].encode()
            form: Form = {"path": self.path, "bytes": str(len(body))}
            for part in body.split(b"--" + boundary)[1:-1]:
                head, _, value = part.partition(b"\r\n\r\n")
                name = head.partition(b'name="')[2].partition(b'"')[0].decode()
                if b"filename" in head:
                    form["file"] = head.partition(b'filename="')[2].partition(b'"')[0].decode()
                else:
                    form[name] = value.removesuffix(b"\r\n").decode()
            seen.append(form)
            status, headers, content = behave(form, len(seen))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/v1", seen
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def heard(url: str, model: str | None = None, **more: Any) -> Heard:
    settings = Settings.model_validate({"base_url": url, "api_key": "sk-test-000011112222", "timeout": 3})
    keywords = ("MLflow", "Azure DevOps")
    return HostedRecogniser(settings, model, keywords, QUICK, **more).recognise(PASSAGE)


def whisper(form: Form, call: int) -> Answer:
    words = [
        {"word": "roll", "start": 0.2, "end": 0.6},
        {"word": "back", "start": 0.6, "end": 0.9},
        {"word": "now", "start": 1.5, "end": 2.0},
    ]
    return replies({"text": "Roll back now.", "duration": 3.0, "language": "english", "words": words})


def test_word_times_are_those_of_the_recording_not_of_what_was_sent() -> None:
    with server(whisper) as (url, seen):
        found = heard(url)
    assert [(word.text, word.start, word.end) for word in found.words] == [
        ("roll", 0.2, 0.6),
        ("back", 0.6, 0.9),
        # Half a second into the second stretch, which began in the fourth second.
        ("now", 4.5, 5.0),
    ]
    assert (found.confidence, found.lacks) == (None, ("probability of a word",))
    (form,) = seen
    assert form["path"] == "/v1/audio/transcriptions"
    assert (form["model"], form["response_format"], form["file"]) == (
        "whisper-1",
        "verbose_json",
        "answer.wav",
    )
    assert form["prompt"] == "MLflow"
    # The silence was not sent.
    assert 3 * RATE * 2 < int(form["bytes"]) < 3.2 * RATE * 2


def test_each_model_is_told_the_names_in_its_own_way() -> None:
    def plain(form: Form, call: int) -> Answer:
        return replies({"text": "roll back"})

    with server(plain) as (url, seen):
        for model in ("gpt-4o-transcribe", "gpt-transcribe", "gpt-4o-transcribe-diarize"):
            assert heard(url, model).lacks == ("word times", "probability of a word")
    sentence, listed, neither = seen
    assert "MLflow" in sentence["prompt"]
    assert sentence["include[]"] == "logprobs"
    # One field for each name; the last of them is what this server keeps.
    assert {name: value for name, value in listed.items() if name.startswith("keywords")} == {
        "keywords[]": "Azure DevOps"
    }
    assert "prompt" not in listed
    assert "prompt" not in neither
    assert all(form["response_format"] == "json" for form in seen)


def test_token_probabilities_become_those_of_words() -> None:
    def sure(form: Form, call: int) -> Answer:
        tokens = [("Ro", -0.1), ("ll", -0.7), (" back", 0.0)]
        return replies(
            {"text": "Roll back", "logprobs": [{"token": text, "logprob": log} for text, log in tokens]}
        )

    with server(sure) as (url, _):
        found = heard(url, "gpt-4o-transcribe")
    assert [word.probability for word in found.words] == [pytest.approx(0.4966, abs=1e-3), 1.0]
    assert found.confidence == pytest.approx(0.748, abs=1e-3)
    assert found.lacks == ("word times",)


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_without_word_times_is_asked_for_less(status: int) -> None:
    def old(form: Form, call: int) -> Answer:
        if form["response_format"] != "json":
            return replies({"error": {"message": "word timestamps are not supported"}}, status)
        return replies({"text": "roll back"})

    with server(old) as (url, seen):
        found = heard(url)
    assert [word.text for word in found.words] == ["roll", "back"]
    assert found.lacks == ("word times", "probability of a word")
    assert [form["response_format"] for form in seen] == ["verbose_json", "verbose_json", "json"]


def test_plain_text_is_a_transcript_too() -> None:
    with server(lambda form, call: (200, {"Content-Type": "text/plain"}, b"roll back\n")) as (url, _):
        assert [word.text for word in heard(url).words] == ["roll", "back"]


def test_a_busy_server_is_asked_again() -> None:
    def busy(form: Form, call: int) -> Answer:
        return whisper(form, call) if call > 1 else replies({"error": {"message": "slow down"}}, 429)

    with server(busy) as (url, seen):
        assert len(heard(url).words) == 3
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (replies({"error": {"message": "no such key sk-test-000011112222"}}, 401), "denied"),
        (replies({"error": {"message": "no such model"}}, 404), "not_found"),
        (replies({"text": 5}), "garbage"),
        ((200, {"Content-Type": "application/json"}, b"{nonsense"), "garbage"),
    ],
)
def test_failures_are_told_as_the_critics_are(answer: Answer, kind: str) -> None:
    with server(lambda form, call: answer) as (url, _), pytest.raises(ServiceError) as told:
        heard(url)
    assert told.value.kind == kind
    assert "sk-test" not in str(told.value)


def test_what_is_too_large_is_encoded_smaller_and_then_cut_at_pauses() -> None:
    wav, opus = upload(SOUND), upload(SOUND, largest=100_000)
    assert (wav.name, opus.name) == ("answer.wav", "answer.ogg")
    assert len(opus.content) < 60_000
    with av.open(io.BytesIO(opus.content)) as container:
        assert container.streams.audio[0].codec_context.name in ("opus", "libopus")
    # A limit that holds two seconds of opus: each stretch is sent by itself.
    largest = 9_000
    assert longest_upload(largest) < 3
    with server(whisper) as (url, seen):
        found = heard(url, largest=largest)
    assert [form["file"] for form in seen] == ["answer.ogg", "answer.ogg"]
    assert found.words[3].start == 4.2


def test_an_excerpt_holds_the_speech_and_nothing_else() -> None:
    (whole,) = parts(PASSAGE, 60)
    assert np.array_equal(whole.samples, np.concatenate([SOUND[:RATE], SOUND[4 * RATE : 6 * RATE]]))
    assert [len(one.utterances) for one in parts(PASSAGE, 2.5)] == [1, 1]


def test_a_key_for_the_critic_sends_no_recording() -> None:
    settings = Settings.model_validate({"api_key": "sk-test-000011112222"})
    assert choose("auto", settings).recogniser.name.startswith(("embedded", "local"))
    named = choose("auto", settings, "gpt-4o-transcribe")
    assert "is sent there" in named.why
    offline = settings.model_copy(update={"offline": True})
    assert choose("auto", offline, "gpt-4o-transcribe").recogniser.name.startswith(("embedded", "local"))
    with pytest.raises(UsageError, match="rules it out"):
        choose("hosted", offline)
    with pytest.raises(UsageError, match="no service is set up"):
        choose("hosted", Settings())
