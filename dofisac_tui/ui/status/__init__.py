"""The Status screen, and the first screen of a new library."""
