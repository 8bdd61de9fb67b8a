"""An answer coach for MLOps interviews: depth by lifecycle dimension, and what is left without tool names."""

__version__ = "0.1.0"
