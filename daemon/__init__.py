"""The watcher: it keeps a library true while photos come, change, move and go. Installed as `dofisac_daemon`."""
