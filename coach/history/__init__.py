"""History: what was answered before, kept on this machine and private to its user."""
