# SPDX-License-Identifier: MIT
"""Draws the pictures of a run from the files in its folder; measures nothing and computes no statistics."""
