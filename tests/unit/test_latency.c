/* SPDX-License-Identifier: MIT */
/* Buckets of latencies: without gaps, and as narrow as promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/latency.h"

static void test_buckets_have_no_gaps(void **state)
{
	for (uint32_t bucket = 0; bucket + 1 < LATENCY_BUCKETS; bucket++) {
		uint64_t low = latency_bucket_ns(bucket), next = latency_bucket_ns(bucket + 1);

		assert_true(low < next);
		assert_int_equal(latency_bucket(low), bucket);
		assert_int_equal(latency_bucket(next - 1), bucket);
		/* a sixteenth of the least, rounded up where that is less than 1 ns */
		assert_true(next - low <= low / LATENCY_SPLIT + 1);
	}
	assert_int_equal(latency_bucket(0), 0);
	assert_int_equal(latency_bucket(UINT64_MAX), LATENCY_BUCKETS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_buckets_have_no_gaps)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
