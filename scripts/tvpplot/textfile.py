# SPDX-License-Identifier: MIT
"""Reads a file that may be anything."""
import os
import stat

from .errors import PlotError
from .text import plain

FILE_BYTES_MAX = 64 << 20


def read_text(folder, name, advice):
    """The whole of a regular file as text."""
    path = os.path.join(folder, name)
    shown = plain(path, 200)
    try:
        # Not blocking: a FIFO with this name must not hang us.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise PlotError("%s: is not a regular file" % shown)
            if status.st_size > FILE_BYTES_MAX:
                raise PlotError("%s: is larger than %d MiB" % (shown, FILE_BYTES_MAX >> 20))
            return file.read(FILE_BYTES_MAX).decode("utf-8-sig")
    except FileNotFoundError:
        raise PlotError("%s: there is no such file; %s" % (shown, advice)) from None
    except UnicodeDecodeError as error:
        raise PlotError("%s: byte %d is not UTF-8" % (shown, error.start + 1)) from None
    except OSError as error:
        raise PlotError("%s: cannot be read: %s" % (shown, error.strerror)) from None
