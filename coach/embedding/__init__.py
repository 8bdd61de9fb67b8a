"""Sentence embeddings: the encoder's Protocol and choice, and one module for each implementation."""
