/* SPDX-License-Identifier: MIT */
/*
 * How often the verdicts are wrong, and how often right, on made-up machines whose truth is known: prints tables of
 * rates, and fails where a rate breaks a promise. A rate of false alarms breaks its promise of 5 % when its own
 * Clopper-Pearson interval lies above. Seeded: each run is the same.
 *
 * What is asked of the power, by calculation: 3 % of noise in each cell is s = 4.2 % in the logarithm of a pair's
 * ratio. Of 20 blocks the interval's half-width is about 2.1 × 1.02 s / sqrt(20) = 2.0 %. A slowdown of 5 %
 * (logarithm 4.9 %) is told from none when the estimate is above 2.0 %: 2.9 standard errors, 99.8 % of the time; with
 * a margin of 2 % it must be above 4.0 %, 0.9 standard errors, 81 %. So 90 % is out of reach of 20 blocks there, and
 * takes 26, or a noise of 3 % in the ratio itself.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "disturbance.h"
#include "stats/stats.h"
#include "stats/stream.h"

#define ALPHA          0.05
#define BOUND_ALPHA    1e-4 /* of the interval of a rate: all promises together break by chance once in a hundred times */
#define NOISE          0.03
#define SLOWDOWN       1.05
#define MARGIN         0.02
#define BLOCKS_MAX     40
#define POWER_PROMISED 0.9

static const size_t block_counts[] = {10, 20, 30};

/* How many runs are simulated for a rate: of false alarms with pairs, or with two runs; of what is found. */
enum { RUNS_PAIRED = 2000, RUNS_UNPAIRED = 1000, RUNS_FOUND = 500 };

enum { BLOCK_COUNTS = sizeof(block_counts) / sizeof(block_counts[0]) };

static int broken; /* promises */

/* Every call has been given what it cannot refuse. */
static void must(int error)
{
	if (error) {
		fprintf(stderr, "a statistic failed with error %d\n", error);
		exit(EXIT_FAILURE);
	}
}

enum promise { NONE, RARE, OFTEN };

/* Prints one rate; marks it with a star if a promise was made about it, and with exclamation marks if it is broken. */
static void report(size_t count, size_t runs, enum promise promise)
{
	struct interval rate;
	int wrong;

	must(stats_binomial_interval(count, runs, BOUND_ALPHA, &rate));
	wrong = (promise == RARE && rate.low > ALPHA) || (promise == OFTEN && rate.estimate < POWER_PROMISED);
	broken += wrong;
	printf("%8.1f%s", 100 * rate.estimate, wrong ? "!!" : promise == NONE ? "  " : "* ");
}

struct verdicts {
	size_t sharp;  /* faster or slower, without a margin */
	size_t margin; /* and with one */
	size_t runs;
};

/* The verdict of a run: the interval lies beyond the margin, and the test agrees. */
static void judge(struct verdicts *verdicts, const struct interval *ratio, double p_value)
{
	enum verdict sharp = stats_verdict(ratio, 0, 1);
	enum verdict margin = stats_verdict(ratio, MARGIN, 1);

	verdicts->runs++;
	if (p_value > ALPHA)
		return;
	verdicts->sharp += sharp == VERDICT_FASTER || sharp == VERDICT_SLOWER;
	verdicts->margin += margin == VERDICT_FASTER || margin == VERDICT_SLOWER;
}

struct run {
	double a[BLOCKS_MAX];
	double b[BLOCKS_MAX];
	size_t blocks;
};

struct machine {
	const struct disturbance *disturbance;
	bool cell_by_cell; /* it goes on from cell to cell, not from block to block */
	double noise;
	double ratio; /* a's true time over b's */
};

/* One run of two cells, in random order within each block. */
static void simulate_pairs(struct random *random, const struct machine *machine, struct run *run)
{
	double logarithms[2 * BLOCKS_MAX];

	machine->disturbance->fill(random, logarithms, machine->cell_by_cell ? 2 * run->blocks : run->blocks);
	for (size_t i = 0; i < run->blocks; i++) {
		size_t first = random_uniform(random) < 0.5;
		double a = logarithms[machine->cell_by_cell ? 2 * i + first : i];
		double b = logarithms[machine->cell_by_cell ? 2 * i + 1 - first : i];

		run->a[i] = machine->ratio * exp(a + machine->noise * random_normal(random));
		run->b[i] = exp(b + machine->noise * random_normal(random));
	}
}

/* Each row and column has numbers of its own. */
static struct random machine_random(const struct machine *machine, size_t blocks)
{
	return (struct random){(uint64_t)(machine->disturbance - disturbances) * 1000 + blocks};
}

static struct verdicts judge_pairs(const struct machine *machine, size_t blocks)
{
	struct random random = machine_random(machine, blocks);
	struct run run = {.blocks = blocks};
	struct verdicts verdicts = {0};

	for (int i = 0; i < (machine->ratio == 1 ? RUNS_PAIRED : RUNS_FOUND); i++) {
		double differences[BLOCKS_MAX];
		struct interval ratio;
		double p_value;

		simulate_pairs(&random, machine, &run);
		for (size_t j = 0; j < blocks; j++)
			differences[j] = log(run.a[j] / run.b[j]);
		must(stats_paired_ratio(run.a, run.b, blocks, ALPHA, &ratio));
		must(stats_signed_rank(differences, blocks, &p_value));
		judge(&verdicts, &ratio, p_value);
	}
	return verdicts;
}

/* One cell in a run of its own. */
static void simulate_cell(struct random *random, const struct machine *machine, double *values, size_t blocks)
{
	double noise = machine->disturbance->alone ? 0 : machine->noise;

	machine->disturbance->fill(random, values, blocks);
	for (size_t i = 0; i < blocks; i++)
		values[i] = exp(values[i] + noise * random_normal(random));
}

static double effective(const double *values, size_t count)
{
	double correlation;

	must(stats_lag1(values, count, &correlation));
	return stats_effective_count(count, correlation);
}

static void judge_streams(struct verdicts *verdicts, const struct stream *a, const struct stream *b)
{
	struct interval ratio;
	double p_value;

	must(stats_unpaired_ratio(a, b, ALPHA, &ratio));
	must(stats_mann_whitney(a, b, &p_value));
	judge(verdicts, &ratio, p_value);
}

/* Two runs of the same cell; judged as if all values were independent, and with their effective counts. */
static void judge_runs(const struct machine *machine, size_t blocks, struct verdicts *plain, struct verdicts *careful)
{
	struct random random = machine_random(machine, blocks);
	struct run run;

	*plain = *careful = (struct verdicts){0};
	for (int i = 0; i < (machine->ratio == 1 ? RUNS_UNPAIRED : RUNS_FOUND); i++) {
		struct stream a = {.values = run.a, .count = blocks};
		struct stream b = {.values = run.b, .count = blocks};

		simulate_cell(&random, machine, run.a, blocks);
		simulate_cell(&random, machine, run.b, blocks);
		for (size_t j = 0; j < blocks; j++)
			run.a[j] *= machine->ratio;
		judge_streams(plain, &a, &b);
		a.effective = effective(run.a, blocks);
		b.effective = effective(run.b, blocks);
		judge_streams(careful, &a, &b);
	}
}

static void print_head(const char *title, const char *columns)
{
	printf("\n%s\n%-22s", title, "");
	for (size_t i = 0; i < BLOCK_COUNTS; i++)
		printf("      n = %-10zu", block_counts[i]);
	printf("\n%-22s", "");
	for (size_t i = 0; i < BLOCK_COUNTS; i++)
		printf("%s", columns);
	printf("\n");
}

static void paired_table(const char *title, bool cell_by_cell, double ratio, const enum promise promises[BLOCK_COUNTS])
{
	print_head(title, "  margin 0  margin 2");
	for (const struct disturbance *each = disturbances; each->name; each++) {
		const struct machine machine = {each, cell_by_cell, NOISE, ratio};

		if (each->alone)
			continue;
		printf("%-22s", each->name);
		for (size_t i = 0; i < BLOCK_COUNTS; i++) {
			struct verdicts verdicts = judge_pairs(&machine, block_counts[i]);

			report(verdicts.sharp, verdicts.runs, promises[i]);
			report(verdicts.margin, verdicts.runs, promises[i] == RARE ? RARE : NONE);
		}
		printf("\n");
	}
}

/* When the margin can be told: see the top. */
static void margin_table(void)
{
	const struct machine each_cell = {disturbances, false, NOISE, SLOWDOWN};
	const struct machine each_ratio = {disturbances, false, NOISE / sqrt(2), SLOWDOWN};
	static const size_t counts[] = {10, 15, 20, 25, 30, 40};

	printf("\n5 %% slower, margin of 2 %%: found\n%-22s", "");
	for (size_t i = 0; i < 6; i++)
		printf("    n = %zu", counts[i]);
	printf("\n%-22s", "3 % noise in a cell");
	for (size_t i = 0; i < 6; i++)
		report(judge_pairs(&each_cell, counts[i]).margin, RUNS_FOUND, counts[i] >= 30 ? OFTEN : NONE);
	printf("\n%-22s", "3 % noise in a ratio");
	for (size_t i = 0; i < 6; i++)
		report(judge_pairs(&each_ratio, counts[i]).margin, RUNS_FOUND, counts[i] >= 20 ? OFTEN : NONE);
	printf("\n");
}

/*
 * Effective counts keep the promise where the disturbance fades within the run or is the same in every run. What lasts
 * as long as a run (a walk, a step) is a real difference between two runs; and noise on top of an AR(1) process hides
 * from the correlation of neighbours how long it lasts.
 */
static void unpaired_tables(void)
{
	struct verdicts plain[BLOCK_COUNTS], careful[BLOCK_COUNTS];

	print_head("two runs, no difference: faster or slower, in % (margin 0): all blocks count; effective counts",
		   "     plain effective");
	for (const struct disturbance *each = disturbances; each->name; each++) {
		const struct machine machine = {each, false, NOISE, 1};

		printf("%-22s", each->name);
		for (size_t i = 0; i < BLOCK_COUNTS; i++) {
			judge_runs(&machine, block_counts[i], &plain[i], &careful[i]);
			report(plain[i].sharp, plain[i].runs, NONE);
			report(careful[i].sharp, careful[i].runs, each->fades ? RARE : NONE);
		}
		printf("\n");
	}
	print_head("two runs, 5 % slower: found, in % (margin 0)", "     plain effective");
	for (const struct disturbance *each = disturbances; each->name; each++) {
		const struct machine machine = {each, false, NOISE, SLOWDOWN};

		printf("%-22s", each->name);
		for (size_t i = 0; i < BLOCK_COUNTS; i++) {
			bool promised = each == disturbances && block_counts[i] >= 20;

			judge_runs(&machine, block_counts[i], &plain[i], &careful[i]);
			report(plain[i].sharp, plain[i].runs, promised ? OFTEN : NONE);
			report(careful[i].sharp, careful[i].runs, promised ? OFTEN : NONE);
		}
		printf("\n");
	}
}

struct labels {
	size_t warmup;   /* streams with a warm-up */
	size_t too_many; /* with more than a quarter of it */
	size_t drift;    /* streams that drift */
};

/* Independent values of one distribution; times `shape`, if there is one. */
static struct labels label(const struct distribution *distribution, const double *shape, size_t count)
{
	struct random random = {(uint64_t)(distribution - distributions) * 1000 + count};
	struct labels labels = {0};
	double values[BLOCKS_MAX];

	for (int i = 0; i < RUNS_PAIRED; i++) {
		struct drift drift;
		size_t blocks;

		for (size_t j = 0; j < count; j++)
			values[j] = distribution->draw(&random) * (shape ? shape[j] : 1);
		must(stats_warmup_blocks(values, count, &blocks));
		must(stats_drift(values, count, ALPHA, &drift));
		labels.warmup += blocks > 0;
		labels.too_many += blocks > count / 4;
		labels.drift += drift.p_value <= ALPHA;
	}
	return labels;
}

static void report_labels(const char *name, const struct labels *labels, enum promise warmup, enum promise drift)
{
	printf("%-34s", name);
	report(labels->warmup, RUNS_PAIRED, warmup);
	report(labels->drift, RUNS_PAIRED, drift);
	printf("\n");
	broken += labels->too_many > 0;
}

static void label_table(void)
{
	static const size_t counts[] = {12, 20, 40};
	double transient[20], spike[20], drift[20];
	struct labels labels;
	char name[64];

	printf("\nstreams of blocks, in %%\n%-34s  warm-up   drift\n", "");
	for (const struct distribution *each = distributions; each->name; each++)
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			labels = label(each, NULL, counts[i]);
			snprintf(name, sizeof(name), "%s, n = %zu", each->name, counts[i]);
			report_labels(name, &labels, RARE, RARE);
		}
	for (size_t i = 0; i < 20; i++) {
		transient[i] = 1 + exp2(-(double)i);
		spike[i] = i == 0 ? 1.25 : 1;
		drift[i] = 1 + 0.01 * (double)i;
	}
	labels = label(distributions, transient, 20);
	report_labels("from +100 %, halved each block", &labels, OFTEN, NONE);
	labels = label(distributions, spike, 20);
	report_labels("the first block +25 %", &labels, OFTEN, NONE);
	labels = label(distributions, drift, 20);
	report_labels("+1 % each block", &labels, RARE, OFTEN);
}

int main(void)
{
	static const enum promise rare[] = {RARE, RARE, RARE};
	static const enum promise found[] = {NONE, OFTEN, OFTEN}; /* 20 blocks or more */
	static const enum promise none[] = {NONE, NONE, NONE};

	printf("Rates in %% of %d simulated runs (no difference, pairs), %d (no difference, two runs), %d (5 %% "
	       "slower)\n"
	       "*: promised, at most %g or at least %g; !!: broken\n",
	       RUNS_PAIRED, RUNS_UNPAIRED, RUNS_FOUND, 100 * ALPHA, 100 * POWER_PROMISED);
	paired_table("pairs, no difference, whole blocks disturbed: faster or slower", false, 1, rare);
	paired_table("pairs, no difference, disturbed from cell to cell: faster or slower", true, 1, rare);
	paired_table("pairs, 5 % slower, whole blocks disturbed: found", false, SLOWDOWN, found);
	paired_table("pairs, 5 % slower, disturbed from cell to cell: found", true, SLOWDOWN, none);
	margin_table();
	unpaired_tables();
	label_table();
	printf("\n%d promises broken\n", broken);
	return broken ? EXIT_FAILURE : EXIT_SUCCESS;
}
