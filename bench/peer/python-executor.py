#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# summary: Python's concurrent.futures.ProcessPoolExecutor, workers of the default kind (fork; from 3.14 on forkserver)
# entries: map apply apply-async
# needs: python3 | python3
import concurrent.futures
import multiprocessing

import tvp_peer

ENTRIES = {
    "map": lambda executor, numbers, chunk: list(executor.map(tvp_peer.square, numbers, chunksize=chunk or 1)),
    "apply": lambda executor, numbers, chunk:
        [executor.submit(tvp_peer.square, number).result() for number in numbers],
    "apply-async": lambda executor, numbers, chunk:
        [future.result() for future in [executor.submit(tvp_peer.square, number) for number in numbers]],
}


def open_pool(workers):
    barrier = multiprocessing.Barrier(workers + 1)
    executor = concurrent.futures.ProcessPoolExecutor(workers, initializer=tvp_peer.worker_begin, initargs=(barrier,))
    for number in range(workers):  # a worker comes to exist when there is a task and nobody is idle
        executor.submit(tvp_peer.square, number)
    barrier.wait(tvp_peer.START_S)
    return executor


if __name__ == "__main__":
    tvp_peer.serve(open_pool, ENTRIES)
