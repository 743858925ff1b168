#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# summary: Python's multiprocessing.pool.ThreadPool: threads, of which only one runs Python at a time
# entries: map map-async apply apply-async imap-unordered
# needs: python3 | python3
import multiprocessing.pool
import threading

import tvp_peer


def open_pool(workers):
    barrier = threading.Barrier(workers + 1)
    pool = multiprocessing.pool.ThreadPool(workers, barrier.wait)
    barrier.wait(tvp_peer.START_S)
    return pool


if __name__ == "__main__":
    tvp_peer.serve(open_pool, tvp_peer.POOL_ENTRIES)
