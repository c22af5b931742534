"""Work that runs beside the keyboard: library threads, pending writes, child processes."""
