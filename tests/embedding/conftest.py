"""A made adapter, and the encoder that sentence-transformers makes of it: what the graph is measured against."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer

from coach.embedding.adapter import quantized, save_adapter
from coach.embedding.encoder import built_in_folder


@pytest.fixture(scope="session")
def made_adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of random changes, large enough to be seen in every vector, of the two upper layers."""
    random = np.random.default_rng(5)
    changes = {
        name: (random.normal(size=weight.shape) * weight.std() / 5).astype(np.float32)
        for name, weight in load_file(built_in_folder() / "model.safetensors").items()
        if name.startswith(("encoder.layer.4.", "encoder.layer.5."))
    }
    path = tmp_path_factory.mktemp("adapter") / "adapter.npz"
    save_adapter(quantized(changes), path)
    return path


@pytest.fixture(scope="session")
def published() -> SentenceTransformer:
    """The model as published, loaded by sentence-transformers."""
    return SentenceTransformer(str(built_in_folder()), device="cpu", local_files_only=True)


@pytest.fixture(scope="session")
def adapted(made_adapter: Path) -> SentenceTransformer:
    """The same with the made adapter added to its weights."""
    model = SentenceTransformer(str(built_in_folder()), device="cpu", local_files_only=True)
    parameters = dict(model[0].auto_model.named_parameters())
    with np.load(made_adapter) as arrays, torch.no_grad():
        for key in arrays.files:
            if key.endswith(".q"):
                name = key[:-2]
                parameters[name] += torch.tensor(arrays[key] * arrays[f"{name}.s"].reshape(-1, 1))
            elif not key.endswith(".s"):
                parameters[key] += torch.tensor(arrays[key])
    return model
