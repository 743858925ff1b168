# SPDX-License-Identifier: MIT
"""Lets `python scripts/tvpplot` work from any directory, without putting that directory on the module path."""
import os
import sys

if not __package__:
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tvpplot.cli import main  # noqa: E402 (the path has to be right first)

sys.exit(main(sys.argv[1:]))
