"""Programs that run beside the app, and the one that the app runs in."""

import os
import subprocess
import threading


def leave(child: "subprocess.Popen[bytes]") -> None:
    """Go on without the child, and yet take its end in, so that no dead process stays behind."""
    threading.Thread(target=child.wait, name=f"child-{child.pid}", daemon=True).start()


def has_job_control() -> bool:
    """Whether we were started by a shell that takes the terminal back when we stop, and can let us go on."""
    try:
        parent = os.getppid()
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:  # whoever started us is gone
        return False
