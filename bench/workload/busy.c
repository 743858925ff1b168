/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic in registers for as long as the input says: tasks of a set mean length, all alike or not. A turn is one
 * step of a linear congruential generator; multiplier and increment: Knuth, The Art of Computer Programming, volume 2,
 * 3.3.4 (MMIX).
 */
#include <errno.h>

#include "core/clock.h"
#include "core/mix.h"
#include "core/workload.h"
#include "tvp/task.h"

#define BUSY_MULTIPLIER UINT64_C(6364136223846793005)
#define BUSY_INCREMENT  UINT64_C(1442695040888963407)

enum { BUSY_LENGTH, BUSY_SPREAD };
enum busy_spread { BUSY_EVEN, BUSY_LOGNORMAL, BUSY_GIANT };

static const char *const busy_spreads[] = {"even", "lognormal", "giant", NULL};

static const struct parameter busy_parameters[] = {
	[BUSY_LENGTH] = {"length_ns", "ns", "length of a task on an undisturbed core, to within 5 % and 10 ns", 100000,
			 10, 1000000000, NULL},
	[BUSY_SPREAD] = {"spread", "",
			 "even: all alike; lognormal: at random, up to eight times the mean; giant: one as long as "
			 "a quarter of all others",
			 BUSY_EVEN, BUSY_EVEN, BUSY_GIANT, busy_spreads},
	{0},
};

/* As a loop, operations have the lengths of so many tasks, again and again. */
enum { BUSY_PERIOD = 512 };

/* Cores begin with the next task while the last turns of this one are under way, which made tasks of 100 ns 40 % shorter
 * than they were to be. So nothing begins before all is done. */
static inline void busy_finish(void)
{
#if defined(__x86_64__)
	__builtin_ia32_lfence();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

static uint64_t busy_turns(uint64_t turns)
{
	uint64_t x = turns;

	for (uint64_t i = 0; i < turns; i++) {
		x = x * BUSY_MULTIPLIER + BUSY_INCREMENT;
		__asm__("" : "+r"(x)); /* keeps the compiler from folding turns together */
	}
	busy_finish();
	return x;
}

/* n turns map x to m x + c; squaring the map doubles n. */
static uint64_t busy_expected(uint64_t turns)
{
	uint64_t m = 1, c = 0, step_m = BUSY_MULTIPLIER, step_c = BUSY_INCREMENT;

	for (uint64_t n = turns; n; n >>= 1) {
		if (n & 1) {
			m *= step_m;
			c = c * step_m + step_c;
		}
		step_c = step_c * step_m + step_c;
		step_m *= step_m;
	}
	return m * turns + c;
}

static int busy(struct tvp_worker *worker, const uint64_t *turns, uint64_t *output)
{
	*output = busy_turns(*turns);
	return 0;
}

TVP_TASK(busy, uint64_t, uint64_t);

/*
 * The nearest eighth part of an octave: steps of 9 %. What was calibrated moves by a percent or so from run to run, and
 * unless it is on an edge, all runs of a machine do the same work; finer steps would be crossed more often, coarser ones
 * would put a break-even length that is looked for along length_ns in the wrong place.
 */
static uint64_t busy_step(uint64_t value)
{
	double step = 1, ratio = 1.0905077326652577; /* 2^(1/8) */

	while (step * ratio <= (double)value && step < (double)(UINT64_C(1) << 40))
		step *= ratio;
	return (uint64_t)(step * step * ratio < (double)value * (double)value ? step * ratio + 0.5 : step + 0.5);
}

/* Turns per millisecond: the best of several tries, as anything else that runs can only slow it down. */
static uint64_t busy_calibrate(void)
{
	enum { TRIES = 30, TURNS = 200000 };
	uint64_t best_ns = UINT64_MAX;
	volatile uint64_t sink = 0;

	for (int i = 0; i < TRIES; i++) {
		uint64_t begin_ns = clock_now_ns(), ns;

		sink += busy_turns(TURNS);
		ns = clock_now_ns() - begin_ns;
		if (ns && ns < best_ns)
			best_ns = ns;
	}
	return busy_step(TURNS * NS_PER_MS / best_ns);
}

/*
 * Means of 64 equally likely parts of a lognormal distribution (sigma 1, mean 1), in thousandths:
 * 64 (F(z[k + 1] - 1) - F(z[k] - 1)), where F is the standard normal distribution and F(z[k]) = k / 64.
 */
static const uint16_t busy_lognormal[64] = {
	52,   83,   104,  122,  139,  155,  170,  185,  199,  214,  228,  243,  257,  272,  286,  301,
	317,  332,  348,  364,  380,  397,  414,  432,  450,  469,  488,  508,  529,  550,  572,  595,
	619,  643,  669,  696,  724,  754,  785,  817,  852,  888,  927,  967,  1011, 1058, 1108, 1162,
	1221, 1285, 1354, 1432, 1517, 1613, 1722, 1847, 1993, 2167, 2380, 2651, 3014, 3545, 4471, 7953,
};

/* How many times as long as length_ns task `index` of `count` is. */
static double busy_factor(const struct job *job, uint64_t index, uint64_t count)
{
	switch (job->parameters[BUSY_SPREAD]) {
	case BUSY_LOGNORMAL:
		/* Of a draw's bits those by which the shares of a few workers differ about as much as they do on average. */
		return busy_lognormal[mix64(index) >> 29 & 63] / 1000.0;
	case BUSY_GIANT:
		return index == count / 2 && count > 4 ? (double)(count - 1) / 4 : 1;
	default:
		return 1;
	}
}

static uint64_t busy_length(const struct job *job, uint64_t index, uint64_t count)
{
	double turns_per_ns = (double)job->constant / (double)NS_PER_MS;
	uint64_t turns =
		(uint64_t)((double)job->parameters[BUSY_LENGTH] * turns_per_ns * busy_factor(job, index, count) + 0.5);

	return turns ? turns : 1;
}

static int busy_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	for (uint64_t i = first; i < first + ops; i++)
		worker->result += busy_turns(busy_length(worker->job, i % BUSY_PERIOD, BUSY_PERIOD));
	return 0;
}

static int busy_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	uint64_t expected = 0;

	for (uint64_t i = 0; i < BUSY_PERIOD; i++)
		expected +=
			(ops / BUSY_PERIOD + (i < ops % BUSY_PERIOD)) * busy_expected(busy_length(job, i, BUSY_PERIOD));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "the sum over %llu operations is %llx, not %llx",
				  (unsigned long long)ops, (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

static void busy_input(const struct job *job, uint64_t index, uint64_t count, void *input)
{
	*(uint64_t *)input = busy_length(job, index, count);
}

static bool busy_task_verify(const struct job *job, const void *input, const void *output)
{
	return *(const uint64_t *)output == busy_expected(*(const uint64_t *)input);
}

const struct workload workload_busy = {
	.name = "busy",
	.summary = "dependent arithmetic in registers, calibrated to a mean length; all alike or not",
	.kind = WORKLOAD_CPU,
	.parameters = busy_parameters,
	.calibrate = busy_calibrate,
	.run = busy_run,
	.verify = busy_verify,
	.task = &busy_task,
	.task_input = busy_input,
	.task_verify = busy_task_verify,
};
