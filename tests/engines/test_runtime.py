"""ONNX Runtime with explicit threads, a provider to fall back on, and plain errors."""

import logging
from pathlib import Path

import numpy as np
import pytest

from dofisac_tui.engines.catalogue import YUNET
from dofisac_tui.engines.runtime import CPU, onnx_session, session_options, usable_providers
from dofisac_tui.engines.weights import verified
from dofisac_tui.errors import EngineError


def test_threads_are_the_ones_asked_for() -> None:
    options = session_options(3)
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (3, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_a_missing_provider_falls_back_to_the_cpu_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            session = onnx_session(verified(YUNET), threads=1, providers=["NoSuchExecutionProvider", CPU])
    assert len(caplog.records) == 1
    assert "NoSuchExecutionProvider" in caplog.text
    assert len(session.run(np.zeros((1, 3, 640, 640), np.float32))) == len(session.outputs) == 12
    assert usable_providers([]) == [CPU]


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "noise.onnx"
    path.write_bytes(b"noise")
    with pytest.raises(EngineError, match=r"noise\.onnx cannot be loaded"):
        onnx_session(path, threads=1)


def test_input_of_a_wrong_shape_is_an_engine_error() -> None:
    session = onnx_session(verified(YUNET), threads=1)
    with pytest.raises(EngineError, match="failed"):
        session.run(np.zeros((1, 3, 10, 10), np.float32))
