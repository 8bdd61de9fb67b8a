"""Training: the adapter of the encoder and the heads, from graded answers and contrasts."""
