/* SPDX-License-Identifier: MIT */
/* The gate under load: nobody passes before it opens, nobody stays behind, and latecomers are let go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/gate.h"
#include "resources.h"
#include "teams.h"

enum { WORKERS_MAX = 12, HANG_S = 200 };
#define LOST_NS (60 * NS_PER_S) /* a worker that has not come by then never does */

/*
 * What the gate has to order is plain data here, so that ThreadSanitizer sees every race: the owner writes `round`
 * before it opens, a worker writes its `done` before it arrives.
 */
struct stress {
	struct gate gate;
	uint64_t round; /* the owner's; UINT64_MAX: leave */
	struct {
		_Alignas(64) uint64_t done;
	} workers[WORKERS_MAX];
	_Alignas(64) _Atomic uint64_t passed; /* through the gate, over all rounds */
	_Atomic uint32_t wrong;               /* workers that saw another round than the next one */
};

struct stress_seat {
	struct stress *stress;
	unsigned rank;
};

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Mostly none; a busy wait, a yield, or a sleep now and then. */
static void delay(uint64_t *random)
{
	uint64_t kind = random_next(random) % 32, turns = random_next(random) % 2000;

	if (kind == 0)
		usleep((useconds_t)(turns / 20));
	else if (kind < 4)
		sched_yield();
	else if (kind < 12)
		for (volatile uint64_t i = 0; i < turns; i++)
			continue;
}

static void stress_worker(struct stress *stress, unsigned rank)
{
	uint64_t random = 0x9e3779b97f4a7c15 * (rank + 1), round = 0;
	uint32_t seen = gate_generation(&stress->gate);

	for (;;) {
		delay(&random);
		stress->workers[rank].done = round;
		gate_arrive(&stress->gate);
		seen = gate_wait_open(&stress->gate, seen);
		atomic_fetch_add(&stress->passed, 1);
		if (stress->round == UINT64_MAX)
			break;
		if (stress->round != ++round)
			atomic_fetch_add(&stress->wrong, 1);
	}
}

static void *stress_thread(void *argument)
{
	const struct stress_seat *seat = argument;

	stress_worker(seat->stress, seat->rank);
	return NULL;
}

static void stress_owner(struct stress *stress, unsigned workers, unsigned rounds)
{
	uint64_t random = 88172645463325252;

	for (uint64_t round = 1; round <= rounds + 1; round++) {
		delay(&random);
		assert_int_equal(gate_wait_arrived(&stress->gate, LOST_NS), 0);
		for (unsigned rank = 0; rank < workers; rank++)
			assert_int_equal(stress->workers[rank].done, round - 1);
		stress->round = round <= rounds ? round : UINT64_MAX;
		delay(&random);
		assert_int_equal(atomic_load(&stress->passed), workers * (round - 1));
		gate_open(&stress->gate);
	}
}

static struct stress *stress_create(struct arena *arena, unsigned workers, bool one_address_space)
{
	struct stress *stress;
	uint64_t offset;

	assert_int_equal(arena_init(arena, sizeof(*stress) + 64), 0);
	assert_int_equal(arena_alloc(arena, sizeof(*stress), 64, &offset), 0);
	stress = arena_at(arena, offset);
	gate_init(&stress->gate, workers, one_address_space);
	return stress;
}

static void stress_end(struct arena *arena, const struct stress *stress, unsigned workers, unsigned rounds)
{
	assert_int_equal(stress->wrong, 0);
	assert_int_equal(stress->passed, (uint64_t)workers * (rounds + 1));
	assert_int_equal(gate_generation(&stress->gate), rounds + 1);
	arena_exit(arena);
}

static void stress_threads(unsigned workers, unsigned rounds)
{
	struct stress_seat seats[WORKERS_MAX];
	pthread_t threads[WORKERS_MAX];
	struct arena arena;
	struct stress *stress = stress_create(&arena, workers, true);

	for (unsigned rank = 0; rank < workers; rank++) {
		seats[rank] = (struct stress_seat){stress, rank};
		assert_int_equal(pthread_create(&threads[rank], NULL, stress_thread, &seats[rank]), 0);
	}
	stress_owner(stress, workers, rounds);
	for (unsigned rank = 0; rank < workers; rank++)
		assert_int_equal(pthread_join(threads[rank], NULL), 0);
	stress_end(&arena, stress, workers, rounds);
}

static void test_threads(void **state)
{
	stress_threads(1, 3000);
	stress_threads(2, 3000);
	stress_threads(3, 3000);
	stress_threads(WORKERS_MAX, 1000);
}

static void stress_processes(unsigned workers, unsigned rounds)
{
	pid_t pids[WORKERS_MAX];
	struct arena arena;
	struct stress *stress = stress_create(&arena, workers, false);

	for (unsigned rank = 0; rank < workers; rank++) {
		pids[rank] = fork();
		assert_true(pids[rank] >= 0);
		if (pids[rank] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			stress_worker(stress, rank);
			_exit(0);
		}
	}
	stress_owner(stress, workers, rounds);
	for (unsigned rank = 0; rank < workers; rank++)
		assert_int_equal(child_wait(pids[rank]), 0);
	stress_end(&arena, stress, workers, rounds);
}

static void test_processes(void **state)
{
	stress_processes(1, 3000);
	stress_processes(2, 3000);
	stress_processes(3, 3000);
	stress_processes(WORKERS_MAX, 1000);
}

static void test_one_is_missing(void **state)
{
	static const uint64_t timeouts_ns[] = {0, 1, 1000, 20 * NS_PER_MS};
	struct gate gate;

	gate_init(&gate, 3, true);
	gate_arrive(&gate);
	gate_arrive(&gate);
	for (size_t i = 0; i < sizeof(timeouts_ns) / sizeof(*timeouts_ns); i++) {
		uint64_t begin_ns = clock_now_ns();

		assert_int_equal(gate_wait_arrived(&gate, timeouts_ns[i]), -ETIMEDOUT);
		assert_true(clock_now_ns() - begin_ns >= timeouts_ns[i]);
	}
	/* Having waited in vain changes nothing: the third is enough, whatever time there is. */
	gate_arrive(&gate);
	assert_int_equal(gate_wait_arrived(&gate, 0), 0);
	assert_int_equal(gate_wait_arrived(&gate, UINT64_MAX), 0);
	gate_open(&gate);
	assert_int_equal(gate_generation(&gate), 1);
	assert_int_equal(gate_wait_open(&gate, 0), 1);
	assert_int_equal(gate_wait_arrived(&gate, 0), -ETIMEDOUT);
}

static void *arrive_late(void *argument)
{
	usleep(20000);
	gate_arrive(argument);
	return NULL;
}

static void test_waiting_for_ever(void **state)
{
	pthread_t thread;
	struct gate gate;

	gate_init(&gate, 1, true);
	assert_int_equal(pthread_create(&thread, NULL, arrive_late, &gate), 0);
	assert_int_equal(gate_wait_arrived(&gate, UINT64_MAX), 0);
	pthread_join(thread, NULL);
}

static void ignore(int signal_number)
{
}

static _Atomic int through;

static void *pass(void *argument)
{
	gate_wait_open(argument, 0);
	atomic_store(&through, 1);
	return NULL;
}

static void test_signals_do_not_open_it(void **state)
{
	struct sigaction action = {.sa_handler = ignore};
	pthread_t thread;
	struct gate gate;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	gate_init(&gate, 1, true);
	assert_int_equal(pthread_create(&thread, NULL, pass, &gate), 0);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(pthread_kill(thread, SIGUSR1), 0);
		usleep(200);
		assert_int_equal(atomic_load(&through), 0);
	}
	gate_open(&gate);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(atomic_load(&through), 1);
}

/* Starts all workers but the last, then gives up: those that exist are anywhere between their first instruction and
 * the gate when they are told to leave. */
static int start_all_but_one(struct seat *seat, const char *executor)
{
	if (seat->rank + 1 < seat->crew->workers)
		return executor_find(executor)->start(seat);
	return reason_set(seat->crew->reason, -EAGAIN, "one worker too many");
}

static int thread_start_short(struct seat *seat)
{
	return start_all_but_one(seat, "thread");
}

static int fork_start_short(struct seat *seat)
{
	return start_all_but_one(seat, "fork");
}

static int fork_reap(struct seat *seat)
{
	if (executor_find("fork")->reap(seat))
		fail_msg("%s", seat->crew->reason);
	return 0;
}

/* A worker that missed both the stop and the opening would wait for ever, and so would who reaps it. */
static void give_up(struct executor *executor, unsigned workers, unsigned times)
{
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX], random = workers;
	struct team_options options = teams_options(executor, workload_find("noop"), workers, parameters);

	for (unsigned i = 0; i < times; i++) {
		struct team team;

		assert_int_equal(team_init(&team, &options), 0);
		delay(&random);
		assert_int_equal(team_start(&team), -EAGAIN);
		assert_int_equal(teams_started(&team), 0);
		assert_string_equal(team.reason, "one worker too many");
		team_exit(&team);
	}
	assert_true(resources_no_children());
}

static void test_latecomers(void **state)
{
	struct executor threads = *executor_find("thread"), forks = *executor_find("fork");

	threads.start = thread_start_short;
	forks.start = fork_start_short;
	forks.kill = NULL; /* as threads are: asked to leave */
	forks.reap = fork_reap;
	give_up(&forks, 2, 300);
	give_up(&forks, 5, 100);
	give_up(&threads, 2, 2000);
	give_up(&threads, 5, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes),        cmocka_unit_test(test_latecomers),
		cmocka_unit_test(test_threads),          cmocka_unit_test(test_one_is_missing),
		cmocka_unit_test(test_waiting_for_ever), cmocka_unit_test(test_signals_do_not_open_it),
	};

	/* Who is left behind at a gate waits for ever: that is a failure, not a hang. */
	alarm(HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
