/* SPDX-License-Identifier: MIT */
/* Bisection over the doubles themselves: as whole numbers they are in the same order, and 64 bits are 64 steps. */
#include "stats/search.h"

#include <stdint.h>
#include <string.h>

/* Whole numbers in the order of the doubles, one apart for neighbours; 0 for both zeros. */
static int64_t double_to_key(double value)
{
	int64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double key_to_double(int64_t key)
{
	int64_t bits = key < 0 ? INT64_MIN - key : key;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

double search_double(bool (*reached)(const void *context, double value), const void *context, double low, double high)
{
	int64_t first = double_to_key(low);
	int64_t last = double_to_key(high);

	while (first < last) {
		int64_t middle = first + (int64_t)(((uint64_t)last - (uint64_t)first) / 2);

		if (reached(context, key_to_double(middle)))
			last = middle;
		else
			first = middle + 1;
	}
	return key_to_double(first);
}
