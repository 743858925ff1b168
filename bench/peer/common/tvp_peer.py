# SPDX-License-Identifier: MIT
"""What the Python peers share: their main, which speaks the protocol of common/peer.c, the task, and workers that end
with the program they belong to. Python 3.8 or newer and its standard library."""
import ctypes
import os
import signal
import sys
import time

WORKERS_MAX = 65536
TASKS_MAX = 2 ** 28
START_S = 60  # for workers to come up, on a machine that has other things to do
PR_SET_PDEATHSIG = 1


def square(number):
    """The task."""
    return number * number


# The calls of multiprocessing.Pool and ThreadPool, by the values of the setting "entry". Chunk 0: Pool's own default.
POOL_ENTRIES = {
    "map": lambda pool, numbers, chunk: pool.map(square, numbers, chunk or None),
    "map-async": lambda pool, numbers, chunk: pool.map_async(square, numbers, chunk or None).get(),
    "apply": lambda pool, numbers, chunk: [pool.apply(square, (number,)) for number in numbers],
    "apply-async": lambda pool, numbers, chunk:
        [result.get() for result in [pool.apply_async(square, (number,)) for number in numbers]],
    "imap-unordered": lambda pool, numbers, chunk: list(pool.imap_unordered(square, numbers, chunk or 1)),
}


def follow_parent():
    """This process is killed when its parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def worker_begin(barrier):
    """The initializer of worker processes: the pool is up when all have come here."""
    follow_parent()
    barrier.wait(START_S)


def process_pool(context):
    """What opens a multiprocessing.Pool of this context, with all its workers up."""

    def open_pool(workers):
        barrier = context.Barrier(workers + 1)
        pool = context.Pool(workers, worker_begin, (barrier,))
        barrier.wait(START_S)
        return pool

    return open_pool


def run(pool, entries, line):
    """The answer to one line."""
    try:
        name, tasks, chunk = line.split()
        tasks, chunk = int(tasks), int(chunk)
    except ValueError:
        return 'error not "ENTRY TASKS CHUNK"'
    if not (1 <= tasks <= TASKS_MAX and 0 <= chunk <= TASKS_MAX):
        return "error TASKS must be 1 to 2^28, CHUNK 0 to 2^28"
    if name not in entries:
        return "error no such ENTRY here"
    numbers = list(range(tasks))
    begin_ns = time.monotonic_ns()
    squares = entries[name](pool, numbers, chunk)
    wall_ns = time.monotonic_ns() - begin_ns
    return "%d %d" % (wall_ns, sum(squares) % 2 ** 64)


def parse_workers():
    text = sys.argv[1] if len(sys.argv) == 2 else ""
    workers = int(text) if text.isdecimal() else 0
    if not 1 <= workers <= WORKERS_MAX:
        print("usage: %s WORKERS, a number from 1 to %d" % (os.path.basename(sys.argv[0]), WORKERS_MAX),
              file=sys.stderr)
        sys.exit(2)
    return workers


def serve(open_pool, entries):
    """Opens the pool, and answers until standard input ends."""
    workers = parse_workers()
    follow_parent()
    try:
        pool = open_pool(workers)
    except Exception as error:  # whatever the library and the kernel have to say
        print("error %s: %s" % (type(error).__name__, error), flush=True)
        sys.exit(1)
    with pool:
        print("ready", flush=True)
        for line in sys.stdin:
            try:
                answer = run(pool, entries, line)
            except Exception as error:
                answer = "error %s: %s" % (type(error).__name__, error)
            print(answer.replace("\n", " "), flush=True)
