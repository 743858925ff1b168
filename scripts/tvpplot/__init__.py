# SPDX-License-Identifier: MIT
"""Draws the pictures of a run from its summary.csv and run.json; measures nothing and computes no statistics."""
