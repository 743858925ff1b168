/* SPDX-License-Identifier: MIT */
/* Fuzz target: run.json, read with the samples.csv of a made-up run. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_summary("run.json", data, size);
	return 0;
}
