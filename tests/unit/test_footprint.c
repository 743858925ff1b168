/* SPDX-License-Identifier: MIT */
/* What workers take of the memory: as much as they are known to touch, whatever they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "measure/footprint.h"
#include "teams.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { KIB = 8192, MORE_KIB = 2048, SMALL_PAGES = 1 };

/* triad's arrays are each worker's own; in small pages, as huge ones would round them up. */
static double kib_of_worker(const char *executor, const char *workload, unsigned workers)
{
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
	struct team_options options =
		teams_options(executor_find(executor), workload_find(workload), workers, parameters);
	struct footprint before, after;
	struct team_batch batch;
	struct team team;

	parameters[0] = KIB;
	parameters[1] = SMALL_PAGES;
	if (team_init(&team, &options))
		fail_msg("%s: %s", executor, team.reason);
	before = footprint_of(&team, false);
	if (team_start(&team) || team_run(&team, 4, &batch))
		fail_msg("%s: %s", executor, team.reason);
	after = footprint_of(&team, true);
	assert_int_equal(team_stop(&team), 0);
	team_exit(&team);
	return footprint_of_worker(&before, &after, workers) / 1024;
}

static void test_what_workers_touch_is_counted(void **state)
{
	static const char *const executors[] = {"thread", "fork", "forkserver", "spawn"};

	for (size_t i = 0; i < sizeof(executors) / sizeof(*executors); i++)
		for (unsigned workers = 1; workers <= 3; workers += 2) {
			double kib = kib_of_worker(executors[i], "triad", workers);

			if (isnan(kib))
				skip(); /* a kernel that does not tell it */
			/* sanitizers keep something of their own for every byte and every thread */
			if (kib < KIB || (kib > KIB + MORE_KIB && !SANITIZED))
				fail_msg("%s, %u workers: %.0f KiB for each, who have %d and little more", executors[i],
					 workers, kib, KIB);
		}
}

static void test_who_does_nothing_takes_little(void **state)
{
	double thread = kib_of_worker("thread", "noop", 8), fork = kib_of_worker("fork", "noop", 8);

	if (isnan(thread) || SANITIZED)
		skip();
	assert_true(thread < 256);
	assert_true(fork < MORE_KIB);
	assert_true(thread < fork);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_workers_touch_is_counted),
		cmocka_unit_test(test_who_does_nothing_takes_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
