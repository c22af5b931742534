"""DoFISaC TUI: find people and scenes in your own photos, in the terminal."""

import os

__version__ = "0.1.0"

# ONNX Runtime's official builds report their use to Microsoft unless this is set before they are loaded
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
