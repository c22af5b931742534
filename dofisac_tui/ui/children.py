"""Programs that run beside the app."""

import subprocess
import threading


def leave(child: "subprocess.Popen[bytes]") -> None:
    """Go on without the child, and yet take its end in, so that no dead process stays behind."""
    threading.Thread(target=child.wait, name=f"child-{child.pid}", daemon=True).start()
