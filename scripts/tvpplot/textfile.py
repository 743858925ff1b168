# SPDX-License-Identifier: MIT
"""Reads a file that may be anything."""
import os
import stat

from .errors import PlotError
from .text import plain

FILE_BYTES_MAX = 64 << 20


def read_text(folder, name, missing, start=0):
    """The whole of a regular file as text, or the whole lines in its first `start` bytes. `missing`: what to do if
    there is none; None: that is fine, and so is the answer."""
    path = os.path.join(folder, name)
    shown = plain(path, 200)
    try:
        # Not blocking: a FIFO with this name must not hang us.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise PlotError("%s: is not a regular file" % shown)
            if start:
                content = file.read(start)
                return content[: content.rfind(b"\n") + 1].decode("utf-8-sig")
            if status.st_size > FILE_BYTES_MAX:
                raise PlotError("%s: is larger than %d MiB" % (shown, FILE_BYTES_MAX >> 20))
            return file.read(FILE_BYTES_MAX).decode("utf-8-sig")
    except FileNotFoundError:
        if missing is None:
            return None
        raise PlotError("%s: there is no such file; %s" % (shown, missing)) from None
    except UnicodeDecodeError as error:
        raise PlotError("%s: byte %d is not UTF-8" % (shown, error.start + 1)) from None
    except OSError as error:
        raise PlotError("%s: cannot be read: %s" % (shown, error.strerror)) from None
