/* SPDX-License-Identifier: MIT */
/* Fuzz target: samples.csv, read with the run.json of a made-up run. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_summary("samples.csv", data, size);
	return 0;
}
