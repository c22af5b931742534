"""A program that reads photos until it is killed. Arguments: a folder; it prints its workers' ids first."""

import itertools
import os
import sys
import time

import psutil

from dofisac_tui.imaging.reader_pool import ReaderPool, ReadRequest
from tests.imaging.helpers import CROP, LIMITS
from tests.imaging.odd_readers import odd_reader

if __name__ == "__main__":
    folder = os.fsencode(sys.argv[1])
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    pool = ReaderPool(2, LIMITS, CROP, reader=odd_reader)
    results = pool.read(ReadRequest(path) for path in itertools.cycle(paths))
    for _ in range(4):
        next(results)
    sys.stdout.write(" ".join(str(child.pid) for child in psutil.Process().children(recursive=True)) + "\n")
    sys.stdout.flush()
    while len(sys.argv) > 2:  # idle workers, full of results that nobody takes
        time.sleep(1)
    for _request, _outcome in results:
        pass
