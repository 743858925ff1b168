/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic of a set length that touches no memory: turns of a linear congruential generator, each waiting for the
 * one before. Multiplier and increment: Knuth, The Art of Computer Programming, volume 2, 3.3.4 (MMIX).
 */
#include <errno.h>

#include "core/clock.h"
#include "core/workload.h"

#define SPIN_MULTIPLIER UINT64_C(6364136223846793005)
#define SPIN_INCREMENT  UINT64_C(1442695040888963407)

enum { SPIN_NS };

static const struct parameter spin_parameters[] = {
	[SPIN_NS] = {"ns", "ns", "length of one operation on an undisturbed core, to within a factor of 1.5", 100000,
		     10, 1000000000, NULL},
	{0},
};

static uint64_t spin_turns(uint64_t x, uint64_t turns)
{
	for (uint64_t i = 0; i < turns; i++) {
		x = x * SPIN_MULTIPLIER + SPIN_INCREMENT;
		__asm__("" : "+r"(x)); /* keeps the compiler from folding turns together */
	}
	return x;
}

/* The nearest power of two, in proportion. */
static uint64_t spin_power_of_two(uint64_t value)
{
	uint64_t power = 1;

	while (power * power * 2 < value * value && power < UINT64_C(1) << 31)
		power *= 2;
	return power;
}

/*
 * Turns per millisecond: the best of several tries, as anything else that runs can only slow it down. Rounded to a power
 * of two, so that all runs of a machine do the same work: what moves by some percent from run to run must not look like
 * a change of what is measured. Operations are of the length that was asked for to within a factor of 1.5.
 */
static uint64_t spin_calibrate(void)
{
	enum { TRIES = 30, TURNS = 200000 };
	uint64_t best_ns = UINT64_MAX;
	volatile uint64_t sink = 0;

	for (int i = 0; i < TRIES; i++) {
		uint64_t begin_ns = clock_now_ns(), ns;

		sink += spin_turns((uint64_t)i, TURNS);
		ns = clock_now_ns() - begin_ns;
		if (ns && ns < best_ns)
			best_ns = ns;
	}
	return spin_power_of_two(TURNS * NS_PER_MS / best_ns);
}

static uint64_t spin_length(const struct job *job)
{
	uint64_t turns = (uint64_t)((double)job->parameters[SPIN_NS] * (double)job->constant / (double)NS_PER_MS);

	return turns ? turns : 1;
}

static int spin_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	uint64_t turns = spin_length(worker->job);

	for (uint64_t i = first; i < first + ops; i++)
		worker->result += spin_turns(i, turns);
	return 0;
}

/*
 * n turns map x to m x + c. Squaring the map doubles n, so m and c are found in log2(n) steps; the sum over
 * x = 0 … ops - 1 is then m ops (ops - 1) / 2 + c ops, all modulo 2^64.
 */
static int spin_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	uint64_t m = 1, c = 0, step_m = SPIN_MULTIPLIER, step_c = SPIN_INCREMENT, expected;
	uint64_t pairs = ops % 2 ? ops * ((ops - 1) / 2) : ops / 2 * (ops - 1);

	for (uint64_t n = spin_length(job); n; n >>= 1) {
		if (n & 1) {
			m *= step_m;
			c = c * step_m + step_c;
		}
		step_c = step_c * step_m + step_c;
		step_m *= step_m;
	}
	expected = m * pairs + c * ops;
	if (result != expected)
		return reason_set(reason, -EBADMSG, "the sum over %llu operations is %llx, not %llx",
				  (unsigned long long)ops, (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_spin = {
	.name = "spin",
	.summary = "dependent arithmetic in registers, calibrated to a length",
	.kind = WORKLOAD_CPU,
	.parameters = spin_parameters,
	.calibrate = spin_calibrate,
	.run = spin_run,
	.verify = spin_verify,
};
