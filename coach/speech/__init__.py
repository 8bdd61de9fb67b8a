"""Speech: from a recording to a transcript with word times, and how the answer was delivered."""
