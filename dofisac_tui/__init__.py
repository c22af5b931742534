"""DoFISaC TUI: find people and scenes in your own photos, in the terminal."""

__version__ = "0.1.0"
