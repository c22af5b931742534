"""`python -m dofisac_daemon`: the same as `dofisac-daemon`."""

from .main import main

main()
