"""Rendering: feedback as a page for the terminal and as a Markdown document."""
