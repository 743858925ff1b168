#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# summary: Python's multiprocessing.Pool, worker processes forked from a clean server process
# entries: map map-async apply apply-async imap-unordered
# needs: python3 | python3
import multiprocessing

import tvp_peer

if __name__ == "__main__":
    tvp_peer.serve(tvp_peer.process_pool(multiprocessing.get_context("forkserver")), tvp_peer.POOL_ENTRIES)
