"""Being a good neighbour: priority, battery, and how often the process wakes up."""

import os
import shutil
import subprocess
import time
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


def lower_priority(nice: int, idle_io: bool) -> None:
    """Give way to other processes, for this process and those it will start.

    Args:
        nice: The least niceness to have, 0 to 19; a process may not become less nice again.
        idle_io: Use the disk only when nobody else does.
    """
    os.nice(max(nice - os.nice(0), 0))
    if idle_io and (ionice := shutil.which("ionice")):  # Python has no such call, and its number differs by machine
        subprocess.run([ionice, "-c", "3", "-p", str(os.getpid())], check=False, capture_output=True)


def on_battery(supplies: Path = SUPPLIES) -> bool:
    """Whether a battery is being used up and no other supply is connected."""
    kinds = {supply: _read(supply / "type") for supply in supplies.glob("*")}
    if any(kind != "Battery" and _read(supply / "online") == "1" for supply, kind in kinds.items()):
        return False
    return any(kind == "Battery" and _read(supply / "status") == "Discharging" for supply, kind in kinds.items())


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


class WakeupCounter:
    """Counts how often the threads of this process went to sleep and woke up, as the kernel has it.

    Attributes:
        per_minute: The last figure; None before the first.
    """

    LEAST_SECONDS = 30.0

    def __init__(self) -> None:
        self._count, self._at = _switches(), time.monotonic()
        self.per_minute: float | None = None

    def measure(self) -> float | None:
        """The figure since it was last measured, or the last one again where that was a moment ago."""
        count, now = _switches(), time.monotonic()
        if now - self._at >= self.LEAST_SECONDS:
            self.per_minute = round(max(count - self._count, 0) * 60 / (now - self._at), 1)
            self._count, self._at = count, now
        return self.per_minute


def _switches() -> int:
    total = 0
    for task in Path("/proc/self/task").glob("*/status"):
        for line in _read(task).splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total
