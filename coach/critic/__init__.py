"""The critic: a language model that reviews an answer, and whose every word is checked."""
