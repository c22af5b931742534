"""How much the daemon says is left to do."""

from pathlib import Path
from typing import Any, cast

import pytest
from dofisac_daemon.service import SLICE, Daemon

from dofisac_tui.library.database import create_library
from tests.daemon.conftest import SETTINGS


def test_each_file_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    with create_library(tmp_path / "library") as library:
        daemon = Daemon(library, SETTINGS, cast("Any", None))

        def update(places: list[bytes], urgent: bool) -> bool:
            daemon._heartbeat.on_start(len(places))
            daemon._heartbeat.on_file_done(places[0])
            daemon._heartbeat.write()
            said.append(daemon._heartbeat.heartbeat.queue)
            return True

        monkeypatch.setattr(daemon, "_update", update)
        daemon._backlog = [b"%d.jpg" % number for number in range(SLICE + 10)]
        daemon._work()
        daemon._watcher.close()
    assert said == [SLICE + 9]
