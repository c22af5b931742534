"""Nothing leaves the machine: no library in use may report home, or prepare to."""

from pathlib import Path

import pytest

from tests.processes import run_python

RUN_BOTH_MODELS = """
import numpy
from dofisac_tui.config import load_settings
from dofisac_tui.engines.packs import Engines
engines = Engines("bundled", load_settings())
side = engines.scenes().crop.size
print(*engines.scenes().embed_photos(numpy.zeros((1, side, side, 3), numpy.uint8)).shape)
print(*engines.faces().find_faces([numpy.zeros((64, 64, 3), numpy.uint8)]))
"""


def test_the_models_leave_no_trace_of_telemetry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    run_python(RUN_BOTH_MODELS)
    # ONNX Runtime keeps an identifier of the machine, and the reports that wait to be sent, in the cache folder
    assert [str(path) for path in tmp_path.rglob("*")] == []
