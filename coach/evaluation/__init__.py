"""Evaluation: what the scorer and the lexicon are worth against graded answers."""
