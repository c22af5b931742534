"""The terminal app: Textual, and the one adapter through which it shows pictures."""
