"""Draw pictures in a terminal: the only modules that touch textual-image."""
