/* SPDX-License-Identifier: MIT */
/* What the fuzz targets share: a folder with a made-up run to put inputs into, and what must hold whatever they are. */
#ifndef TVP_TESTS_FUZZ_H
#define TVP_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry, which every target defines; tests/fuzz/replay.c calls it where there is no libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Was the last input understood? The corpus says in its files' names what is expected: good-… or bad-…. */
extern bool fuzz_accepted;

/* Stops the program, which libFuzzer takes for a find, when something does not hold that always must. */
void fuzz_expect(bool holds, const char *what);

/* A copy of the input that ends with a NUL; the caller's to free. */
char *fuzz_text(const uint8_t *data, size_t size);

/* The input takes the place of a file of the made-up run, and the folder is read and printed. Refused: in one line of
 * printable ASCII that begins with the file's name. Accepted: nothing that is printed steers a terminal. */
void fuzz_summary(const char *name, const uint8_t *data, size_t size);

#endif
