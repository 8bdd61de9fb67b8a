"""What servers that nobody here wrote are given to say, so that `coach answer` can be tried against them.

`python tests/critic/foreign_servers.py aimock FILE` writes fixtures in which the model's name says what
happens; `gguf FILE` (needs the package gguf) and `transformers FOLDER` write a model of random weights that
can recite one review and nothing else: see `reciting_weights`. test_foreign_servers.py says what to do with them.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray
from reviews import claim, review

QUESTION = "what-is-drift"
WHY = "because inputs can move long before anybody feels harm"
CHECKED = "When an alert fires the owner first checks the pipeline"
ANSWER = (
    "Drift means that what the model meets today is no longer what it learnt from. We compare the live inputs with "
    f"the training data every day, and the outcomes as soon as they arrive, {WHY}. We also use Evidently, Prometheus "
    f"and Grafana. {CHECKED} and only then decides whether to train again, since a model trained on broken data "
    "would make it worse."
)
# Keys that were not asked for are passed over, so that one reply answers all three prompts.
REPLY = review(
    [
        claim(
            WHY,
            dimension="monitoring",
            comment="This says why you watch the inputs and do not only wait for the outcomes.",
            better="We watch the inputs daily because outcomes arrive weeks later and the harm is done by then.",
        ),
        claim(
            "We also use Evidently, Prometheus and Grafana.",
            "name-drop",
            "monitoring",
            comment="Three names, and nothing that they do.",
            better="Say which limit on which feature raises the alert, and who gets it.",
        ),
        claim(
            f"{CHECKED} and only then decides whether to train again",
            dimension="drift",
            comment="A clear order of steps, with its reason: broken data must not be learnt.",
        ),
        claim("We retrain every Monday.", "harmful", "drift", comment="Nothing was checked first."),
    ],
    {"drift": 3, "monitoring": 3},
    4,
    overall_reason="Process with reasons; the limit that raises the alert is missing.",
    summary="You compare, you wait for a cause, and you say why. Name the limit, and let the tools go.",
    quote="the owner first checks the pipeline",
    question="An input has moved and accuracy has not: what would make you act?",
    parts=[
        {"text": f"We compare the live inputs every day, {WHY}.", "quotes": [WHY], "fill_in": False},
        {"text": "Say which limit raises the alert.", "quotes": [], "fill_in": True},
    ],
)
FENCED = f"Here is my review:\n```json\n{REPLY}\n```\nI hope this helps."

# aimock: the name of a model and what it does with a call.
Entry = dict[str, Any]


def _says(model: str, content: str, asked: str | None = None, **more: Any) -> Entry:
    """Answer with `content`; `asked` is the form of reply that must be asked for."""
    match = {"model": model, **({"responseFormat": asked} if asked else {})}
    return {"match": match, "response": {"content": content}, **more}


def _fails(model: str, status: int, message: str, asked: str | None = None, **more: Any) -> Entry:
    match = {"model": model, **({"responseFormat": asked} if asked else {})}
    error = {
        "message": message,
        "type": "x",
        "code": more.pop("code", None),
        "param": more.pop("param", None),
    }
    return {"match": match, "response": {"error": error, "status": status, **more}}


def _no(model: str, form: str) -> Entry:
    return _fails(model, 400, f"response_format {form} is not supported", form, param="response_format")


# Model: the form of reply that it is to be found to keep, and how aimock plays it.
MODES: dict[str, tuple[str, list[Entry]]] = {
    "strict": ("json_schema", [_says("strict", REPLY, "json_schema")]),
    "json-mode": (
        "json_object",
        [_no("json-mode", "json_schema"), _says("json-mode", REPLY, "json_object")],
    ),
    "fenced": (
        "fenced",
        [_no("fenced", "json_schema"), _no("fenced", "json_object"), _says("fenced", FENCED)],
    ),
    "ignoring": ("fenced", [_says("ignoring", FENCED)]),
    "crashing": (
        "json_object",
        [_fails("crashing", 500, "oops", "json_schema"), _says("crashing", REPLY, "json_object")],
    ),
}
# Model: words of the reason that is to be told, and how aimock plays it. aimock cannot send a 429 without
# a Retry-After; its 503 has none.
FAILURES: dict[str, tuple[str, list[Entry]]] = {
    "busy": ("busy (429)", [_fails("busy", 429, "slow down", retryAfter=0)]),
    "busy-long": ("asks to wait 99 s", [_fails("busy-long", 429, "slow down", retryAfter=99)]),
    "quota": ("quota is used up", [_fails("quota", 429, "no", code="insufficient_quota")]),
    "failing": ("failing (500)", [_fails("failing", 500, "oops")]),
    "overloaded": ("busy (503)", [_fails("overloaded", 503, "overloaded")]),
    "denied": ("wants a key (401), and none is set", [_fails("denied", 401, "bad key")]),
    "banned": ("(403)", [_fails("banned", 403, "banned")]),
    "no-such-model": ("has no model 'no-such-model'", []),
    "too-long": ("cannot take this call (400)", [_fails("too-long", 400, "the context is too long")]),
    "cut": ("cut the connection", [_says("cut", REPLY, truncateAfterChunks=3)]),
    "hangs-up": ("cut the connection", [_says("hangs-up", REPLY, chaos={"disconnectRate": 1})]),
    "malformed": ("", [_says("malformed", REPLY, chaos={"malformedRate": 1})]),
    "slow": ("no complete reply within", [_says("slow", REPLY, latency=500, chunkSize=1)]),
    "silent": ("sent nothing for too long", [_says("silent", REPLY, chaos={"latencyMs": 30_000})]),
    "limited": ("busy (429)", [_says("limited", REPLY, chaos={"rateLimitRate": 1})]),
    "length": ("cut off at its length limit", [_says("length", REPLY[:200])]),
    "filtered": ("content filter", [_says("filtered", REPLY)]),
    "empty": ("the reply is empty", [_says("empty", "")]),
    "refusal": ("does not fit", [_says("refusal", "I'm sorry, but I can't help with that.")]),
    "half": ("does not fit", [_says("half", '{"claims": [], "overall": 5}')]),
}
FAILURES["length"][1][0]["response"]["finishReason"] = "length"
FAILURES["filtered"][1][0]["response"]["finishReason"] = "content_filter"


def aimock_fixtures() -> str:
    """The fixtures of all models, and of one whose first reply has to be repaired."""
    entries = [entry for _, entries in (*MODES.values(), *FAILURES.values()) for entry in entries]
    mended = [_says("mends", REPLY[:-9]), _says("mends", REPLY)]
    for turn, entry in enumerate(mended):
        entry["match"]["turnIndex"] = turn
    # No form is asked for in its match, so that it answers the Responses API as well.
    either = _says("answers-by-any-way", REPLY)
    return json.dumps({"fixtures": [*entries, *mended, either]}, indent=1)


# Dimensions of the reciting model, and how strongly a token calls for the next.
_WIDTH, _PULL, _LEAN = 256, 20.0, 8.0
_CONTROL = ("<unk>", "<s>", "</s>", "<|reply|>")
_TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}<|reply|>"
Array = NDArray[numpy.float32]


def pieces(text: str) -> list[str]:
    """`text` in pieces of about 24 characters, no two of them alike."""
    found: list[str] = []
    at = 0
    while at < len(text):
        size = 24
        while text[at : at + size] in found and at + size < len(text):
            size += 1
        found.append(text[at : at + size])
        at += size
    return found


def reciting_weights(
    tokens: int, start: int, end: int, recited: list[int], leaning: list[int]
) -> tuple[Array, Array]:
    """Embeddings and output weights, each (tokens, width), of a model whose every token calls for the next.

    Its layers add nothing, so that the next token follows from the last alone: from `start` through `recited`
    to `end`. All else is random. Where a grammar rules the next one out, it leans to the tokens `leaning`.
    """
    random = numpy.random.default_rng(0)
    embeddings = random.standard_normal((tokens, _WIDTH)).astype(numpy.float32)
    embeddings[:, 0] = 1
    embeddings *= numpy.sqrt(_WIDTH) / numpy.linalg.norm(embeddings, axis=1, keepdims=True)
    output = random.standard_normal((tokens, _WIDTH)).astype(numpy.float32) * numpy.float32(0.02)
    for last, following in zip([start, *recited], [*recited, end], strict=True):
        output[following] += embeddings[last] * numpy.float32(_PULL / _WIDTH)
    output[leaning, 0] += numpy.float32(_LEAN)
    return embeddings, output


def write_gguf(path: Path) -> None:
    """A llama of one layer and a few hundred tokens that recites REPLY, bare."""
    import gguf  # type: ignore[import-not-found]

    recited = pieces(REPLY)
    tokens = [*_CONTROL, *(f"<0x{byte:02X}>" for byte in range(256)), *recited]
    at = len(_CONTROL)
    leaning = [at + ord(one) for one in '"}{'] + [2]
    own = list(range(at + 256, len(tokens)))
    embeddings, output = reciting_weights(len(tokens), 3, 2, own, leaning)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("reciter")
    writer.add_context_length(65_536)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_WIDTH)
    writer.add_head_count(4)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token.replace(" ", "\u2581") for token in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    kinds = gguf.TokenType
    writer.add_token_types(
        [kinds.UNKNOWN, *[kinds.CONTROL] * 3, *[kinds.BYTE] * 256, *[kinds.NORMAL] * len(recited)]
    )
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(_TEMPLATE)
    square = numpy.zeros((_WIDTH, _WIDTH), dtype=numpy.float32)
    one = numpy.ones(_WIDTH, dtype=numpy.float32)
    writer.add_tensor("token_embd.weight", embeddings)
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", one)
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", one)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", square)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_transformers(folder: Path) -> None:
    """The same in the form of transformers: it recites FENCED, because nothing there holds it to a form."""
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    recited = ["".join(one for one, _ in level.pre_tokenize_str(piece)) for piece in pieces(FENCED)]
    single = [one for one in sorted(pre_tokenizers.ByteLevel.alphabet()) if one not in recited]
    vocabulary = {token: id for id, token in enumerate([*_CONTROL, *single, *recited])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = level
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(one, special=True) for one in _CONTROL])
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )
    wrapped.chat_template = _TEMPLATE
    wrapped.save_pretrained(folder)
    own = [vocabulary[one] for one in recited]
    embeddings, output = reciting_weights(len(vocabulary), 3, 2, own, [])
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=_WIDTH,
            intermediate_size=_WIDTH,
            num_hidden_layers=1,
            num_attention_heads=4,
            max_position_embeddings=65_536,
            tie_word_embeddings=False,
            bos_token_id=1,
            eos_token_id=2,
        )
    )
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "proj" in name:
                value.zero_()
        model.model.embed_tokens.weight.copy_(torch.from_numpy(embeddings))
        model.lm_head.weight.copy_(torch.from_numpy(output))
    model.save_pretrained(folder)


if __name__ == "__main__":
    WRITERS: dict[str, Callable[[Path], object]] = {
        "aimock": lambda path: path.write_text(aimock_fixtures(), encoding="utf-8"),
        "gguf": write_gguf,
        "transformers": write_transformers,
    }
    WRITERS[sys.argv[1]](Path(sys.argv[2]))
