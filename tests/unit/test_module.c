/* SPDX-License-Identifier: MIT */
/* Plug-ins that are loaded: found, refused with a reason, and the same descriptor as the linked one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/module.h"
#include "core/workload.h"

/* Workloads over a library are linked into this test, and modules lie beside it. */
static void test_a_module_is_what_is_linked(void **state)
{
	static const char *const names[] = {"sha256", "compress", "image", "crawl", NULL};
	unsigned found = 0;

	for (const char *const *name = names; *name; name++) {
		const struct workload *linked = workload_find(*name), *loaded = NULL;
		char reason[REASON_BYTES] = "";

		if (!linked || linked->missing)
			continue;
		found++;
		if (module_load("tvp-workload-", "workload_", *name, (const void **)&loaded, reason))
			fail_msg("%s: %s", *name, reason);
		assert_ptr_not_equal(loaded, linked);
		assert_string_equal(loaded->name, linked->name);
		assert_string_equal(loaded->summary, linked->summary);
	}
	if (!found)
		skip();
}

static void test_what_is_not_there_is_named(void **state)
{
	const void *descriptor = NULL;
	char reason[REASON_BYTES] = "";

	assert_int_equal(module_load("tvp-workload-", "workload_", "of-nobody", &descriptor, reason), -ENOENT);
	assert_non_null(strstr(reason, "tvp-workload-of-nobody.so"));
	assert_null(descriptor);
}

static void test_unknown_workloads_are_refused(void **state)
{
	const struct workload *workload = NULL;
	char reason[REASON_BYTES] = "";

	assert_int_equal(workload_load("noop", &workload, reason), 0);
	assert_ptr_equal(workload, workload_find("noop"));
	assert_int_equal(workload_load("of-nobody", &workload, reason), -ENOENT);
	assert_non_null(strstr(reason, "of-nobody"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_module_is_what_is_linked),
		cmocka_unit_test(test_what_is_not_there_is_named),
		cmocka_unit_test(test_unknown_workloads_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
