"""Colours: one accent for what is selected, one for what needs you, and greys."""

from textual.theme import Theme

GROUND = "#121217"
"""A colour that sixel, which counts in percent, can show exactly."""

DARK = Theme(
    name="dofisac",
    primary="#e0a33a",
    secondary="#7f8a99",
    accent="#e0a33a",
    warning="#e06c5a",
    error="#e06c5a",
    success="#8fb573",
    foreground="#d7dae0",
    background=GROUND,
    surface=GROUND,
    panel="#1a1d23",
    dark=True,
    variables={
        "input-selection-background": "#e0a33a 35%",
        "block-cursor-background": "#e0a33a",
        "block-cursor-foreground": GROUND,
        "border": "#2a2f38",
    },
)
