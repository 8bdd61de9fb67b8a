"""The built-in encoder in torch, with the vectors of the ONNX graph: for platforms without ONNX Runtime."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from coach.embedding.adapter import load_adapter, merge
from coach.embedding.fingerprints import adapted_fingerprint, weights_sha256
from coach.embedding.sentence_transformer import load_model
from coach.embedding.token_encoder import TokenEncoder, Vectors, load_tokenizer


class TorchEncoder(TokenEncoder):
    """The transformer that sentence-transformers loads, on the CPU."""

    # Each text is run alone: torch may compute a larger matrix in another order.
    batch_tokens = 1

    def __init__(self, model: torch.nn.Module, tokenizer: Tokenizer, name: str, fingerprint: str) -> None:
        super().__init__(tokenizer, name, fingerprint)
        self._model = model

    @classmethod
    def from_folder(
        cls, folder: Path, name: str, sha256: str | None = None, adapter: Path | None = None
    ) -> "TorchEncoder":
        """Load the model in `folder`, whose weights must have that SHA-256, with an adapter file merged in.

        Raises EncoderError when a file is missing, altered or damaged.
        """
        fingerprint = adapted_fingerprint(weights_sha256(folder, name, sha256), adapter)
        model = load_model(str(folder), name, local=True)[0].auto_model
        assert isinstance(model, torch.nn.Module)
        base = {key: value.numpy() for key, value in model.state_dict().items()}
        merged = merge(base, load_adapter(adapter))
        model.load_state_dict({key: torch.from_numpy(value) for key, value in merged.items()})
        return cls(model.eval(), load_tokenizer(folder, name), name, fingerprint)

    def _hidden(self, ids: NDArray[np.int64]) -> Vectors:
        tokens = torch.from_numpy(ids)
        with torch.inference_mode():
            found = self._model(input_ids=tokens, attention_mask=torch.ones_like(tokens))
        return np.asarray(found.last_hidden_state.numpy())
