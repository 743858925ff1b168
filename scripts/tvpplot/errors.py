# SPDX-License-Identifier: MIT
"""The one error that a person is told about: a line that says what is wrong, where, and what to do."""


class PlotError(Exception):
    pass
