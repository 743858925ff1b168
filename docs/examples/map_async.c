/* SPDX-License-Identifier: MIT */
/* map_async: several maps in flight, while the caller does something else and looks in from time to time. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include <tvp/pool.h>

enum { CURVES = 3, SLICES = 20000 };

/* The area under x^power between 0 and 1, one slice of it. */
struct slice {
	double left, right;
	int power;
};

static int integrate(struct tvp_worker *worker, const struct slice *slice, double *area)
{
	enum { STEPS = 50 };
	double width = (slice->right - slice->left) / STEPS;

	(void)worker;
	*area = 0;
	for (int i = 0; i < STEPS; i++) {
		double x = slice->left + (i + 0.5) * width, y = 1;

		for (int p = 0; p < slice->power; p++)
			y *= x;
		*area += y * width;
	}
	return 0;
}

TVP_TASK(integrate, struct slice, double);

static const struct tvp_task *const tasks[] = {&integrate_task, NULL};
static const struct tvp_registry registry = {.tasks = tasks};

/* Inputs and outputs of a map in flight must stay where they are until it is got. */
static struct slice slices[CURVES][SLICES];
static double areas[CURVES][SLICES];

int main(int argc, char **argv)
{
	struct tvp_pool_options options = {0};
	struct tvp_async handles[CURVES];
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	int wrong = 0;

	tvp_pool_worker(argc, argv, &registry);
	options.executor = argc > 1 ? argv[1] : "thread";
	options.registry = &registry;
	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "map_async: %s\n", reason);
		return 1;
	}
	for (int curve = 0; curve < CURVES; curve++) {
		const struct tvp_map map = {.task = "integrate",
					    .count = SLICES,
					    .inputs = slices[curve],
					    .input_bytes = sizeof(struct slice),
					    .outputs = areas[curve],
					    .output_bytes = sizeof(double)};

		for (int i = 0; i < SLICES; i++)
			slices[curve][i] = (struct slice){i / (double)SLICES, (i + 1) / (double)SLICES, curve + 1};
		if (tvp_pool_map_async(pool, &map, &handles[curve]))
			return 1;
	}
	for (int curve = 0; curve < CURVES; curve++) {
		double sum = 0;

		/* Ten milliseconds at a time; a real program would serve its users in between. */
		while (tvp_async_wait(&handles[curve], 10000000) == -ETIMEDOUT)
			;
		if (tvp_async_get(&handles[curve], NULL) != 0)
			return 1;
		for (int i = 0; i < SLICES; i++)
			sum += areas[curve][i];
		printf("area under x^%d: %.6f\n", curve + 1, sum);
		wrong += fabs(sum - 1.0 / (curve + 2)) > 1e-6;
	}
	tvp_pool_destroy(pool);
	return wrong;
}
