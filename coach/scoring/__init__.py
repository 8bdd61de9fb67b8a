"""The offline scorer: features, the trained head, the score, the mask test and training."""
