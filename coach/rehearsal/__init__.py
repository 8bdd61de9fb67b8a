"""Rehearsal: a sitting of spoken answers, from the choice of questions to the closing summary."""
