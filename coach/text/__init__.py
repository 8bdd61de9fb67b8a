"""Pure functions on text: segments, tool mentions, masking, quotes."""
