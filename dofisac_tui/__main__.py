"""`python -m dofisac_tui`: the same as `dofisac-tui`."""

from dofisac_tui.cli import main

main()
