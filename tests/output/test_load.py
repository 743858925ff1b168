#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loads the CSV files of a run the ways that results/README.md names: csv, sqlite3, pandas and, where it is, R.

Usage: test_load.py TEST_FOLDER
TEST_FOLDER is the program of tests/unit/test_folder.c, which writes a made-up run into the folder it is given.
Exit status: 0 fine, 1 failed, 77 fine as far as could be seen, but pandas is missing.
"""

import csv
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile

BLOCKS, BATCHES, SAMPLES_COLUMNS, SUMMARY_COLUMNS = 20, 3, 31, 41
REASON = 'spawn: "no, thanks"'
THREAD, SPAWN = "create/spin/thread/1/none", "create/spin/spawn/1/none"
# per block: seven cells with 3 samples each, two of them with two figures beside the failed one, which has no sample
ROWS = BLOCKS * (BATCHES * (2 + 2 + 1 + 1 + 1 + 2 + 2) + 2)


def check(condition, what):
    if not condition:
        sys.exit(f"test_load.py: {what}")


def read_rows(path, columns):
    """Every row as a dictionary, after checking that the file is plain RFC 4180."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    check(text.endswith("\n") and "\r" not in text, f"{path}: other line ends than LF")
    rows = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    check(all(len(row) == columns and None not in row for row in rows), f"{path}: not {columns} columns everywhere")
    return rows


def check_csv(folder):
    rows = read_rows(f"{folder}/samples.csv", SAMPLES_COLUMNS)
    check(len(rows) == ROWS, f"samples.csv has {len(rows)} rows, not {ROWS}")
    failed = [row for row in rows if row["cell"] == SPAWN]
    check({row["reason"] for row in failed} == {REASON}, "the reason has not survived its quotes")
    check({row["value"] + row["wall_ns"] for row in failed} == {""}, "what was not measured is not empty")
    summary = read_rows(f"{folder}/summary.csv", SUMMARY_COLUMNS)
    check(len({(row["cell"], row["figure"]) for row in summary}) == len(summary) == 13, "summary.csv: wrong rows")
    return rows, summary


def check_json(folder, rows):
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        run = json.load(file)
    check(run["samples_bytes"] == os.path.getsize(f"{folder}/samples.csv"), "samples_bytes is not the file's size")
    check({row["cell"] for row in rows} == {cell["cell"] for cell in run["cells"]}, "other cells in run.json")
    with open(f"{folder}/gbench.json", encoding="utf-8") as file:
        entries = json.load(file)["benchmarks"]
    check(len(entries) == BLOCKS * 7 and all(entry["real_time"] > 0 for entry in entries), "gbench.json: wrong entries")


def check_medians(rows, summary):
    """The block values and their median, computed once more."""
    for line in summary:
        blocks = {}
        for row in rows:
            if (row["cell"], row["figure"], row["status"]) == (line["cell"], line["figure"], "ok"):
                blocks.setdefault(row["block"], []).append(float(row["value"]))
        if not blocks:
            check(line["median"] == "" and line["status"] == "failed", f"{line['cell']}: a median out of nothing")
            continue
        median = statistics.median(statistics.median(values) for values in blocks.values())
        check(abs(float(line["median"]) - median) <= 1e-9 * median, f"{line['cell']}: median {line['median']}")


def check_sqlite(folder, rows):
    """As sqlite's own .import does it: every column is text, numbers are compared as numbers after a cast."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE samples ({', '.join(chr(34) + name + chr(34) for name in rows[0])})")
    marks = ", ".join("?" * SAMPLES_COLUMNS)
    database.executemany(f"INSERT INTO samples VALUES ({marks})", [list(row.values()) for row in rows])
    query = "SELECT count(*), min(CAST(value AS REAL)) FROM samples WHERE status = 'ok' AND cell = ? AND figure = 'reaped'"
    check(database.execute(query, [THREAD]).fetchone() == (BLOCKS * BATCHES, 9995.0), "sqlite3: other values")
    if not shutil.which("sqlite3"):
        return
    command = "SELECT count(*), sum(value = ''), sum(reason = '" + REASON + "') FROM samples"
    imported = subprocess.run(
        ["sqlite3", ":memory:", ".mode csv", f".import {folder}/samples.csv samples", command],
        capture_output=True, text=True, check=True)
    check(imported.stdout.strip() == f"{ROWS},{2 * BLOCKS},{2 * BLOCKS}", f"sqlite3 .import: {imported.stdout}")


def check_r(folder):
    if not shutil.which("Rscript"):
        return
    script = f'd <- read.csv("{folder}/samples.csv"); cat(nrow(d), sum(is.na(d$value)), is.numeric(d$value))'
    got = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
    check(got.stdout.strip() == f"{ROWS} {2 * BLOCKS} TRUE", f"R: {got.stdout}")


def check_pandas(folder):
    try:
        import pandas
    except ImportError:
        print("test_load.py: pandas is missing; the rest is fine")
        sys.exit(77)
    samples = pandas.read_csv(f"{folder}/samples.csv")
    check(samples.shape == (ROWS, SAMPLES_COLUMNS), f"pandas: {samples.shape}")
    check(samples["value"].dtype == "float64" and samples["block"].dtype == "int64", "pandas: numbers are no numbers")
    check(samples["value"].isna().sum() == 2 * BLOCKS, "pandas: other empty values")
    for column in ("experiment", "group", "cell", "workload", "executor", "placement", "figure", "status"):
        check(samples[column].notna().all(), f"pandas takes a name in column {column} for a missing value")
    summary = pandas.read_csv(f"{folder}/summary.csv")
    row = summary[(summary["cell"] == THREAD) & (summary["figure"] == "reaped")].iloc[0]
    check(row["median"] == 10095 and row["blocks"] == BLOCKS, "pandas: other summary values")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as parent:
        folder = f"{parent}/run"
        subprocess.run([sys.argv[1], folder], check=True, stdout=subprocess.DEVNULL)
        rows, summary = check_csv(folder)
        check_json(folder, rows)
        check_medians(rows, summary)
        check_sqlite(folder, rows)
        check_r(folder)
        check_pandas(folder)


if __name__ == "__main__":
    main()
