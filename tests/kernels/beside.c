/* SPDX-License-Identifier: MIT */
/*
 * Are our serial kernels good code? Each takes turns with other people's code for the same work.
 *
 *   kernels-beside [--rounds N] [WORKLOAD…]
 *
 * Prints a line for each comparison: how fast ours is, as a share of the other's speed, with the distribution-free 95 %
 * interval of the ratios by round. Six rounds give the first interval; the default is two, for a test. A comparison
 * fails if ours is out of its wide limits in every round; then it gets more of them, as others may have been busy on this
 * machine. Exit status: 0 fine, 1 one failed, 2 it was called wrongly, 77 there was nothing to compare with.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/executor.h"
#include "references.h"
#include "stats/stats.h"

enum { ROUNDS_DEFAULT = 2, ROUNDS_MAX = 1000, MORE_ROUNDS = 8, SETTINGS = 2, SKIP = 77 };

/* Ours is to work for as long as this in every round. */
#define OURS_NS (150 * 1e6)

struct comparison {
	const char *workload;
	const char *reference_name;
	const struct reference *reference;
	struct {
		const char *name;
		uint64_t value;
	} settings[SETTINGS]; /* that differ from the defaults */
	uint64_t operations;  /* that are once through the reference's work */
	double low, high;     /* our speed over the other's */
};

/* Where both are the same library's code, or the same loop, ours must not be much faster either: it would do less. */
static const struct comparison comparisons[] = {
	{"matmul", "OpenBLAS, n=384", &reference_openblas, {{"n", 384}, {"rows", 96}}, 4, 0.25, INFINITY},
	{"matmul", "OpenBLAS, n=768", &reference_openblas, {{"n", 768}, {"rows", 96}}, 8, 0.25, INFINITY},
	{"primes",
	 "primesieve, below 10^9",
	 &reference_primesieve,
	 {{"limit", 1000000000}, {"segment", 1000000}},
	 1000,
	 0.5,
	 INFINITY},
	{"triad", "a plain loop, 96 KiB", &reference_loop, {{"kib", 96}}, 1, 0.75, INFINITY},
	{"triad", "a plain loop, 4 MiB", &reference_loop, {{"kib", 4096}}, 1, 0.75, INFINITY},
	{"triad", "a plain loop, 192 MiB", &reference_loop, {{"kib", 196608}}, 1, 0.75, INFINITY},
	{"sha256", "openssl speed", &reference_openssl, {{"kib", 64}}, 1, 0.75, 1.33},
	{"compress", "zstd -b3", &reference_zstd, {{"level", 3}, {"kib", 64}}, 4, 0.75, 1.33},
};

enum outcome { GOOD, BAD, SKIPPED };

/* A name that the workload does not have is an error of this file. */
static void set_parameters(const struct comparison *comparison, const struct workload *workload, uint64_t *values)
{
	for (size_t i = 0; workload->parameters[i].name; i++) {
		values[i] = workload->parameters[i].initial;
		for (size_t j = 0; j < SETTINGS && comparison->settings[j].name; j++)
			if (strcmp(comparison->settings[j].name, workload->parameters[i].name) == 0)
				values[i] = comparison->settings[j].value;
	}
}

/* Seconds once through the work; negative with team->reason. */
static double ours(struct team *team, uint64_t operations, uint64_t times)
{
	struct team_batch batch;

	if (team_run(team, operations * times, &batch))
		return -1;
	return (double)batch.wall_ns / 1e9 / (double)times;
}

/* How often is OURS_NS? Warms up as well. 0: it failed. */
static uint64_t ours_times(struct team *team, uint64_t operations)
{
	uint64_t times = 1;
	double seconds = ours(team, operations, times);

	while (seconds > 0 && seconds * (double)times < 0.1 * OURS_NS / 1e9) {
		times *= 2;
		seconds = ours(team, operations, times);
	}
	return seconds > 0 ? 1 + (uint64_t)(OURS_NS / 1e9 / seconds) : 0;
}

static void print_label(const struct comparison *comparison)
{
	printf("%s over %s: ", comparison->workload, comparison->reference_name);
}

/* Out of its limits in every round, on the same side? */
static bool is_out(const struct comparison *comparison, const double *mine, const double *other, size_t rounds)
{
	bool low = true, high = true;

	for (size_t i = 0; i < rounds; i++) {
		low = low && other[i] / mine[i] < comparison->low;
		high = high && other[i] / mine[i] > comparison->high;
	}
	return low || high;
}

static enum outcome judge(const struct comparison *comparison, const double *mine, const double *other, size_t rounds)
{
	bool out = is_out(comparison, mine, other, rounds);
	struct interval ratio;

	print_label(comparison);
	if (stats_paired_ratio(other, mine, rounds, 0.05, &ratio)) {
		printf("no ratio of these times\n");
		return BAD;
	}
	printf("%.3f ", ratio.estimate);
	if (!isnan(ratio.low))
		printf("[%.3f, %.3f] ", ratio.low, ratio.high);
	printf("of its speed (%zu rounds)", rounds);
	if (out)
		printf(": never in %g … %g", comparison->low, comparison->high);
	printf("\n");
	return out ? BAD : GOOD;
}

/* Both once; who is first changes from round to round, so that a drift is nobody's advantage. */
static enum outcome take_turn(const struct comparison *comparison, struct team *team, uint64_t times, size_t round,
			      double *mine, double *other)
{
	if (round % 2)
		*mine = ours(team, comparison->operations, times);
	*other = comparison->reference->measure();
	if (round % 2 == 0)
		*mine = ours(team, comparison->operations, times);
	if (*mine > 0 && *other > 0)
		return GOOD;
	print_label(comparison);
	printf("%s\n", *mine > 0 ? "the reference failed, or says something new" : team->reason);
	return BAD;
}

static enum outcome take_turns(const struct comparison *comparison, struct team *team, size_t rounds)
{
	static double mine[ROUNDS_MAX + MORE_ROUNDS], other[ROUNDS_MAX + MORE_ROUNDS];
	uint64_t times = ours_times(team, comparison->operations);
	size_t round = 0;

	if (!times) {
		print_label(comparison);
		printf("%s\n", team->reason);
		return BAD;
	}
	while (round < rounds || (round < rounds + MORE_ROUNDS && is_out(comparison, mine, other, round))) {
		if (take_turn(comparison, team, times, round, &mine[round], &other[round]))
			return BAD;
		round++;
	}
	return judge(comparison, mine, other, round);
}

static enum outcome skip(const struct comparison *comparison, const char *reason)
{
	print_label(comparison);
	printf("skipped: %s\n", reason);
	return SKIPPED;
}

static enum outcome compare(const struct comparison *comparison, size_t rounds)
{
	const struct workload *workload = workload_find(comparison->workload);
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {0};
	struct team_options options = {.executor = executor_find("serial"), .workload = workload, .workers = 1};
	char reason[REASON_BYTES] = "";
	enum outcome outcome;
	struct team team;

	if (!workload || workload->missing)
		return skip(comparison, workload ? workload->missing : "there is no such workload");
	set_parameters(comparison, workload, parameters);
	options.parameters = parameters;
	if (team_init(&team, &options))
		return skip(comparison, team.reason);
	if (comparison->reference->open(&team, reason)) {
		outcome = skip(comparison, reason);
	} else {
		outcome = BAD;
		if (team_start(&team) == 0)
			outcome = take_turns(comparison, &team, rounds);
		else
			printf("%s: %s\n", comparison->workload, team.reason);
		if (comparison->reference->close)
			comparison->reference->close();
	}
	team_exit(&team);
	fflush(stdout);
	return outcome;
}

static bool is_wanted(const char *workload, char **names)
{
	bool wanted = !*names;

	for (; *names; names++)
		wanted = wanted || strcmp(*names, workload) == 0;
	return wanted;
}

int main(int argc, char **argv)
{
	long rounds = ROUNDS_DEFAULT;
	unsigned outcomes[3] = {0};

	argv++;
	if (argc > 2 && strcmp(argv[0], "--rounds") == 0) {
		rounds = strtol(argv[1], NULL, 10);
		argv += 2;
	}
	if (rounds < 1 || rounds > ROUNDS_MAX || (*argv && argv[0][0] == '-')) {
		fprintf(stderr, "usage: kernels-beside [--rounds 1…%d] [WORKLOAD…]\n", ROUNDS_MAX);
		return 2;
	}
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(*comparisons); i++)
		if (is_wanted(comparisons[i].workload, argv))
			outcomes[compare(&comparisons[i], (size_t)rounds)]++;
	if (outcomes[BAD])
		return EXIT_FAILURE;
	return outcomes[GOOD] ? EXIT_SUCCESS : SKIP;
}
